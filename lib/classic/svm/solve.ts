// The quadratic program of support-vector machines, by sequential minimal optimisation (Platt 1998) on the pair of
// variables that violates the conditions most, chosen to second order (Fan, Chen and Lin 2005).

import type { Kernel } from "./kernel.ts";

/** Smallest curvature along a pair, where the kernel has none. */
const flat = 1e-12;

interface Problem {
  rows: readonly Float64Array[];
  /** Of each variable, as many for each row one after the other: variable t belongs to the row t modulo their number. */
  signs: Int8Array;
  /** What each variable is multiplied with. */
  linear: Float64Array;
  kernel: Kernel;
  c: number;
  tolerance: number;
  iterations: number;
}

interface Solution {
  alphas: Float64Array;
  intercept: number;
  converged: boolean;
}

/** Minimise ½ αᵀQα + linearᵀα for 0 ≤ α ≤ c and Σ sign α = 0, with Q = signs · kernel · signs. */
export function solve({ rows, signs, linear, kernel, c, tolerance, iterations }: Problem): Solution {
  const size = signs.length;
  const rowAt = (t: number) => rows[t % rows.length] as Float64Array;
  const lines = new Array<Float64Array | undefined>(rows.length);
  const line = (t: number): Float64Array => {
    const made = lines[t % rows.length] ?? Float64Array.from(rows, (row) => kernel(rowAt(t), row));
    lines[t % rows.length] = made;
    return made;
  };
  const likeness = (among: Float64Array, t: number) => among[t % rows.length] as number;
  const diagonal = Float64Array.from(rows, (row) => kernel(row, row));
  const alphas = new Float64Array(size);
  const gradient = linear.slice();
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
      const curvature = likeness(diagonal, i) + likeness(diagonal, t) - 2 * likeness(ofI, t);
      const gain = -(gap * gap) / Math.max(curvature, flat);
      if (gain < best) [j, best] = [t, gain];
    }
    converged = most - least < tolerance;
    if (converged || j < 0) break;
    const ofJ = line(j);
    const curvature = Math.max(likeness(diagonal, i) + likeness(diagonal, j) - 2 * likeness(ofI, j), flat);
    // Along the line that keeps Σ sign α: α_i grows by sign_i · t, α_j by −sign_j · t, up to the walls of the box.
    const room = (t: number, sign: number) =>
      sign === 1 ? c - (alphas[t] as number) : (alphas[t] as number);
    const limit = Math.min(room(i, signs[i] as number), room(j, -(signs[j] as number)));
    const amount = Math.min((most - pull(j)) / curvature, limit);
    alphas[i] = within((alphas[i] as number) + (signs[i] as number) * amount, c);
    alphas[j] = within((alphas[j] as number) - (signs[j] as number) * amount, c);
    for (let t = 0; t < size; t++) {
      const change = amount * (likeness(ofI, t) - likeness(ofJ, t));
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
