// Log-loss, Brier score and top-k accuracy: how good predicted probabilities are, not only the class on top.

import { Metric } from "../metric.ts";
import { type Label, type Labels, type Matrix, readRows, requireWhole, type Vector } from "../values.ts";
import type { Weighted } from "./average.ts";
import { ColumnLosses, type ProbabilityBatch } from "./probabilities.ts";

interface ColumnOptions {
  /**
   * The class of each column. Defaults to 0, 1, 2, … where the classes are such numbers, otherwise to the classes
   * that occur, sorted.
   */
  labels?: readonly Label[];
}

export interface LogLossOptions extends ColumnOptions {
  /** Mean over the examples, or with `false` the sum. Defaults to `true`. */
  normalize?: boolean;
}

/** Streaming {@link logLoss}. */
export class LogLoss extends Metric<ProbabilityBatch, ColumnLosses, number> {
  constructor(options: LogLossOptions = {}) {
    super({
      options,
      state: () =>
        new ColumnLosses((row, epsilon) =>
          row.map((probability) => -Math.log(Math.min(Math.max(probability, epsilon), 1 - epsilon))),
        ),
      result: (losses) => {
        const mean = losses.mean(options.labels);
        return (options.normalize ?? true) ? mean.value : mean.sum;
      },
    });
  }
}

/**
 * Mean negative logarithm of the probability of the true class (cross-entropy), in nats.
 *
 * Probabilities are kept from 0 and 1 by the precision of the input (2⁻⁵² in arrays, 2⁻²³ in float32 arrays and
 * tensors), so that the loss is finite.
 *
 * @param yTrue True classes, `[n]`.
 * @param yProb Probabilities `[n, classes]`, or `[n]` of the second of two classes.
 * @throws RangeError if the two are empty or differ in length, probabilities are not such, or the classes don't fit.
 */
export function logLoss(
  yTrue: Labels,
  yProb: Matrix | Vector,
  options: LogLossOptions & Weighted = {},
): number {
  return new LogLoss(options).update(yTrue, yProb, options.sampleWeight).result();
}

export interface BrierScoreOptions extends ColumnOptions {
  /** Halve the sum over the classes, which makes it 0 to 1. Defaults to `"auto"`: for two classes. */
  scaleByHalf?: boolean | "auto";
}

/** Streaming {@link brierScoreLoss}. */
export class BrierScoreLoss extends Metric<ProbabilityBatch, ColumnLosses, number> {
  constructor(options: BrierScoreOptions = {}) {
    const { scaleByHalf = "auto", labels } = options;
    super({
      options,
      state: () => new ColumnLosses(squaredDistances),
      result: (losses) => {
        const half = scaleByHalf === "auto" ? losses.given < 3 : scaleByHalf;
        return losses.mean(labels).value * (half ? 0.5 : 1);
      },
    });
  }
}

/** Squared distance of a row from each corner of the simplex. */
function squaredDistances(row: Float64Array): Float64Array {
  return row.map((probability, column) => {
    let sum = (1 - probability) ** 2;
    for (const [other, value] of row.entries()) if (other !== column) sum += value ** 2;
    return sum;
  });
}

/**
 * Mean squared distance of the probabilities from the truth (1 for the true class, 0 for the others) (Brier, 1950).
 *
 * Parameters and errors as for `logLoss`.
 */
export function brierScoreLoss(
  yTrue: Labels,
  yProb: Matrix | Vector,
  options: BrierScoreOptions & Weighted = {},
): number {
  return new BrierScoreLoss(options).update(yTrue, yProb, options.sampleWeight).result();
}

export interface TopKAccuracyOptions extends ColumnOptions {
  /** How many of the highest scores count. Defaults to `2`. */
  k?: number;
  /** Part of the examples, or with `false` their number (or weight). Defaults to `true`. */
  normalize?: boolean;
}

/** Streaming {@link topKAccuracyScore}. */
export class TopKAccuracyScore extends Metric<ProbabilityBatch, ColumnLosses, number> {
  constructor(options: TopKAccuracyOptions = {}) {
    const { k = 2, normalize = true, labels } = options;
    requireWhole("k", k, 1);
    super({
      options,
      state: () => new ColumnLosses((row) => hits(row, k), readScores),
      result: (losses) => {
        const mean = losses.mean(labels);
        return normalize ? mean.value : mean.sum;
      },
    });
  }
}

/** 1 for the `k` columns with the highest scores; of equal ones the later column wins, as in scikit-learn. */
function hits(row: Float64Array, k: number): Float64Array {
  const order = Array.from(row.keys()).sort((a, b) => (row[b] as number) - (row[a] as number) || b - a);
  const result = new Float64Array(row.length);
  for (const column of order.slice(0, k)) result[column] = 1;
  return result;
}

function readScores(yScore: Matrix | Vector) {
  const rows = readRows("yScore", yScore);
  if (rows.rows > 0 && rows.columns < 2) {
    throw new RangeError("yScore has 1 column; top-k needs the scores of all classes, [examples, classes].");
  }
  return rows;
}

/**
 * Part of the examples whose true class is among the `k` with the highest scores, 0 to 1.
 *
 * @param yTrue True classes, `[n]`.
 * @param yScore Scores of any scale, `[n, classes]`.
 * @throws RangeError if the two are empty or differ in length, or the classes don't fit the columns.
 */
export function topKAccuracyScore(
  yTrue: Labels,
  yScore: Matrix,
  options: TopKAccuracyOptions & Weighted = {},
): number {
  return new TopKAccuracyScore(options).update(yTrue, yScore, options.sampleWeight).result();
}
