// A mixture of Gaussians, fitted by expectation-maximisation (Dempster, Laird and Rubin 1977) from k-means.

import { Matrix } from "ml-matrix";
import { requireOneOf } from "../../data/nearest.ts";
import { type Matrix as Examples, type Rows, requireWhole } from "../../metrics/values.ts";
import { argMax, Clusterer, requireAbove, rowOf, toRows } from "../estimator.ts";
import { cholesky, logSumExp, squaredMahalanobis } from "../linear-algebra.ts";
import { kMeans } from "./k-means.ts";

const covarianceKinds = ["full", "tied", "diagonal", "spherical"] as const;

export interface GaussianMixtureOptions {
  /** Number of Gaussians. Defaults to `1`. */
  components?: number;
  /**
   * Shape of the Gaussians: each with a matrix of its own, all with the same, without correlations, or round. Defaults
   * to `"full"`.
   */
  covariance?: (typeof covarianceKinds)[number];
  /** Steps at most. Defaults to `100`. */
  iterations?: number;
  /** Ends when the mean log-likelihood changes by less. Defaults to `0.001`. */
  tolerance?: number;
  /** Added to all variances, so that none becomes 0. Defaults to `1e-6`. */
  regularization?: number;
  /** Centers that k-means starts from, `[components, features]`. */
  means?: Examples;
  /** Seed of k-means. Defaults to `0`. */
  seed?: number;
}

interface State {
  weights: Float64Array;
  means: Float64Array;
  covariances: Matrix[];
  lowers: Matrix[];
  labels: Int32Array;
  logLikelihood: number;
  iterations: number;
  converged: boolean;
}

export class GaussianMixture extends Clusterer<State> {
  readonly name = "gaussianMixture";
  protected override readonly least = 2;
  readonly #options: Required<Omit<GaussianMixtureOptions, "means">> & { means: Examples | undefined };

  constructor(options: GaussianMixtureOptions) {
    super();
    const { components = 1, covariance = "full", iterations = 100, tolerance = 1e-3 } = options;
    const { regularization = 1e-6, seed = 0, means } = options;
    requireWhole("components", components, 1);
    requireOneOf("covariance", covariance, covarianceKinds);
    requireWhole("iterations", iterations, 1);
    this.#options = { components, covariance, iterations, tolerance, regularization, seed, means };
    if (regularization !== 0) requireAbove("regularization", regularization, 0);
  }

  /** Share of each Gaussian, `[components]`, with the sum 1. */
  get weights(): number[] {
    return Array.from(this.state.weights);
  }

  /** `[components, features]`. */
  get means(): number[][] {
    return toRows(this.state.means, this.features);
  }

  /** Covariance matrix of each Gaussian, `[components, features, features]`. */
  get covariances(): number[][][] {
    return this.state.covariances.map((covariance) => covariance.to2DArray());
  }

  /** Whether the last step changed the log-likelihood by less than the tolerance. */
  get converged(): boolean {
    return this.state.converged;
  }

  get iterations(): number {
    return this.state.iterations;
  }

  /** Most likely Gaussian of each example, `[n]`. */
  predict(x: Examples): number[] {
    return this.predictProbability(x).map(argMax);
  }

  /** Probability of each Gaussian for each example, `[n, components]`. */
  predictProbability(x: Examples): number[][] {
    const { responsibilities } = expect(this.read(x), this.state);
    return toRows(responsibilities, this.state.weights.length);
  }

  /** Logarithm of the density at each example, `[n]`. */
  logDensity(x: Examples): number[] {
    return Array.from(expect(this.read(x), this.state).logDensities);
  }

  /** Mean log-likelihood of the examples: the higher the better. */
  score(x: Examples): number {
    return mean(this.logDensity(x));
  }

  /** Bayesian information criterion (Schwarz 1978): the lower the better; for choosing the number of Gaussians. */
  bayesianInformation(x: Examples): number {
    const { rows } = this.read(x);
    return -2 * rows * this.score(x) + this.#parameters() * Math.log(rows);
  }

  protected learnRows(x: Rows): State {
    const { components, iterations, tolerance, seed, means } = this.#options;
    if (x.rows < components) {
      throw new RangeError(`x has ${x.rows} rows and there are ${components} components; each needs a row.`);
    }
    const rows = toRows(x.values, x.columns);
    const start = means ? { centers: means } : { seed, starts: 1 };
    const { labels } = kMeans({ clusters: components, ...start }).fit(rows);
    let responsibilities = new Float64Array(x.rows * components);
    for (const [row, label] of labels.entries()) responsibilities[row * components + label] = 1;
    let state = this.#maximize(x, responsibilities);
    let before = -Infinity;
    for (let step = 1; step <= iterations; step++) {
      const expected = expect(x, state);
      responsibilities = expected.responsibilities;
      state = this.#maximize(x, responsibilities);
      const now = mean(expected.logDensities);
      state.iterations = step;
      state.converged = Math.abs(now - before) < tolerance;
      if (state.converged) break;
      before = now;
    }
    const last = expect(x, state);
    const columns = { length: x.rows };
    state.labels = Int32Array.from(columns, (_, row) =>
      argMax(last.responsibilities.subarray(row * components, (row + 1) * components)),
    );
    state.logLikelihood = mean(last.logDensities);
    return state;
  }

