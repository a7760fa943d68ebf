// One point of the precision-recall curve: the best precision for a recall that is asked for, and the other way round.

import type { Weighted } from "../classification/average.ts";
import { Metric } from "../metric.ts";
import { type Labels, type Matrix, requireFraction, type Vector } from "../values.ts";
import { precisionRecallPoints } from "./precision-recall.ts";
import { type PositiveLabel, positiveScores, type ScoreBatch, ScoredLabels } from "./scored-labels.ts";

/** A point of the precision-recall curve. */
export interface OperatingPoint {
  precision: number;
  recall: number;
  /** Examples with at least this score are positive; ∞ where none is. */
  threshold: number;
}

export interface PrecisionAtRecallOptions extends PositiveLabel {
  /** The least recall, 0 to 1. */
  recall: number;
}

/** Streaming {@link precisionAtRecall}; keeps all scores. */
export class PrecisionAtRecall extends Metric<ScoreBatch, ScoredLabels, OperatingPoint> {
  constructor(options: PrecisionAtRecallOptions) {
    requireFraction("recall", options.recall);
    super({
      options,
      state: () => new ScoredLabels(),
      result: (state) =>
        best(
          operatingPoints(state, options),
          (point) => point.recall >= options.recall,
          "precision",
          "recall",
        ),
    });
  }
}

/**
 * The threshold with the highest precision among those whose recall is at least as asked for; of equal ones the one
 * with the highest recall.
 *
 * @param yTrue True classes, `[n]`.
 * @param yScore Scores of the positive class, `[n]`; of `[n, 2]` the second column.
 * @throws RangeError if the two are empty or differ in length, or `recall` is not from 0 to 1.
 */
export function precisionAtRecall(
  yTrue: Labels,
  yScore: Vector | Matrix,
  options: PrecisionAtRecallOptions & Weighted,
): OperatingPoint {
  return new PrecisionAtRecall(options).update(yTrue, yScore, options.sampleWeight).result();
}

export interface RecallAtPrecisionOptions extends PositiveLabel {
  /** The least precision, 0 to 1. */
  precision: number;
}

/** Streaming {@link recallAtPrecision}; keeps all scores. */
export class RecallAtPrecision extends Metric<ScoreBatch, ScoredLabels, OperatingPoint> {
  constructor(options: RecallAtPrecisionOptions) {
    requireFraction("precision", options.precision);
    super({
      options,
      state: () => new ScoredLabels(),
      result: (state) =>
        best(
          operatingPoints(state, options),
          (point) => point.precision >= options.precision,
          "recall",
          "precision",
        ),
    });
  }
}

/**
 * The threshold with the highest recall among those whose precision is at least as asked for; of equal ones the one
 * with the highest precision.
 *
 * Parameters and errors as for `precisionAtRecall`. There is always such a point: with no example positive, precision
 * counts as 1 and recall is 0.
 */
export function recallAtPrecision(
  yTrue: Labels,
  yScore: Vector | Matrix,
  options: RecallAtPrecisionOptions & Weighted,
): OperatingPoint {
  return new RecallAtPrecision(options).update(yTrue, yScore, options.sampleWeight).result();
}

function operatingPoints(state: ScoredLabels, options: PositiveLabel): OperatingPoint[] {
  const { precision, recall, thresholds } = precisionRecallPoints(positiveScores(state.all(), options));
  return precision.map((value, index) => ({
    precision: value,
    recall: recall[index] as number,
    threshold: thresholds[index] ?? Infinity,
  }));
}

function best(
  points: OperatingPoint[],
  allowed: (point: OperatingPoint) => boolean,
  first: "precision" | "recall",
  second: "precision" | "recall",
): OperatingPoint {
  return points
    .filter(allowed)
    .reduce((a, b) => (b[first] > a[first] || (b[first] === a[first] && b[second] > a[second]) ? b : a));
}
