// Calibration: of all the examples given 70 %, are 70 % right? (Guo et al., 2017, "On Calibration of Modern Neural
// Networks"; Niculescu-Mizil and Caruana, 2005.)

import { requireOneOf } from "../../data/nearest.ts";
import type { Weighted } from "../classification/average.ts";
import { columnLabels, readProbabilities } from "../classification/probabilities.ts";
import { Metric } from "../metric.ts";
import { type Label, type Labels, type Matrix, requireWhole, type Vector } from "../values.ts";
import {
  type BinaryScores,
  type PositiveLabel,
  positiveScores,
  presentLabels,
  type ScoreBatch,
  type Scored,
  ScoredLabels,
} from "./scored-labels.ts";

export interface CalibrationCurveOptions extends PositiveLabel {
  /** Number of bins. Defaults to `5`. */
  nBins?: number;
  /** Bins of the same width, or with as many examples each. Defaults to `"uniform"`. */
  strategy?: "uniform" | "quantile";
}

/** One entry a bin that holds examples, probabilities rising. */
export interface CalibrationPoints {
  /** Part of the bin's examples that are positive. */
  probTrue: number[];
  /** Mean predicted probability of the bin. */
  probPred: number[];
  /** Number (or weight) of the bin's examples. */
  counts: number[];
}

/** Streaming {@link calibrationCurve}; keeps all scores. */
export class CalibrationCurve extends Metric<ScoreBatch, ScoredLabels, CalibrationPoints> {
  constructor(options: CalibrationCurveOptions = {}) {
    const { nBins = 5, strategy = "uniform" } = options;
    requireWhole("nBins", nBins, 1);
    requireOneOf("strategy", strategy, ["uniform", "quantile"]);
    super({
      options,
      state: () => new ScoredLabels(readProbabilities),
      result: (state) => {
        const scores = positiveScores(state.all(), options);
        const edges = strategy === "uniform" ? uniformEdges(nBins) : quantiles(scores.scores, nBins);
        return binned(scores, edges);
      },
    });
  }
}

/**
 * Part of positive examples against mean predicted probability, in bins of the probability; each bin holds its upper
 * edge and not its lower one.
 *
 * @param yTrue True classes, `[n]`.
 * @param yProb Probabilities of the positive class, `[n]`; of `[n, 2]` the second column.
 * @throws RangeError if the two are empty or differ in length, or a probability is not from 0 to 1.
 */
export function calibrationCurve(
  yTrue: Labels,
  yProb: Vector | Matrix,
  options: CalibrationCurveOptions & Weighted = {},
): CalibrationPoints {
  return new CalibrationCurve(options).update(yTrue, yProb, options.sampleWeight).result();
}

export interface CalibrationErrorOptions extends PositiveLabel {
  /** Number of bins of the same width. Defaults to `15`. */
  nBins?: number;
  /**
   * How the gaps of the bins become one: `l1` is their mean (ECE), `l2` the root of the mean square, `max` the
   * largest (MCE). Defaults to `"l1"`.
   */
  norm?: "l1" | "l2" | "max";
  /** The class of each column. Defaults as in `logLoss`. */
  labels?: readonly Label[];
}

/** Streaming {@link expectedCalibrationError}; keeps all scores. */
export class ExpectedCalibrationError extends Metric<ScoreBatch, ScoredLabels, number> {
  constructor(options: CalibrationErrorOptions = {}) {
    const { nBins = 15, norm = "l1", labels } = options;
    requireWhole("nBins", nBins, 1);
    requireOneOf("norm", norm, ["l1", "l2", "max"]);
    super({
      options,
      state: () => new ScoredLabels(readProbabilities),
      result: (state) => {
        const scored = state.all();
        const scores = scored.columns === 1 ? positiveScores(scored, options) : confidences(scored, labels);
        return normOfGaps(binned(scores, uniformEdges(nBins)), norm);
      },
    });
  }
}

/**
 * Gap between confidence and accuracy, weighted by the examples of each bin, 0 to 1.
 *
 * With the probabilities of all classes, confidence is the highest of each row, and an example is right if that is
 * its class; with those of one class, confidence is that probability, and an example is right if it is positive.
 *
 * @param yTrue True classes, `[n]`.
 * @param yProb Probabilities, `[n, classes]`, or `[n]` of the positive class.
 * @throws RangeError if the two are empty or differ in length, or probabilities are not such.
 */
export function expectedCalibrationError(
  yTrue: Labels,
  yProb: Vector | Matrix,
  options: CalibrationErrorOptions & Weighted = {},
): number {
  return new ExpectedCalibrationError(options).update(yTrue, yProb, options.sampleWeight).result();
}

/** Upper edges of all bins but the last, which takes the rest. */
function uniformEdges(bins: number): number[] {
  const width = 1 / bins;
  return Array.from({ length: bins - 1 }, (_, index) => (index + 1) * width);
}

/** Quantiles by linear interpolation between the values in order (NumPy's default). */
function quantiles(values: Float64Array, bins: number): number[] {
  const sorted = Float64Array.from(values).sort();
  return uniformEdges(bins).map((part) => {
    const position = part * (sorted.length - 1);
    const below = Math.floor(position);
    const low = sorted[below] as number;
    const high = sorted[Math.min(below + 1, sorted.length - 1)] as number;
    return low + (high - low) * (position - below);
  });
}

function binned({ positive, scores, weights }: BinaryScores, edges: readonly number[]): CalibrationPoints {
  const bins = Array.from({ length: edges.length + 1 }, () => ({ total: 0, positive: 0, score: 0 }));
  for (const [index, score] of scores.entries()) {
    const found = edges.findIndex((edge) => score <= edge);
    const bin = bins[found < 0 ? edges.length : found] as (typeof bins)[number];
    const weight = weights[index] as number;
    bin.total += weight;
    bin.score += weight * score;
    bin.positive += weight * (positive[index] as number);
  }
  const filled = bins.filter(({ total }) => total > 0);
  return {
    probTrue: filled.map(({ positive, total }) => positive / total),
    probPred: filled.map(({ score, total }) => score / total),
    counts: filled.map(({ total }) => total),
  };
}

function confidences(scored: Scored, labels: readonly Label[] | undefined): BinaryScores {
  const { columns, weights } = scored;
  const classes = columnLabels(presentLabels(scored), columns, labels);
  const scores = new Float64Array(scored.labels.length);
  const positive = new Uint8Array(scored.labels.length);
  for (const [index, label] of scored.labels.entries()) {
    const row = scored.scores.subarray(index * columns, (index + 1) * columns);
    const top = row.indexOf(row.reduce((a, b) => Math.max(a, b)));
    scores[index] = row[top] as number;
    positive[index] = classes[top] === label ? 1 : 0;
  }
  return { positive, scores, weights };
}

function normOfGaps({ probTrue, probPred, counts }: CalibrationPoints, norm: "l1" | "l2" | "max"): number {
  const gaps = probTrue.map((part, index) => Math.abs(part - (probPred[index] as number)));
  if (norm === "max") return gaps.reduce((a, b) => Math.max(a, b), 0);
  const total = counts.reduce((sum, count) => sum + count, 0);
  const mean = (values: number[]) =>
    values.reduce((sum, value, index) => sum + (value * (counts[index] as number)) / total, 0);
  return norm === "l1" ? mean(gaps) : Math.sqrt(mean(gaps.map((gap) => gap * gap)));
}
