// How well clusters agree with known classes, whatever the clusters are called.

import { requireOneOf } from "../../data/nearest.ts";
import { ContingencyTable } from "../classification/counts.ts";
import { Metric } from "../metric.ts";
import type { Label, Labels } from "../values.ts";

/** One batch: known classes and clusters; they may be of different kinds. */
export type ClusterBatch = [labelsTrue: Labels, labelsPred: Labels];

interface Cells {
  cells: { row: Label; column: Label; weight: number }[];
  rows: Map<Label, number>;
  columns: Map<Label, number>;
  total: number;
}

function cellsOf(table: ContingencyTable): Cells {
  const cells = [...table.cells()];
  const [rows, columns] = [new Map<Label, number>(), new Map<Label, number>()];
  for (const { row, column, weight } of cells) {
    rows.set(row, (rows.get(row) ?? 0) + weight);
    columns.set(column, (columns.get(column) ?? 0) + weight);
  }
  return { cells, rows, columns, total: table.size };
}

/** Streaming {@link adjustedRandScore}. */
export class AdjustedRandScore extends Metric<ClusterBatch, ContingencyTable, number> {
  constructor() {
    super({
      options: {},
      state: () => new ContingencyTable(),
      result: (table) => adjustedRand(cellsOf(table)),
    });
  }
}

/**
 * Part of the pairs of examples that both groupings put together or apart, rescaled so that chance is 0 and the same
 * grouping is 1 (Hubert and Arabie, 1985).
 *
 * @param labelsTrue Known classes, `[n]`.
 * @param labelsPred Clusters, `[n]`.
 * @throws RangeError if the two are empty or differ in length.
 */
export function adjustedRandScore(labelsTrue: Labels, labelsPred: Labels): number {
  return new AdjustedRandScore().update(labelsTrue, labelsPred).result();
}

function adjustedRand({ cells, rows, columns, total }: Cells): number {
  const squares = (counts: Iterable<number>) => {
    let sum = 0;
    for (const count of counts) sum += count * count;
    return sum;
  };
  // Ordered pairs that are together in both groupings, in one alone, in none.
  const same = squares(cells.map(({ weight }) => weight));
  const [inRows, inColumns] = [squares(rows.values()), squares(columns.values())];
  const both = same - total;
  const [onlyRows, onlyColumns] = [inRows - same, inColumns - same];
  const neither = total * total - inRows - inColumns + same;
  if (onlyRows === 0 && onlyColumns === 0) return 1;
  return (
    (2 * (both * neither - onlyRows * onlyColumns)) /
    ((both + onlyRows) * (onlyRows + neither) + (both + onlyColumns) * (onlyColumns + neither))
  );
}

const means = {
  arithmetic: (a: number, b: number) => (a + b) / 2,
  geometric: (a: number, b: number) => Math.sqrt(a * b),
  min: Math.min,
  max: Math.max,
};

export interface NormalizedMutualInfoOptions {
  /** Mean of the two entropies that the information is divided by. Defaults to `"arithmetic"`. */
  averageMethod?: keyof typeof means;
}

/** Streaming {@link normalizedMutualInfoScore}. */
export class NormalizedMutualInfoScore extends Metric<ClusterBatch, ContingencyTable, number> {
  constructor(options: NormalizedMutualInfoOptions = {}) {
    const { averageMethod = "arithmetic" } = options;
    requireOneOf<string>("averageMethod", averageMethod, Object.keys(means));
    super({
      options,
      state: () => new ContingencyTable(),
      result: (table) => normalizedInformation(cellsOf(table), means[averageMethod]),
    });
  }
}

/**
 * What one grouping tells of the other, over the mean of their entropies: 0 for nothing, 1 for all. Two groupings
 * of one group each agree: 1.
 *
 * Parameters and errors as for `adjustedRandScore`.
 */
export function normalizedMutualInfoScore(
  labelsTrue: Labels,
  labelsPred: Labels,
  options: NormalizedMutualInfoOptions = {},
): number {
  return new NormalizedMutualInfoScore(options).update(labelsTrue, labelsPred).result();
}

function normalizedInformation(
  { cells, rows, columns, total }: Cells,
  average: (a: number, b: number) => number,
): number {
  if (rows.size === 1 && columns.size === 1) return 1;
  let information = 0;
  for (const { row, column, weight } of cells) {
    const expected = ((rows.get(row) as number) * (columns.get(column) as number)) / total;
    information += (weight / total) * Math.log(weight / expected);
  }
  // Independent groupings give 0, up to rounding.
  if (information < Number.EPSILON) return 0;
  return information / average(entropy(rows, total), entropy(columns, total));
}

function entropy(counts: Map<Label, number>, total: number): number {
  let sum = 0;
  for (const count of counts.values()) sum -= (count / total) * Math.log(count / total);
  return sum;
}
