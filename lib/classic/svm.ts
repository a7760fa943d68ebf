// Support-vector machines (Cortes and Vapnik 1995), trained by sequential minimal optimisation (Platt 1998) on the pair that
// violates the conditions most, chosen to second order (Fan, Chen and Lin 2005). More than two classes vote pair by pair.

import { requireOneOf } from "../data/nearest.ts";
import type { Matrix } from "../metrics/values.ts";
import { type Rows, requireWhole } from "../metrics/values.ts";
import { Classifier, requireAbove, rowOf, squaredDistance, toRows } from "./estimator.ts";

export interface SvmOptions {
  /** Cost of an example on the wrong side of its margin: the smaller the wider and softer the margin. Defaults to `1`. */
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
  /** Steps at most, for each pair of classes. Defaults to `100000`. */
  iterations?: number;
}

type Kernel = (a: Float64Array, b: Float64Array) => number;

/** A machine for two classes; its decision value is above 0 for the first. */
interface Machine {
  classes: readonly [number, number];
  /** Rows of the examples that carry the margin, with their weights (signed by class). */
  support: { row: number; weight: number }[];
  intercept: number;
  converged: boolean;
}

interface State {
  x: Rows;
  kernel: Kernel;
  machines: Machine[];
}

export class Svm extends Classifier<State> {
  readonly name = "svm";
  readonly #options: Required<SvmOptions>;

  constructor(options: SvmOptions) {
    super();
    const { c = 1, kernel = "rbf", gamma = "scale", degree = 3, offset = 0 } = options;
    const { tolerance = 1e-3, iterations = 100_000 } = options;
    requireAbove("c", c, 0);
    requireOneOf("kernel", kernel, ["linear", "poly", "rbf"]);
    if (gamma !== "scale") requireAbove("gamma", gamma, 0);
    requireWhole("degree", degree, 1);
    requireAbove("tolerance", tolerance, 0);
    requireWhole("iterations", iterations, 1);
    this.#options = { c, kernel, gamma, degree, offset, tolerance, iterations };
  }

  /** Indices of the examples that carry a margin, rising. */
  get supportIndices(): number[] {
    const all = this.state.machines.flatMap(({ support }) => support.map(({ row }) => row));
    return [...new Set(all)].sort((a, b) => a - b);
  }

  /** Whether every machine met the tolerance. */
  get converged(): boolean {
    return this.state.machines.every(({ converged }) => converged);
  }

