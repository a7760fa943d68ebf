// Logistic regression (Cox 1958): a linear score for each class, turned into probabilities by softmax, fitted to the
// highest likelihood with a penalty on large weights.

import { type Rows, requireWhole } from "../../metrics/values.ts";
import { ProbabilisticClassifier, requireAbove, toRows } from "../estimator.ts";
import { logSumExp } from "../linear-algebra.ts";
import { minimize, type Point } from "./minimize.ts";

export interface LogisticRegressionOptions {
  /** Inverse strength of the penalty: the smaller the smaller the weights. Defaults to `1`. */
  c?: number;
  /** Steps at most. Defaults to `1000`. */
  iterations?: number;
  /** Ends when no entry of the loss's gradient is larger. Defaults to `1e-6`. */
  tolerance?: number;
}

interface State {
  /** One row a class: the features' weights, then the intercept. */
  weights: Float64Array;
  iterations: number;
  converged: boolean;
}

export class LogisticRegression extends ProbabilisticClassifier<State> {
  readonly name = "logisticRegression";
  readonly #options: Required<LogisticRegressionOptions>;

  constructor({ c = 1, iterations = 1000, tolerance = 1e-6 }: LogisticRegressionOptions) {
    super();
    requireAbove("c", c, 0);
    requireWhole("iterations", iterations, 1);
    requireAbove("tolerance", tolerance, 0);
    this.#options = { c, iterations, tolerance };
  }

  /** Weight of each feature for each class, `[classes, features]`; of two classes the first has zeros. */
  get weights(): number[][] {
    return toRows(this.state.weights, this.features + 1).map((row) => row.slice(0, -1));
  }

  /** Intercept of each class. */
  get intercepts(): number[] {
    return toRows(this.state.weights, this.features + 1).map((row) => row.at(-1) as number);
  }

  /** Whether the gradient became as small as asked. */
  get converged(): boolean {
    return this.state.converged;
  }

  get iterations(): number {
    return this.state.iterations;
  }

  protected learnClasses(x: Rows, y: Int32Array, classes: number): State {
    const { c, iterations, tolerance } = this.#options;
    // Two classes need one score, the other being 0: the penalty then counts each weight once.
    const fixed = classes === 2 ? 1 : 0;
    const width = x.columns + 1;
    const pad = (free: Float64Array) => {
      const weights = new Float64Array(classes * width);
      weights.set(free, fixed * width);
      return weights;
    };
    const at = (free: Float64Array): Point => {
      const { value, gradient } = lossAt(x, y, pad(free), classes, c);
      return { value, gradient: gradient.slice(fixed * width) };
    };
    const found = minimize(at, new Float64Array((classes - fixed) * width), { iterations, tolerance });
    return { weights: pad(found.x), iterations: found.iterations, converged: found.converged };
  }

  protected worth(x: Rows): Float64Array {
    return probabilities(x, this.state.weights, this.classes.length).shares;
  }
}

/** A linear classifier with probabilities: `dl.classic.logisticRegression().fit(x, y).predictProbability(xNew)`. */
export function logisticRegression(options: LogisticRegressionOptions = {}): LogisticRegression {
  return new LogisticRegression(options);
}

/** Mean loss with its gradient. */
function lossAt(x: Rows, y: Int32Array, weights: Float64Array, classes: number, c: number): Point {
  const width = x.columns + 1;
  const { shares, logs } = probabilities(x, weights, classes);
  const gradient = new Float64Array(weights.length);
  let loss = 0;
  for (let row = 0; row < x.rows; row++) {
    const label = y[row] as number;
    loss -= logs[row * classes + label] as number;
    for (let k = 0; k < classes; k++) {
      const error = (shares[row * classes + k] as number) - Number(k === label);
      const to = k * width;
      for (let i = 0; i < x.columns; i++) {
        gradient[to + i] = (gradient[to + i] as number) + error * (x.values[row * x.columns + i] as number);
      }
      gradient[to + x.columns] = (gradient[to + x.columns] as number) + error;
    }
  }
  for (let at = 0; at < weights.length; at++) {
    const weight = weights[at] as number;
    // The intercept is free of the penalty.
    if (at % width !== x.columns) {
      loss += weight ** 2 / (2 * c);
      gradient[at] = (gradient[at] as number) + weight / c;
    }
    gradient[at] = (gradient[at] as number) / x.rows;
  }
  return { value: loss / x.rows, gradient };
}

function probabilities(x: Rows, weights: Float64Array, classes: number) {
  const { columns } = x;
  const logs = new Float64Array(x.rows * classes);
  const scores = new Float64Array(classes);
  for (let row = 0; row < x.rows; row++) {
    for (let k = 0; k < classes; k++) {
      const from = k * (columns + 1);
      let score = weights[from + columns] as number;
      for (let i = 0; i < columns; i++)
        score += (weights[from + i] as number) * (x.values[row * columns + i] as number);
      scores[k] = score;
    }
    const total = logSumExp(scores);
    for (let k = 0; k < classes; k++) logs[row * classes + k] = (scores[k] as number) - total;
  }
  return { logs, shares: logs.map(Math.exp) };
}
