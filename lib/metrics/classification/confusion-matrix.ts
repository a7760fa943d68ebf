// The confusion matrix as numbers; `plot.confusionMatrix` draws it.

import { requireOneOf } from "../../data/nearest.ts";
import { Metric } from "../metric.ts";
import type { Label, Labels } from "../values.ts";
import type { Weighted } from "./average.ts";
import { ConfusionCounts, type LabelBatch } from "./counts.ts";

export interface ConfusionMatrixOptions {
  /** The classes of the matrix in this order; examples of others are left out. Defaults to all, sorted. */
  labels?: readonly Label[];
  /** Divide by the sums of the true classes (rows), the predicted ones (columns), or of all. Defaults to none. */
  normalize?: "true" | "pred" | "all";
}

/** Streaming {@link confusionMatrix}. */
export class ConfusionMatrix extends Metric<LabelBatch, ConfusionCounts, number[][]> {
  constructor(options: ConfusionMatrixOptions = {}) {
    super({
      options,
      state: () => new ConfusionCounts(),
      result: (counts) => normalized(countsOf(counts, options.labels), options.normalize),
    });
  }
}

/**
 * How often each true class (row) was predicted as each class (column); a row or column of none stays 0 when
 * normalized.
 *
 * @param yTrue True classes, `[n]`.
 * @param yPred Predicted classes, `[n]`.
 * @throws RangeError if the two are empty or differ in length, or no true class is among `labels`.
 */
export function confusionMatrix(
  yTrue: Labels,
  yPred: Labels,
  options: ConfusionMatrixOptions & Weighted = {},
): number[][] {
  return new ConfusionMatrix(options).update(yTrue, yPred, options.sampleWeight).result();
}

/**
 * Counts for the classes in question.
 *
 * @throws RangeError if no true class is among them.
 */
export function countsOf(counts: ConfusionCounts, labels: readonly Label[] = counts.labels()): number[][] {
  const wanted = new Set(labels);
  for (const { row } of counts.cells()) if (wanted.has(row)) return counts.matrix(labels);
  throw new RangeError(
    `labels are ${JSON.stringify(labels)}, and none of them is a true class; the classes are ${JSON.stringify(counts.labels())}.`,
  );
}

function normalized(matrix: number[][], normalize: ConfusionMatrixOptions["normalize"]): number[][] {
  if (normalize === undefined) return matrix;
  requireOneOf("normalize", normalize, ["true", "pred", "all"]);
  const rows = matrix.map((row) => row.reduce((sum, count) => sum + count, 0));
  const columns = matrix.map((_, column) => matrix.reduce((sum, row) => sum + (row[column] as number), 0));
  const all = rows.reduce((sum, count) => sum + count, 0);
  return matrix.map((cells, row) =>
    cells.map((count, column) => {
      const total = { true: rows[row], pred: columns[column], all }[normalize] as number;
      return total === 0 ? 0 : count / total;
    }),
  );
}
