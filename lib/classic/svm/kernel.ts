// How alike two examples are, and the other options that all support-vector machines share.

import { requireOneOf } from "../../data/nearest.ts";
import { type Rows, requireWhole } from "../../metrics/values.ts";
import { requireAbove, squaredDistance } from "../estimator.ts";

export interface KernelOptions {
  /** Cost of an example beyond its margin: the smaller the smoother. Defaults to `1`. */
  c?: number;
  /**
   * Similarity of two examples: x·z, (gamma x·z + offset)^degree, or exp(−gamma |x − z|²). Defaults to `"rbf"`.
   */
  kernel?: "linear" | "poly" | "rbf";
  /** Factor in the kernels `"poly"` and `"rbf"`. Defaults to `"scale"`, 1 / (features · variance of all of x). */
  gamma?: number | "scale";
  /** Degree of the kernel `"poly"`. Defaults to `3`. */
  degree?: number;
  /** Offset of the kernel `"poly"`. Defaults to `0`. */
  offset?: number;
  /** Largest violation of the conditions at the end. Defaults to `0.001`. */
  tolerance?: number;
  /** Steps at most. Defaults to `100000`. */
  iterations?: number;
}

export type Kernel = (a: Float64Array, b: Float64Array) => number;

/** @throws RangeError if an option is not possible. */
export function readKernelOptions(options: KernelOptions): Required<KernelOptions> {
  const { c = 1, kernel = "rbf", gamma = "scale", degree = 3, offset = 0 } = options;
  const { tolerance = 1e-3, iterations = 100_000 } = options;
  requireAbove("c", c, 0);
  requireOneOf("kernel", kernel, ["linear", "poly", "rbf"]);
  if (gamma !== "scale") requireAbove("gamma", gamma, 0);
  requireWhole("degree", degree, 1);
  requireAbove("tolerance", tolerance, 0);
  requireWhole("iterations", iterations, 1);
  return { c, kernel, gamma, degree, offset, tolerance, iterations };
}

/** The similarity that was chosen; `x` decides what scale is. */
export function kernelOf({ kernel, gamma, degree, offset }: Required<KernelOptions>, x: Rows): Kernel {
  const factor = gamma === "scale" ? 1 / (x.columns * (variance(x.values) || 1)) : gamma;
  if (kernel === "linear") return product;
  if (kernel === "rbf") return (a, b) => Math.exp(-factor * squaredDistance(a, b));
  return (a, b) => (factor * product(a, b) + offset) ** degree;
}

function product(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

function variance(values: Float64Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
}
