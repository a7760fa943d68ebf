// Scores of the whole confusion matrix: accuracy, balanced accuracy, Matthews' correlation, Cohen's kappa.

import { requireOneOf } from "../../data/nearest.ts";
import { Metric } from "../metric.ts";
import type { Label, Labels } from "../values.ts";
import type { Weighted } from "./average.ts";
import { countsOf } from "./confusion-matrix.ts";
import { ConfusionCounts, type LabelBatch } from "./counts.ts";

abstract class AgreementScore extends Metric<LabelBatch, ConfusionCounts, number> {
  constructor(options: object, result: (counts: ConfusionCounts) => number) {
    super({ options, state: () => new ConfusionCounts(), result });
  }
}

/** Sums of a confusion matrix. */
function sums(matrix: number[][]) {
  const truth = matrix.map((row) => row.reduce((sum, count) => sum + count, 0));
  const prediction = matrix.map((_, column) => matrix.reduce((sum, row) => sum + (row[column] as number), 0));
  const total = truth.reduce((sum, count) => sum + count, 0);
  const correct = matrix.reduce((sum, row, index) => sum + (row[index] as number), 0);
  return { truth, prediction, total, correct };
}

const dot = (a: readonly number[], b: readonly number[]) =>
  a.reduce((sum, value, index) => sum + value * (b[index] as number), 0);

export interface AccuracyOptions {
  /** Part of the examples, or with `false` their number (or weight). Defaults to `true`. */
  normalize?: boolean;
}

/** Streaming {@link accuracyScore}. */
export class AccuracyScore extends AgreementScore {
  constructor(options: AccuracyOptions = {}) {
    super(options, (counts) => {
      const { correct, total } = sums(counts.matrix(counts.labels()));
      return (options.normalize ?? true) ? correct / total : correct;
    });
  }
}

/**
 * Part of the examples whose predicted class is the true one, 0 to 1.
 *
 * @param yTrue True classes, `[n]`.
 * @param yPred Predicted classes, `[n]`.
 * @throws RangeError if the two are empty or differ in length.
 */
export function accuracyScore(
  yTrue: Labels,
  yPred: Labels,
  options: AccuracyOptions & Weighted = {},
): number {
  return new AccuracyScore(options).update(yTrue, yPred, options.sampleWeight).result();
}

export interface BalancedAccuracyOptions {
  /** Rescale so that chance is 0 and perfect is 1; NaN with a single class. Defaults to `false`. */
  adjusted?: boolean;
}

/** Streaming {@link balancedAccuracyScore}. */
export class BalancedAccuracyScore extends AgreementScore {
  constructor(options: BalancedAccuracyOptions = {}) {
    super(options, (counts) => {
      const recalls = counts
        .oneVsRest(counts.labels())
        .filter(({ tp, fn }) => tp + fn > 0)
        .map(({ tp, fn }) => tp / (tp + fn));
      const mean = recalls.reduce((sum, recall) => sum + recall, 0) / recalls.length;
      const chance = 1 / recalls.length;
      return options.adjusted ? (mean - chance) / (1 - chance) : mean;
    });
  }
}

/**
 * Mean recall of the classes that occur as true ones: accuracy as if all classes were as frequent.
 *
 * Parameters and errors as for `accuracyScore`.
 */
export function balancedAccuracyScore(
  yTrue: Labels,
  yPred: Labels,
  options: BalancedAccuracyOptions & Weighted = {},
): number {
  return new BalancedAccuracyScore(options).update(yTrue, yPred, options.sampleWeight).result();
}

/** Streaming {@link matthewsCorrcoef}. */
export class MatthewsCorrcoef extends AgreementScore {
  constructor() {
    super({}, (counts) => {
      const { truth, prediction, total, correct } = sums(counts.matrix(counts.labels()));
      const covariance = correct * total - dot(truth, prediction);
      const variances = (total ** 2 - dot(prediction, prediction)) * (total ** 2 - dot(truth, truth));
      return variances === 0 ? 0 : covariance / Math.sqrt(variances);
    });
  }
}

/**
 * Correlation of true and predicted classes, −1 to 1; 0 if one of them is always the same
 * (Matthews, 1975; Gorodkin, 2004, for more than two classes).
 *
 * Parameters and errors as for `accuracyScore`.
 */
export function matthewsCorrcoef(yTrue: Labels, yPred: Labels, options: Weighted = {}): number {
  return new MatthewsCorrcoef().update(yTrue, yPred, options.sampleWeight).result();
}

export interface CohenKappaOptions {
  /** The classes that count, in their order; examples of others are left out. Defaults to all, sorted. */
  labels?: readonly Label[];
  /** How disagreement grows with the distance of two classes in their order. Defaults to none: all the same. */
  weights?: "linear" | "quadratic";
}

/** Streaming {@link cohenKappaScore}. */
export class CohenKappaScore extends AgreementScore {
  constructor(options: CohenKappaOptions = {}) {
    const { weights, labels } = options;
    if (weights !== undefined) requireOneOf("weights", weights, ["linear", "quadratic"]);
    const distance = (row: number, column: number) => {
      if (weights === undefined) return row === column ? 0 : 1;
      return weights === "linear" ? Math.abs(row - column) : (row - column) ** 2;
    };
    super(options, (counts) => {
      const matrix = countsOf(counts, labels);
      const { truth, prediction, total } = sums(matrix);
      let [found, expected] = [0, 0];
      for (const [row, cells] of matrix.entries()) {
        for (const [column, count] of cells.entries()) {
          found += distance(row, column) * count;
          expected +=
            (distance(row, column) * (truth[row] as number) * (prediction[column] as number)) / total;
        }
      }
      return expected === 0 ? Number.NaN : 1 - found / expected;
    });
  }
}

/**
 * Agreement beyond chance, −1 to 1; NaN where only one class occurs, since chance agrees always then (Cohen, 1960).
 *
 * Parameters and errors as for `accuracyScore`.
 */
export function cohenKappaScore(
  yTrue: Labels,
  yPred: Labels,
  options: CohenKappaOptions & Weighted = {},
): number {
  return new CohenKappaScore(options).update(yTrue, yPred, options.sampleWeight).result();
}
