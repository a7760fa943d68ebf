// Naive Bayes: Bayes' rule with features taken as independent within a class, Gaussian or counts.

import { requireOneOf } from "../data/nearest.ts";
import type { Rows } from "../metrics/values.ts";
import { ProbabilisticClassifier, requireAbove, rowOf } from "./estimator.ts";
import { logSumExp } from "./linear-algebra.ts";

export interface NaiveBayesOptions {
  /**
   * What the features are: measures (normally distributed in each class), counts such as those of words
   * (multinomial), or yes and no (anything but 0 is yes). Defaults to `"gaussian"`.
   */
  features?: "gaussian" | "counts" | "binary";
  /** For Gaussians: this part of the largest variance is added to all. Defaults to `1e-9`. */
  smoothing?: number;
  /** For counts and binary features: seen so many times more than they were (Laplace). Defaults to `1`. */
  alpha?: number;
}

/** Log-probability of each class for one row, less what is the same for all. */
type LogLikelihood = (row: Float64Array) => number[];

export class NaiveBayes extends ProbabilisticClassifier<LogLikelihood> {
  readonly name = "naiveBayes";
  readonly #options: Required<NaiveBayesOptions>;

  constructor({ features = "gaussian", smoothing = 1e-9, alpha = 1 }: NaiveBayesOptions) {
    super();
    requireOneOf("features", features, ["gaussian", "counts", "binary"]);
    requireAbove("smoothing", smoothing, 0);
    requireAbove("alpha", alpha, 0);
    this.#options = { features, smoothing, alpha };
  }

  protected learnClasses(x: Rows, y: Int32Array, classes: number): LogLikelihood {
    const { features, smoothing, alpha } = this.#options;
    const counts = Array.from({ length: classes }, (_, label) => y.filter((each) => each === label).length);
    const priors = counts.map((count) => Math.log(count / x.rows));
    if (features === "gaussian") return gaussian(x, y, counts, priors, smoothing);
    if (features === "counts") {
      requireCounts(x);
      return multinomial(sumsOf(x, y, classes), priors, alpha, x.columns);
    }
    const yes = sumsOf({ ...x, values: x.values.map((value) => Number(value !== 0)) }, y, classes);
    return bernoulli(yes, counts, priors, alpha, x.columns);
  }

  protected worth(x: Rows): Float64Array {
    const { length } = this.classes;
    if (this.#options.features === "counts") requireCounts(x);
    const shares = new Float64Array(x.rows * length);
    for (let row = 0; row < x.rows; row++) {
      const logs = this.state(rowOf(x, row));
      const total = logSumExp(logs);
      for (const [label, log] of logs.entries()) shares[row * length + label] = Math.exp(log - total);
    }
    return shares;
  }
}

/** Bayes' rule over independent features: `dl.classic.naiveBayes().fit(x, y).predictProbability(xNew)`. */
export function naiveBayes(options: NaiveBayesOptions = {}): NaiveBayes {
  return new NaiveBayes(options);
}

function gaussian(
  x: Rows,
  y: Int32Array,
  counts: number[],
  priors: number[],
  smoothing: number,
): LogLikelihood {
  const { columns } = x;
  const means = sumsOf(x, y, counts.length).map(
    (sum, at) => sum / (counts[Math.floor(at / columns)] as number),
  );
  const squares = x.values.map(
    (value, at) =>
      (value - (means[(y[Math.floor(at / columns)] as number) * columns + (at % columns)] as number)) ** 2,
  );
  const floor = smoothing * largestVariance(x);
  const variances = sumsOf({ ...x, values: squares }, y, counts.length).map(
    (sum, at) => sum / (counts[Math.floor(at / columns)] as number) + floor,
  );
  if (variances.some((variance) => variance === 0)) {
    throw new RangeError("All features are constant; there is nothing to learn from.");
  }
  return (row) =>
    priors.map((prior, label) => {
      let log = prior;
      for (let i = 0; i < columns; i++) {
        const at = label * columns + i;
        const variance = variances[at] as number;
        log -=
          Math.log(2 * Math.PI * variance) / 2 +
          ((row[i] as number) - (means[at] as number)) ** 2 / (2 * variance);
      }
      return log;
    });
}

function multinomial(sums: Float64Array, priors: number[], alpha: number, columns: number): LogLikelihood {
  const logs = priors.map((_, label) => {
    const seen = sums.subarray(label * columns, (label + 1) * columns).map((count) => count + alpha);
    const total = seen.reduce((sum, count) => sum + count, 0);
    return seen.map((count) => Math.log(count / total));
  });
  return (row) =>
    priors.map((prior, label) =>
      row.reduce((sum, count, i) => sum + count * (logs[label]?.[i] as number), prior),
    );
}

function bernoulli(
  yes: Float64Array,
  counts: number[],
  priors: number[],
  alpha: number,
  columns: number,
): LogLikelihood {
  const chances = yes.map(
    (count, at) => (count + alpha) / ((counts[Math.floor(at / columns)] as number) + 2 * alpha),
  );
  return (row) =>
    priors.map((prior, label) =>
      row.reduce((sum, value, i) => {
        const chance = chances[label * columns + i] as number;
        return sum + Math.log(value !== 0 ? chance : 1 - chance);
      }, prior),
    );
}

/** Sum of each feature in each class, class after class. */
function sumsOf({ columns, values }: Rows, y: Int32Array, classes: number): Float64Array {
  const sums = new Float64Array(classes * columns);
  for (const [at, value] of values.entries()) {
    const to = (y[Math.floor(at / columns)] as number) * columns + (at % columns);
    sums[to] = (sums[to] as number) + value;
  }
  return sums;
}

function largestVariance({ rows, columns, values }: Rows): number {
  let most = 0;
  for (let i = 0; i < columns; i++) {
    let [sum, squares] = [0, 0];
    for (let row = 0; row < rows; row++) sum += values[row * columns + i] as number;
    for (let row = 0; row < rows; row++) squares += ((values[row * columns + i] as number) - sum / rows) ** 2;
    most = Math.max(most, squares / rows);
  }
  return most;
}

function requireCounts(x: Rows): void {
  const wrong = x.values.find((value) => value < 0);
  if (wrong !== undefined) throw new RangeError(`x holds ${wrong}; counts are at least 0.`);
}