  /**
   * Signed distances to the borders, in units of the margin: for two classes `[n, 1]`, above 0 for the second; for
   * more `[n, pairs]` in the order (0, 1), (0, 2), …, above 0 for the first of the pair.
   */
  decisionFunction(x: Matrix): number[][] {
    const decisions = toRows(this.#decide(this.read(x)), this.state.machines.length);
    return this.classes.length === 2 ? decisions.map(([value]) => [-(value as number)]) : decisions;
  }

  protected learnClasses(x: Rows, y: Int32Array, classes: number): State {
    const kernel = kernelOf(this.#options, x);
    // Kept apart from the caller's memory: predictions need the support vectors.
    const own = { ...x, values: x.values.slice() };
    const machines: Machine[] = [];
    for (let a = 0; a < classes; a++) {
      for (let b = a + 1; b < classes; b++) {
        const rows = [...y.keys()].filter((row) => y[row] === a || y[row] === b);
        const signs = Int8Array.from(rows, (row) => (y[row] === a ? 1 : -1));
        const solved = solve(
          rows.map((row) => rowOf(own, row)),
          signs,
          kernel,
          this.#options,
        );
        const support = rows.flatMap((row, at) => {
          const weight = (solved.alphas[at] as number) * (signs[at] as number);
          return weight === 0 ? [] : [{ row, weight }];
        });
        machines.push({ classes: [a, b], support, intercept: solved.intercept, converged: solved.converged });
      }
    }
    return { x: own, kernel, machines };
  }

  protected worth(x: Rows): Float64Array {
    const { machines } = this.state;
    const { length } = this.classes;
    const votes = new Float64Array(x.rows * length);
    for (const [at, value] of this.#decide(x).entries()) {
      const { classes } = machines[at % machines.length] as Machine;
      const to = Math.floor(at / machines.length) * length + classes[value > 0 ? 0 : 1];
      votes[to] = (votes[to] as number) + 1;
    }
    return votes;
  }

  #decide(x: Rows): Float64Array {
    const { x: learned, kernel, machines } = this.state;
    const values = new Float64Array(x.rows * machines.length);
    for (let row = 0; row < x.rows; row++) {
      const known = new Map<number, number>();
      const likeness = (to: number) => {
        const value = known.get(to) ?? kernel(rowOf(learned, to), rowOf(x, row));
        known.set(to, value);
        return value;
      };
      for (const [at, { support, intercept }] of machines.entries()) {
        values[row * machines.length + at] = support.reduce(
          (sum, { row: to, weight }) => sum + weight * likeness(to),
          intercept,
        );
      }
    }
    return values;
  }
}

/**
 * The border with the widest margin: `dl.classic.svm({ kernel: "rbf", c: 10 }).fit(x, y).supportIndices`.
 *
 * Features need like units. Memory grows with the square of the number of examples; some thousands are well.
 */
export function svm(options: SvmOptions = {}): Svm {
  return new Svm(options);
}

function kernelOf({ kernel, gamma, degree, offset }: Required<SvmOptions>, x: Rows): Kernel {
  const factor = gamma === "scale" ? 1 / (x.columns * (variance(x.values) || 1)) : gamma;
  if (kernel === "linear") return product;
  if (kernel === "rbf") return (a, b) => Math.exp(-factor * squaredDistance(a, b));
  return (a, b) => (factor * product(a, b) + offset) ** degree;
}

/** Smallest curvature along a pair, where the kernel has none. */
const flat = 1e-12;

/** Minimise ½ αᵀQα − Σα for 0 ≤ α ≤ c and Σ sign α = 0, with Q = signs · kernel · signs. */
function solve(
  rows: Float64Array[],
  signs: Int8Array,
  kernel: Kernel,
  { c, tolerance, iterations }: Required<SvmOptions>,
): { alphas: Float64Array; intercept: number; converged: boolean } {
  const size = rows.length;
  const lines = new Array<Float64Array | undefined>(size);
  const line = (i: number): Float64Array => {
    const made = lines[i] ?? Float64Array.from(rows, (row) => kernel(rows[i] as Float64Array, row));
    lines[i] = made;
    return made;
  };
  const diagonal = Float64Array.from(rows, (row) => kernel(row, row));
  const alphas = new Float64Array(size);
  const gradient = new Float64Array(size).fill(-1);
  const canRise = (t: number) => (signs[t] === 1 ? (alphas[t] as number) < c : (alphas[t] as number) > 0);
  const canFall = (t: number) => (signs[t] === 1 ? (alphas[t] as number) > 0 : (alphas[t] as number) < c);
  const pull = (t: number) => -(signs[t] as number) * (gradient[t] as number);
  let converged = false;
  for (let step = 0; step < iterations; step++) {
    let [i, most] = [-1, -Infinity];
    for (let t = 0; t < size; t++) if (canRise(t) && pull(t) > most) [i, most] = [t, pull(t)];
    if (i < 0) break;
    const ofI = line(i);
    let [j, least, best] = [-1, Infinity, Infinity];
    for (let t = 0; t < size; t++) {
      if (!canFall(t)) continue;
      least = Math.min(least, pull(t));
      const gap = most - pull(t);
      if (gap <= 0) continue;
      const curvature = (diagonal[i] as number) + (diagonal[t] as number) - 2 * (ofI[t] as number);
      const gain = -(gap * gap) / Math.max(curvature, flat);
      if (gain < best) [j, best] = [t, gain];
    }
    converged = most - least < tolerance;
    if (converged || j < 0) break;
    const ofJ = line(j);
    const curvature = Math.max(
      (diagonal[i] as number) + (diagonal[j] as number) - 2 * (ofI[j] as number),
      flat,
    );
    // Along the line that keeps Σ sign α: α_i grows by sign_i · t, α_j by −sign_j · t, up to the walls of the box.
    const room = (t: number, sign: number) =>
      sign === 1 ? c - (alphas[t] as number) : (alphas[t] as number);
    const limit = Math.min(room(i, signs[i] as number), room(j, -(signs[j] as number)));
    const amount = Math.min((most - pull(j)) / curvature, limit);
    alphas[i] = within((alphas[i] as number) + (signs[i] as number) * amount, c);
    alphas[j] = within((alphas[j] as number) - (signs[j] as number) * amount, c);
    for (let t = 0; t < size; t++) {
      const change = amount * ((ofI[t] as number) - (ofJ[t] as number));
      gradient[t] = (gradient[t] as number) + (signs[t] as number) * change;
    }
  }
  return { alphas, intercept: interceptOf(alphas, signs, pull, c), converged };
}

/** The examples on the margin tell it; where there are none, the middle of what is possible. */
function interceptOf(alphas: Float64Array, signs: Int8Array, pull: (t: number) => number, c: number): number {
  let [sum, free, low, high] = [0, 0, -Infinity, Infinity];
  for (const [t, alpha] of alphas.entries()) {
    if (alpha > 0 && alpha < c) {
      sum += pull(t);
      free++;
    } else if ((alpha === 0) === (signs[t] === 1)) low = Math.max(low, pull(t));
    else high = Math.min(high, pull(t));
  }
  return free > 0 ? sum / free : (low + high) / 2;
}

/** The alpha in 0 … c, at a wall exactly if it is there but for rounding. */
function within(alpha: number, c: number): number {
  const near = 1e-12 * c;
  return alpha < near ? 0 : alpha > c - near ? c : alpha;
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
