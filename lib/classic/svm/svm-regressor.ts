// Support-vector regression (Drucker, Burges, Kaufman, Smola and Vapnik 1996): the smoothest function from which no example is
// further away than a margin, but for those that pay for it.

import type { Rows } from "../../metrics/values.ts";
import { Regressor, rowOf } from "../estimator.ts";
import { type Kernel, type KernelOptions, kernelOf, readKernelOptions } from "./kernel.ts";
import { solve } from "./solve.ts";

export interface SvmRegressorOptions extends KernelOptions {
  /** Cost of each unit that an example lies beyond the margin: the smaller the smoother. Defaults to `1`. */
  c?: number;
  /** Half the width of the margin in units of the target: errors below it cost nothing. Defaults to `0.1`. */
  epsilon?: number;
}

interface State {
  kernel: Kernel;
  /** The examples that are not within the margin, with their weights. */
  support: { row: number; features: Float64Array; weight: number }[];
  intercept: number;
  converged: boolean;
}

export class SvmRegressor extends Regressor<State> {
  readonly name = "svmRegressor";
  readonly #options: Required<KernelOptions>;
  readonly #epsilon: number;

  constructor({ epsilon = 0.1, ...options }: SvmRegressorOptions) {
    super();
    if (!(epsilon >= 0 && epsilon < Infinity)) {
      throw new RangeError(`epsilon is ${epsilon}; it must be a number of at least 0.`);
    }
    this.#options = readKernelOptions(options);
    this.#epsilon = epsilon;
  }

  /** Indices of the examples at the margin or beyond it, rising. */
  get supportIndices(): number[] {
    return this.state.support.map(({ row }) => row);
  }

  /** Whether the tolerance was met. */
  get converged(): boolean {
    return this.state.converged;
  }

  protected learnTargets(x: Rows, y: Float64Array): State {
    const kernel = kernelOf(this.#options, x);
    // Kept apart from the caller's memory: predictions need the support vectors.
    const own = { ...x, values: x.values.slice() };
    const rows = Array.from({ length: x.rows }, (_, row) => rowOf(own, row));
    // Two variables for each example: for the margin above and for that below.
    const signs = Int8Array.from({ length: 2 * x.rows }, (_, t) => (t < x.rows ? 1 : -1));
    const linear = Float64Array.from(signs, (sign, t) => this.#epsilon - sign * (y[t % x.rows] as number));
    const { alphas, intercept, converged } = solve({ rows, signs, linear, ...this.#options, kernel });
    const support = rows.flatMap((features, row) => {
      const weight = (alphas[row] as number) - (alphas[row + x.rows] as number);
      return weight === 0 ? [] : [{ row, features, weight }];
    });
    return { kernel, support, intercept, converged };
  }

  protected predictRows(x: Rows): Float64Array {
    const { kernel, support, intercept } = this.state;
    return Float64Array.from({ length: x.rows }, (_, row) =>
      support.reduce(
        (sum, { features, weight }) => sum + weight * kernel(features, rowOf(x, row)),
        intercept,
      ),
    );
  }
}

/**
 * A smooth curve that errors below a margin don't bend: `dl.classic.svmRegressor({ c: 10, epsilon: 0.2 }).fit(x, y)`.
 *
 * Features need like units, and `c` and `epsilon` are in units of the target. Memory grows with the square of the number of
 * examples; some thousands are well.
 */
export function svmRegressor(options: SvmRegressorOptions = {}): SvmRegressor {
  return new SvmRegressor(options);
}
