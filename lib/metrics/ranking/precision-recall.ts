// The precision-recall curve, the area of its steps, and points on it.

import type { Weighted } from "../classification/average.ts";
import { columnLabels } from "../classification/probabilities.ts";
import { Metric } from "../metric.ts";
import type { Label, Labels, Matrix, Vector } from "../values.ts";
import {
  averageOverClasses,
  type RankAverage,
  type RankAveraged,
  requireRankAverage,
} from "./class-average.ts";
import {
  type BinaryScores,
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

export function precisionRecallPoints(scores: BinaryScores, dropIntermediate = false): PrecisionRecallPoints {
  let counts = countAboveThresholds(scores);
  if (dropIntermediate) {
    const found = counts.truePositives;
    const last = found.length - 1;
    counts = selectThresholds(
      counts,
      (index) =>
        index === 0 ||
        index === last ||
        found[index] !== found[index - 1] ||
        found[index] !== found[index + 1],
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
  RankAveraged<Kind>
> {
  constructor(options: AveragePrecisionOptions<Kind> = {}) {
    requireRankAverage(options.average);
    super({
      options,
      state: () => new ScoredLabels(),
      result: (state) => averagePrecision(state.all(), options) as RankAveraged<Kind>,
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
): RankAveraged<Kind> {
  return new AveragePrecisionScore(options).update(yTrue, yScore, options.sampleWeight).result();
}

function averagePrecision(scored: Scored, options: AveragePrecisionOptions): number | number[] {
  const { average = "macro", labels } = options;
  if (scored.columns <= 2) return areaOfSteps(positiveScores(scored, options));
  const classes = columnLabels(presentLabels(scored), scored.columns, labels);
  return averageOverClasses(scored, classes, average, areaOfSteps);
}

function areaOfSteps(scores: BinaryScores): number {
  const { precision, recall } = precisionRecallPoints(scores);
  let area = 0;
  for (let index = 0; index + 1 < recall.length; index++) {
    area += ((recall[index] as number) - (recall[index + 1] as number)) * (precision[index] as number);
  }
  return area;
}
