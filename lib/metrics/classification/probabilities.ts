// Scores of predicted probabilities (log-loss, Brier, top-k) need to know which column belongs to which class, and that
// is only certain when all examples are there. So each example's loss is kept for every column it could belong to,
// summed by its true label; memory is classes × columns, however long the stream.

import { didYouMean } from "../../data/nearest.ts";
import type { Accumulator } from "../metric.ts";
import { Mean, Sum } from "../sums.ts";
import {
  compareLabels,
  type Label,
  type Labels,
  type Matrix,
  type Rows,
  readLabels,
  readRows,
  readWeights,
  requireSameLength,
  type Vector,
} from "../values.ts";

/**
 * One batch: true classes `[n]`; probabilities `[n, classes]`, or `[n]` of the second of two classes; and, where
 * examples count differently, their weights (at least 0).
 */
export type ProbabilityBatch = [yTrue: Labels, yProb: Matrix | Vector, sampleWeight?: Vector];

/** Losses of one row for each column that its true class may have. */
export type RowLosses = (row: Float64Array, epsilon: number) => Float64Array;

export class ColumnLosses implements Accumulator<ProbabilityBatch> {
  readonly #losses: RowLosses;
  readonly #read: (yProb: Matrix | Vector) => Rows;
  readonly #sums = new Map<Label, { weight: Sum; losses: Sum[] }>();
  #columns = 0;
  #given = 0;
  #size = 0;

  constructor(losses: RowLosses, read: (yProb: Matrix | Vector) => Rows = readProbabilities) {
    this.#losses = losses;
    this.#read = read;
  }

  get size(): number {
    return this.#size;
  }

  /** Columns as they were given: 1 for the probability of one of two classes. */
  get given(): number {
    return this.#given;
  }

  add(...[yTrue, yProb, sampleWeight]: ProbabilityBatch): void {
    const labels = readLabels("yTrue", yTrue);
    const given = this.#read(yProb);
    requireSameLength({ yTrue: labels.length, yProb: given.rows });
    const weights = readWeights(sampleWeight, labels.length);
    if (labels.length === 0) return;
    this.#requireColumns(given.columns);
    const rows = given.columns === 1 ? withComplement(given) : given;
    this.#given = given.columns;
    this.#columns = rows.columns;
    for (const [index, label] of labels.entries()) {
      const row = rows.values.subarray(index * rows.columns, (index + 1) * rows.columns);
      const losses = this.#losses(row, rows.epsilon);
      const weight = weights[index] as number;
      const sums = this.#of(label);
      sums.weight.add(weight);
      for (const [column, sum] of sums.losses.entries()) sum.add(weight * (losses[column] as number));
    }
    this.#size += labels.length;
  }

  merge(other: ColumnLosses): void {
    if (other.#size === 0) return;
    this.#requireColumns(other.#given);
    this.#columns = other.#columns;
    this.#given = other.#given;
    for (const [label, { weight, losses }] of other.#sums) {
      const own = this.#of(label);
      own.weight.merge(weight);
      for (const [column, sum] of own.losses.entries()) sum.merge(losses[column] as Sum);
    }
    this.#size += other.#size;
  }

  /** Mean loss, with the columns standing for `labels` if they are given. */
  mean(labels: readonly Label[] | undefined): Mean {
    const columns = columnLabels([...this.#sums.keys()], this.#columns, labels);
    const mean = new Mean();
    for (const [label, { weight, losses }] of this.#sums) {
      mean.addSum((losses[columns.indexOf(label)] as Sum).value, weight.value);
    }
    return mean;
  }

  #of(label: Label): { weight: Sum; losses: Sum[] } {
    let entry = this.#sums.get(label);
    if (!entry) {
      entry = { weight: new Sum(), losses: Array.from({ length: this.#columns }, () => new Sum()) };
      this.#sums.set(label, entry);
    }
    return entry;
  }

  #requireColumns(columns: number): void {
    if (this.#size > 0 && columns !== this.#given) {
      throw new RangeError(
        `yProb has ${columns} columns and had ${this.#given} before; it must stay the same.`,
      );
    }
  }
}

/**
 * The class of each column: `labels` if given; else the class numbers 0, 1, 2, … if all classes are such; else the
 * classes that occur, sorted. (scikit-learn has no second rule and fails where a class does not occur.)
 *
 * @throws RangeError if the classes don't fit the columns.
 */
export function columnLabels(
  present: readonly Label[],
  columns: number,
  labels: readonly Label[] | undefined,
): readonly Label[] {
  const sorted = [...present].sort(compareLabels);
  const known = labels ?? numbered(sorted, columns) ?? sorted;
  const unknown = sorted.find((label) => !known.includes(label));
  if (unknown !== undefined) {
    throw new RangeError(
      `yTrue holds the class ${JSON.stringify(unknown)}, which is not among labels (${known.join(", ")}).` +
        didYouMean(String(unknown), known.map(String)),
    );
  }
  if (known.length !== columns || new Set(known).size !== columns) {
    throw new RangeError(
      `There are ${columns} columns of scores for the classes ${JSON.stringify(known)}; ` +
        "set labels to the class of each column.",
    );
  }
  return known;
}

function numbered(present: readonly Label[], columns: number): readonly number[] | undefined {
  const numbers = Array.from({ length: columns }, (_, index) => index);
  if (present.every((label) => typeof label === "number" && label >= 0 && label < columns)) return numbers;
  return columns === 2 && present.every((label) => label === -1 || label === 1) ? [-1, 1] : undefined;
}

/**
 * Read probabilities, `[n]` or `[n, classes]`.
 *
 * @throws RangeError if one is not from 0 to 1, or a row of several does not sum to 1 (within 1e-5, as float32 does).
 */
export function readProbabilities(yProb: Matrix | Vector): Rows {
  const rows = readRows("yProb", yProb);
  const wrong = rows.values.findIndex((value) => value < 0 || value > 1);
  if (wrong >= 0) {
    throw new RangeError(
      `yProb holds ${rows.values[wrong]} in row ${Math.floor(wrong / rows.columns)}; probabilities are from 0 to 1. ` +
        "Apply a sigmoid or softmax to logits first.",
    );
  }
  if (rows.columns > 1) requireRowSums("yProb", rows);
  return rows;
}

/** @throws RangeError if a row does not sum to 1. */
export function requireRowSums(name: string, { rows, columns, values }: Rows): void {
  for (let row = 0; row < rows; row++) {
    let sum = 0;
    for (let column = 0; column < columns; column++) sum += values[row * columns + column] as number;
    if (Math.abs(sum - 1) > 1e-5 + 1e-8) {
      throw new RangeError(
        `${name} sums to ${sum} in row ${row}; probabilities of the classes must sum to 1.`,
      );
    }
  }
}

function withComplement({ rows, values, epsilon }: Rows): Rows {
  const both = new Float64Array(2 * rows);
  for (const [index, value] of values.entries()) {
    both[2 * index] = 1 - value;
    both[2 * index + 1] = value;
  }
  return { rows, columns: 2, values: both, epsilon };
}
