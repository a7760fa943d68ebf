// Linear regression by least squares (Legendre 1805; Gauss 1809), and with a penalty on large weights (ridge; Hoerl and
// Kennard 1970).

import { Matrix, SingularValueDecomposition } from "ml-matrix";
import type { Rows } from "../../metrics/values.ts";
import { Regressor, requireAbove, rowOf } from "../estimator.ts";
import { centered, columnMeans, toMatrix } from "../linear-algebra.ts";

export interface LinearRegressionOptions {
  /** Whether to learn an intercept; without one the line goes through the origin. Defaults to `true`. */
  intercept?: boolean;
}

export interface RidgeRegressionOptions extends LinearRegressionOptions {
  /** Strength of the penalty: the sum of squared errors plus alpha times that of squared weights. Defaults to `1`. */
  alpha?: number;
}

interface State {
  weights: Float64Array;
  intercept: number;
}

export class LinearRegression extends Regressor<State> {
  readonly name: string;
  readonly #alpha: number;
  readonly #intercept: boolean;

  constructor(name: string, { alpha = 0, intercept = true }: RidgeRegressionOptions) {
    super();
    if (alpha !== 0) requireAbove("alpha", alpha, 0);
    this.name = name;
    this.#alpha = alpha;
    this.#intercept = intercept;
  }

  /** Weight of each feature. */
  get weights(): number[] {
    return Array.from(this.state.weights);
  }

  get intercept(): number {
    return this.state.intercept;
  }

  protected learnTargets(x: Rows, y: Float64Array): State {
    const means = this.#intercept ? columnMeans(x) : new Float64Array(x.columns);
    const mean = this.#intercept ? y.reduce((sum, value) => sum + value, 0) / y.length : 0;
    const matrix = toMatrix(centered(x, means));
    const target = Matrix.columnVector(y.map((value) => value - mean));
    const decomposition = new SingularValueDecomposition(matrix, { autoTranspose: true });
    const { diagonal, leftSingularVectors: left, rightSingularVectors: right } = decomposition;
    // Of several best solutions the shortest: directions in which the features don't vary get no weight.
    const smallest = (diagonal[0] as number) * Number.EPSILON * Math.max(x.rows, x.columns);
    const along = left.transpose().mmul(target);
    const scaled = diagonal.map((value, k) =>
      value > smallest ? (value * along.get(k, 0)) / (value ** 2 + this.#alpha) : 0,
    );
    const found = right.mmul(Matrix.columnVector(scaled));
    const weights = Float64Array.from(found.to1DArray());
    const offset = weights.reduce((sum, weight, i) => sum + weight * (means[i] as number), 0);
    return { weights, intercept: mean - offset };
  }

  protected predictRows(x: Rows): Float64Array {
    const { weights, intercept } = this.state;
    return Float64Array.from({ length: x.rows }, (_, row) =>
      rowOf(x, row).reduce((sum, value, i) => sum + value * (weights[i] as number), intercept),
    );
  }
}

/** The linear function with the smallest sum of squared errors: `dl.classic.linearRegression().fit(x, y).weights`. */
export function linearRegression(options: LinearRegressionOptions = {}): LinearRegression {
  return new LinearRegression("linearRegression", options);
}

/** Linear regression that prefers small weights: `dl.classic.ridgeRegression({ alpha: 10 }).fit(x, y)`. */
export function ridgeRegression(options: RidgeRegressionOptions = {}): LinearRegression {
  return new LinearRegression("ridgeRegression", { alpha: 1, ...options });
}