  #maximize(x: Rows, responsibilities: Float64Array): State {
    const { components, covariance: kind, regularization } = this.#options;
    const { rows, columns } = x;
    const weights = new Float64Array(components);
    const means = new Float64Array(components * columns);
    for (let row = 0; row < rows; row++) {
      const values = rowOf(x, row);
      for (let k = 0; k < components; k++) {
        const part = responsibilities[row * components + k] as number;
        weights[k] = (weights[k] as number) + part;
        for (let i = 0; i < columns; i++) {
          means[k * columns + i] = (means[k * columns + i] as number) + part * (values[i] as number);
        }
      }
    }
    // As scikit-learn has it: a Gaussian that no example belongs to must not divide by 0.
    for (let k = 0; k < components; k++) weights[k] = (weights[k] as number) + 10 * Number.EPSILON;
    for (let at = 0; at < means.length; at++) {
      means[at] = (means[at] as number) / (weights[Math.floor(at / columns)] as number);
    }
    let covariances = Array.from({ length: components }, (_, k) =>
      scatter(x, responsibilities, components, k, means.subarray(k * columns, (k + 1) * columns)),
    );
    if (kind === "tied") {
      const sum = Matrix.zeros(columns, columns);
      for (const covariance of covariances) sum.add(covariance);
      sum.div(weights.reduce((a, b) => a + b, 0));
      covariances = covariances.map(() => sum.clone());
    } else {
      covariances = covariances.map((covariance, k) => covariance.div(weights[k] as number));
    }
    for (const covariance of covariances) simplify(covariance, kind, regularization);
    const lowers = covariances.map((covariance, k) => {
      const lower = cholesky(covariance);
      if (lower) return lower;
      throw new RangeError(
        `Gaussian ${k} has collapsed to a point or a plane; take fewer components, a simpler covariance, or a ` +
          `regularization above ${regularization}.`,
      );
    });
    const total = weights.reduce((a, b) => a + b, 0);
    return {
      ...{ means, covariances, lowers, weights: weights.map((weight) => weight / total) },
      ...{ labels: new Int32Array(), logLikelihood: -Infinity, iterations: 0, converged: false },
    };
  }

  #parameters(): number {
    const { components, covariance } = this.#options;
    const { features } = this;
    const full = (features * (features + 1)) / 2;
    const each = {
      full: components * full,
      tied: full,
      diagonal: components * features,
      spherical: components,
    };
    return each[covariance] + components * features + components - 1;
  }
}

/**
 * Soft, elliptic clusters: `dl.classic.gaussianMixture({ components: 3, seed: 1 }).fit(x).predictProbability(x)`.
 */
export function gaussianMixture(options: GaussianMixtureOptions = {}): GaussianMixture {
  return new GaussianMixture(options);
}

function expect(x: Rows, { weights, means, lowers }: State) {
  const components = weights.length;
  const responsibilities = new Float64Array(x.rows * components);
  const logDensities = new Float64Array(x.rows);
  const constants = lowers.map((lower, k) => {
    let logDeterminant = 0;
    for (let i = 0; i < x.columns; i++) logDeterminant += Math.log(lower.get(i, i));
    return Math.log(weights[k] as number) - logDeterminant - (x.columns / 2) * Math.log(2 * Math.PI);
  });
  for (let row = 0; row < x.rows; row++) {
    const values = rowOf(x, row);
    const logs = lowers.map((lower, k) => {
      const center = means.subarray(k * x.columns, (k + 1) * x.columns);
      return (constants[k] as number) - squaredMahalanobis(values, center, lower) / 2;
    });
    const total = logSumExp(logs);
    logDensities[row] = total;
    for (const [k, log] of logs.entries()) responsibilities[row * components + k] = Math.exp(log - total);
  }
  return { responsibilities, logDensities };
}

function scatter(x: Rows, parts: Float64Array, components: number, k: number, center: Float64Array): Matrix {
  const { columns } = x;
  const sums = Matrix.zeros(columns, columns);
  const off = new Float64Array(columns);
  for (let row = 0; row < x.rows; row++) {
    const part = parts[row * components + k] as number;
    const values = rowOf(x, row);
    for (let i = 0; i < columns; i++) off[i] = (values[i] as number) - (center[i] as number);
    for (let i = 0; i < columns; i++) {
      const scaled = part * (off[i] as number);
      for (let j = 0; j <= i; j++) sums.set(i, j, sums.get(i, j) + scaled * (off[j] as number));
    }
  }
  for (let i = 0; i < columns; i++) for (let j = i + 1; j < columns; j++) sums.set(i, j, sums.get(j, i));
  return sums;
}

function simplify(covariance: Matrix, kind: string, regularization: number): void {
  const size = covariance.rows;
  const diagonal = covariance.diagonal().map((value) => value + regularization);
  const round = mean(diagonal);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      if (i === j) covariance.set(i, i, kind === "spherical" ? round : (diagonal[i] as number));
      else if (kind === "diagonal" || kind === "spherical") covariance.set(i, j, 0);
    }
  }
}

function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let index = 0; index < values.length; index++) sum += values[index] as number;
  return sum / values.length;
}
