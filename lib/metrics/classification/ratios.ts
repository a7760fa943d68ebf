// Precision, recall, F, specificity and Jaccard: each is one ratio of true and false positives and negatives.

import { Metric } from "../metric.ts";
import type { Labels } from "../values.ts";
import {
  type Average,
  type Averaged,
  type AverageOptions,
  averagedRatio,
  type Ratio,
  type Weighted,
} from "./average.ts";
import { ConfusionCounts, type LabelBatch } from "./counts.ts";

abstract class RatioScore<Kind extends Average> extends Metric<LabelBatch, ConfusionCounts, Averaged<Kind>> {
  constructor(options: AverageOptions<Kind>, ratio: Ratio) {
    super({
      options,
      state: () => new ConfusionCounts(),
      result: (counts) => averagedRatio(counts, ratio, options),
    });
  }
}

export const precision: Ratio = ({ tp, fp }) => [tp, tp + fp];
export const recall: Ratio = ({ tp, fn }) => [tp, tp + fn];

/** F as one ratio, which is defined wherever precision or recall is (van Rijsbergen, 1979). */
export function fbeta(beta: number): Ratio {
  if (!(beta >= 0)) throw new RangeError(`beta is ${beta}; it must be a number of at least 0.`);
  if (beta === Infinity) return recall;
  const square = beta * beta;
  return ({ tp, fp, fn }) => [(1 + square) * tp, (1 + square) * tp + square * fn + fp];
}

/** Streaming {@link precisionScore}. */
export class PrecisionScore<Kind extends Average = "binary"> extends RatioScore<Kind> {
  constructor(options: AverageOptions<Kind> = {}) {
    super(options, precision);
  }
}

/**
 * Part of the examples predicted as a class that are of that class: tp / (tp + fp).
 *
 * @param yTrue True classes, `[n]`.
 * @param yPred Predicted classes, `[n]`.
 * @throws RangeError if the two are empty or differ in length, or don't fit the average.
 */
export function precisionScore<Kind extends Average = "binary">(
  yTrue: Labels,
  yPred: Labels,
  options: AverageOptions<Kind> & Weighted = {},
): Averaged<Kind> {
  return new PrecisionScore(options).update(yTrue, yPred, options.sampleWeight).result();
}

/** Streaming {@link recallScore}. */
export class RecallScore<Kind extends Average = "binary"> extends RatioScore<Kind> {
  constructor(options: AverageOptions<Kind> = {}) {
    super(options, recall);
  }
}

/**
 * Part of the examples of a class that are predicted as it (sensitivity, true positive rate): tp / (tp + fn).
 *
 * Parameters and errors as for `precisionScore`.
 */
export function recallScore<Kind extends Average = "binary">(
  yTrue: Labels,
  yPred: Labels,
  options: AverageOptions<Kind> & Weighted = {},
): Averaged<Kind> {
  return new RecallScore(options).update(yTrue, yPred, options.sampleWeight).result();
}

export interface FbetaOptions<Kind extends Average = Average> extends AverageOptions<Kind> {
  /** How many times recall counts as much as precision, at least 0. */
  beta: number;
}

/** Streaming {@link fbetaScore}. */
export class FbetaScore<Kind extends Average = "binary"> extends RatioScore<Kind> {
  constructor(options: FbetaOptions<Kind>) {
    super(options, fbeta(options.beta));
  }
}

/**
 * Weighted harmonic mean of precision and recall: (1 + β²) tp / ((1 + β²) tp + β² fn + fp).
 *
 * Parameters and errors as for `precisionScore`.
 */
export function fbetaScore<Kind extends Average = "binary">(
  yTrue: Labels,
  yPred: Labels,
  options: FbetaOptions<Kind> & Weighted,
): Averaged<Kind> {
  return new FbetaScore(options).update(yTrue, yPred, options.sampleWeight).result();
}

/** Streaming {@link f1Score}. */
export class F1Score<Kind extends Average = "binary"> extends RatioScore<Kind> {
  constructor(options: AverageOptions<Kind> = {}) {
    super(options, fbeta(1));
  }
}

/**
 * Harmonic mean of precision and recall: 2 tp / (2 tp + fn + fp).
 *
 * Parameters and errors as for `precisionScore`.
 */
export function f1Score<Kind extends Average = "binary">(
  yTrue: Labels,
  yPred: Labels,
  options: AverageOptions<Kind> & Weighted = {},
): Averaged<Kind> {
  return new F1Score(options).update(yTrue, yPred, options.sampleWeight).result();
}

/** Streaming {@link specificityScore}. */
export class SpecificityScore<Kind extends Average = "binary"> extends RatioScore<Kind> {
  constructor(options: AverageOptions<Kind> = {}) {
    super(options, ({ tn, fp }) => [tn, tn + fp]);
  }
}

/**
 * Part of the examples not of a class that are not predicted as it (true negative rate): tn / (tn + fp).
 *
 * Parameters and errors as for `precisionScore`.
 */
export function specificityScore<Kind extends Average = "binary">(
  yTrue: Labels,
  yPred: Labels,
  options: AverageOptions<Kind> & Weighted = {},
): Averaged<Kind> {
  return new SpecificityScore(options).update(yTrue, yPred, options.sampleWeight).result();
}

/** Streaming {@link jaccardScore}. */
export class JaccardScore<Kind extends Average = "binary"> extends RatioScore<Kind> {
  constructor(options: AverageOptions<Kind> = {}) {
    super(options, ({ tp, fp, fn }) => [tp, tp + fp + fn]);
  }
}

/**
 * Intersection over union of the examples of a class and those predicted as it: tp / (tp + fp + fn).
 *
 * Parameters and errors as for `precisionScore`.
 */
export function jaccardScore<Kind extends Average = "binary">(
  yTrue: Labels,
  yPred: Labels,
  options: AverageOptions<Kind> & Weighted = {},
): Averaged<Kind> {
  return new JaccardScore(options).update(yTrue, yPred, options.sampleWeight).result();
}
