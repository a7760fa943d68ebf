// The precision-recall curve, the area of its steps, and points on it.

import { meanOfNumbers, type Weighted } from "../classification/average.ts";
import { columnLabels } from "../classification/probabilities.ts";
import { Metric } from "../metric.ts";
import { type Label, type Labels, type Matrix, requireFraction, requireOneOf, type Vector } from "../values.ts";
import {
  type BinaryScores,
  binaryScores,
  type PositiveLabel,
  positiveScores,
  presentLabels,
  type ScoreBatch,
  type Scored,
  ScoredLabels,
} from "./scored-labels.ts";
import { countAboveThresholds, selectThresholds } from "./thresholds.ts";

export interface PrecisionRecallCurveOptions extends PositiveLabel {
  /** Leave out points on a vertical line between others. Defaults to `false`. */
  dropIntermediate?: boolean;
}

/** Points of the curve, from the lowest threshold to none above it, where precision is 1 and recall 0. */
export interface PrecisionRecallPoints {
  precision: number[];
  /** Falling; all 1 (but the last) if there are no positives. */
  recall: number[];
  /** Rising, one fewer than points; an example is positive if its score is at least the threshold. */
  thresholds: number[];
}

/** Streaming {@link precisionRecallCurve}; keeps all scores. */
export class PrecisionRecallCurve extends Metric<ScoreBatch, ScoredLabels, PrecisionRecallPoints> {
  constructor(options: PrecisionRecallCurveOptions = {}) {
    super({
      options,
      state: () => new ScoredLabels(),
      result: (state) =>
        precisionRecallPoints(positiveScores(state.all(), options), options.dropIntermediate),
    });
  }
}

/**
 * Precision and recall for every threshold.
 *
 * @param yTrue True classes, `[n]`.
 * @param yScore Scores of the positive class, `[n]`; of `[n, 2]` the second column.
 * @throws RangeError if the two are empty or differ in length, or `posLabel` is none of the classes.
 */
export function precisionRecallCurve(
  yTrue: Labels,
  yScore: Vector | Matrix,
  options: PrecisionRecallCurveOptions & Weighted = {},
): PrecisionRecallPoints {
  return new PrecisionRecallCurve(options).update(yTrue, yScore, options.sampleWeight).result();
}

function precisionRecallPoints(scores: BinaryScores, dropIntermediate = false): PrecisionRecallPoints {
  let counts = countAboveThresholds(scores);
  if (dropIntermediate) {
    const found = counts.truePositives;
    const last = found.length - 1;
    counts = selectThresholds(
      counts,
      (index) =>
        index === 0 || index === last || found[index] !== found[index - 1] || found[index] !== found[index + 1],
    );
  }
  const { truePositives, falsePositives, thresholds } = counts;
  const total = truePositives[truePositives.length - 1] as number;
  const precision = truePositives.map((count, index) => {
    const above = count + (falsePositives[index] as number);
    return above === 0 ? 0 : count / above;
  });
  return {
    precision: [...precision.reverse(), 1],
    recall: [...truePositives.map((count) => (total === 0 ? 1 : count / total)).reverse(), 0],
    thresholds: thresholds.reverse(),
  };
}

const averages = ["macro", "weighted", "micro", "none"] as const;

type RankAverage = (typeof averages)[number];

type RankResult<Kind extends RankAverage> = Kind extends "none" ? number[] : number;

export interface AveragePrecisionOptions<Kind extends RankAverage = RankAverage> extends PositiveLabel {
  /** How the classes' areas become one, for `[n, classes]`. Defaults to `"macro"`. */
  average?: Kind;
  /** The class of each column for more than two. Defaults as in `logLoss`. */
  labels?: readonly Label[];
}

/** Streaming {@link averagePrecisionScore}; keeps all scores. */
export class AveragePrecisionScore<Kind extends RankAverage = "macro"> extends Metric<
  ScoreBatch,
  ScoredLabels,
  RankResult<Kind>
> {
  constructor(options: AveragePrecisionOptions<Kind> = {}) {
    requireOneOf("average", options.average ?? "macro", averages);
    super({
      options,
      state: () => new ScoredLabels(),
      result: (state) => averagePrecision(state.all(), options) as RankResult<Kind>,
    });
  }
}

/**
 * Area under the precision-recall curve as the sum of its steps, Σ (Rₙ − Rₙ₋₁) Pₙ, without interpolation, which
 * would be too optimistic; 0 for a class that does not occur.
 *
 * @param yTrue True classes, `[n]`.
 * @param yScore Scores of the positive class, `[n]` (or `[n, 2]`), or of every class, `[n, classes]`.
 * @throws RangeError if the two are empty or differ in length, or don't fit the options.
 */
export function averagePrecisionScore<Kind extends RankAverage = "macro">(
  yTrue: Labels,
  yScore: Vector | Matrix,
  options: AveragePrecisionOptions<Kind> & Weighted = {},
): RankResult<Kind> {
  return new AveragePrecisionScore(options).update(yTrue, yScore, options.sampleWeight).result();
}

function averagePrecision(scored: Scored, options: AveragePrecisionOptions): number | number[] {
  const { average = "macro", labels } = options;
  if (scored.columns <= 2) return areaOfSteps(positiveScores(scored, options));
  const classes = columnLabels(presentLabels(scored), scored.columns, labels);
  const each = classes.map((label, column) => binaryScores(scored, label, column));
  if (average === "micro") return areaOfSteps(stack(each));
  const areas = each.map(areaOfSteps);
  if (average === "none") return areas;
  if (average === "macro") return meanOfNumbers(areas);
  const weights = each.map(({ positive, weights }) =>
    weights.reduce((sum, weight, index) => sum + weight * (positive[index] as number), 0),
  );
  return meanOfNumbers(areas, weights);
}

function areaOfSteps(scores: BinaryScores): number {
  const { precision, recall } = precisionRecallPoints(scores);
  let area = 0;
  for (let index = 0; index + 1 < recall.length; index++) {
    area += ((recall[index] as number) - (recall[index + 1] as number)) * (precision[index] as number);
  }
  return area;
}

function stack(parts: readonly BinaryScores[]): BinaryScores {
  return {
    positive: Uint8Array.from(parts.flatMap(({ positive }) => Array.from(positive))),
    scores: Float64Array.from(parts.flatMap(({ scores }) => Array.from(scores))),
    weights: Float64Array.from(parts.flatMap(({ weights }) => Array.from(weights))),
  };
}

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
        best(operatingPoints(state, options), (point) => point.recall >= options.recall, "precision", "recall"),
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
        best(operatingPoints(state, options), (point) => point.precision >= options.precision, "recall", "precision"),
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
