// The ROC curve: true against false positive rate for every threshold (Fawcett, 2006).

import type { Weighted } from "../classification/average.ts";
import { Metric } from "../metric.ts";
import type { Labels, Matrix, Vector } from "../values.ts";
import {
  type BinaryScores,
  type PositiveLabel,
  positiveScores,
  type ScoreBatch,
  ScoredLabels,
} from "./scored-labels.ts";
import { countAboveThresholds, selectThresholds } from "./thresholds.ts";

export interface RocCurveOptions extends PositiveLabel {
  /** Leave out points on a straight line between others; the area stays the same. Defaults to `true`. */
  dropIntermediate?: boolean;
}

/** Points of the curve, from (0, 0) at the threshold ∞ to (1, 1) at the lowest score. */
export interface RocPoints {
  /** False positive rates; all NaN if there are no negatives. */
  fpr: number[];
  /** True positive rates; all NaN if there are no positives. */
  tpr: number[];
  /** Falling; an example is positive if its score is at least the threshold. */
  thresholds: number[];
}

/** Streaming {@link rocCurve}; keeps all scores. */
export class RocCurve extends Metric<ScoreBatch, ScoredLabels, RocPoints> {
  constructor(options: RocCurveOptions = {}) {
    super({
      options,
      state: () => new ScoredLabels(),
      result: (state) => rocPoints(positiveScores(state.all(), options), options.dropIntermediate),
    });
  }
}

/**
 * False and true positive rates for every threshold.
 *
 * @param yTrue True classes, `[n]`.
 * @param yScore Scores of the positive class, `[n]`; of `[n, 2]` the second column.
 * @throws RangeError if the two are empty or differ in length, or `posLabel` is none of the classes.
 */
export function rocCurve(
  yTrue: Labels,
  yScore: Vector | Matrix,
  options: RocCurveOptions & Weighted = {},
): RocPoints {
  return new RocCurve(options).update(yTrue, yScore, options.sampleWeight).result();
}

export function rocPoints(scores: BinaryScores, dropIntermediate = true): RocPoints {
  let counts = countAboveThresholds(scores);
  if (dropIntermediate) {
    const { truePositives, falsePositives } = counts;
    const bends = (values: number[], index: number) => {
      const [before, here, after] = values.slice(index - 1, index + 2) as [number, number, number];
      return after - here - (here - before) !== 0;
    };
    const last = truePositives.length - 1;
    counts = selectThresholds(
      counts,
      (index) => index === 0 || index === last || bends(truePositives, index) || bends(falsePositives, index),
    );
  }
  return {
    fpr: rates(counts.falsePositives),
    tpr: rates(counts.truePositives),
    thresholds: [Infinity, ...counts.thresholds],
  };
}

function rates(counts: number[]): number[] {
  const total = counts[counts.length - 1] as number;
  return [0, ...counts].map((count) => count / total);
}

/**
 * Area under a curve by the trapezoid rule.
 *
 * @param x Positions, rising or falling throughout, `[n]`.
 * @param y Heights, as many.
 * @throws RangeError if there are fewer than 2 points, the two differ in length, or x turns back.
 */
export function auc(x: ArrayLike<number>, y: ArrayLike<number>): number {
  if (x.length !== y.length || x.length < 2) {
    throw new RangeError(`There are ${x.length} x and ${y.length} y; they must be as many, and at least 2.`);
  }
  let [area, rises, falls] = [0, false, false];
  for (let index = 1; index < x.length; index++) {
    const width = (x[index] as number) - (x[index - 1] as number);
    rises ||= width > 0;
    falls ||= width < 0;
    area += (width * ((y[index] as number) + (y[index - 1] as number))) / 2;
  }
  if (rises && falls) throw new RangeError("x rises and falls; it must do only one of the two.");
  return falls ? -area : area;
}
