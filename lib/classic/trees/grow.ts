// Growing a tree (CART: Breiman, Friedman, Olshen and Stone 1984): each node asks whether one feature is at most some
// threshold, chosen so that its two parts are as pure as can be.

import type { RandomSource } from "../../data/random.ts";
import { type Rows, requireWhole } from "../../metrics/values.ts";

export interface TreeOptions {
  /** Levels of questions at most. Defaults to as many as it takes. */
  depth?: number;
  /** Fewest examples of a node that is split. Defaults to `2`. */
  minimumSplit?: number;
  /** Fewest examples of a leaf. Defaults to `1`. */
  minimumLeaf?: number;
  /** Features that each split chooses from, drawn at random: their number, or their square root. Defaults to all. */
  features?: number | "sqrt";
  /** Seed of the draw of features. Defaults to `0`. */
  seed?: number;
}

/** A node of a tree; one without `split` is a leaf. */
export interface TreeNode {
  /** Class shares with the sum 1, or the mean target. */
  value: Float64Array;
  /** Number of examples that came here. */
  size: number;
  /** Their weight. */
  weight: number;
  impurity: number;
  split?: { feature: number; threshold: number; left: TreeNode; right: TreeNode };
}

/** How pure a set of examples is, from sums over them, so that examples can go from one part to the other one by one. */
export interface Criterion {
  /** Number of sums. */
  width: number;
  /** Add an example to the sums, or take it away (sign −1). */
  add(sums: Float64Array, row: number, sign: 1 | -1): void;
  weight(sums: Float64Array): number;
  /** 0 for a pure set. */
  impurity(sums: Float64Array): number;
  value(sums: Float64Array): Float64Array;
}

/** Gini's impurity or entropy (in bits) of classes. */
export function classCriterion(
  kind: "gini" | "entropy",
  y: Int32Array,
  classes: number,
  weights: Float64Array | undefined,
): Criterion {
  const weight = (sums: Float64Array) => {
    let total = 0;
    for (let label = 0; label < classes; label++) total += sums[label] as number;
    return total;
  };
  const term =
    kind === "gini" ? (share: number) => share * (1 - share) : (share: number) => -share * Math.log2(share);
  return {
    width: classes,
    add(sums, row, sign) {
      const label = y[row] as number;
      sums[label] = (sums[label] as number) + sign * (weights?.[row] ?? 1);
    },
    weight,
    impurity(sums) {
      const total = weight(sums);
      let sum = 0;
      for (let label = 0; label < classes; label++) {
        // What was added and taken away again may leave a trace.
        const share = (sums[label] as number) / total;
        if (share > 1e-15) sum += term(share);
      }
      return sum;
    },
    value(sums) {
      const total = weight(sums);
      return sums.map((each) => each / total);
    },
  };
}

/** Variance of targets. */
export function varianceCriterion(y: Float64Array): Criterion {
  // Around the mean squares are small and their difference exact.
  const center = y.reduce((sum, value) => sum + value, 0) / y.length;
  return {
    width: 3,
    add(sums, row, sign) {
      const value = (y[row] as number) - center;
      sums[0] = (sums[0] as number) + sign;
      sums[1] = (sums[1] as number) + sign * value;
      sums[2] = (sums[2] as number) + sign * value * value;
    },
    weight: (sums) => sums[0] as number,
    impurity(sums) {
      const count = sums[0] as number;
      const mean = (sums[1] as number) / count;
      return Math.max(0, (sums[2] as number) / count - mean * mean);
    },
    value: ([count, sum]) => Float64Array.of(center + (sum as number) / (count as number)),
  };
}

/** Check the options of a tree. */
export function readTreeOptions({
  depth = Infinity,
  minimumSplit = 2,
  minimumLeaf = 1,
  features,
}: TreeOptions): GrowOptions {
  if (depth !== Infinity) requireWhole("depth", depth, 1);
  requireWhole("minimumSplit", minimumSplit, 2);
  requireWhole("minimumLeaf", minimumLeaf, 1);
  if (features !== undefined && features !== "sqrt") requireWhole("features", features, 1);
  return { depth, minimumSplit, minimumLeaf, features };
}

export interface GrowOptions {
  depth: number;
  minimumSplit: number;
  minimumLeaf: number;
  features: number | "sqrt" | undefined;
}

/** All rows in the order of each feature; sorted once, all trees over the same examples can use it. */
export type Order = readonly Int32Array[];

/** Sort rows by each feature. */
export function sortRows(x: Rows): Order {
  return Array.from({ length: x.columns }, (_, feature) => {
    const keys = Float64Array.from({ length: x.rows }, (__, row) => valueAt(x, row, feature));
    return allRows(x.rows).sort((a, b) => (keys[a] as number) - (keys[b] as number));
  });
}

/**
 * Grow a tree over rows of x; a row may be in `rows` several times.
 *
 * @throws RangeError if a split may choose from more features than there are.
 */
export function grow(
  { x, order }: { x: Rows; order: Order },
  rows: Int32Array,
  criterion: Criterion,
  options: GrowOptions,
  source: RandomSource,
): TreeNode {
  const { features } = options;
  const tried = features === "sqrt" ? Math.max(1, Math.floor(Math.sqrt(x.columns))) : (features ?? x.columns);
  if (tried > x.columns) throw new RangeError(`features is ${tried}; x has ${x.columns}.`);
  const goesLeft = new Uint8Array(x.rows);
  // Every node keeps its rows in the order of each feature, so that nothing is sorted again.
  const nodeOf = (sorted: Order, level: number): TreeNode => {
    const part = sorted[0] as Int32Array;
    const sums = new Float64Array(criterion.width);
    for (const row of part) criterion.add(sums, row, 1);
    const node: TreeNode = {
      value: criterion.value(sums),
      size: part.length,
      weight: criterion.weight(sums),
      impurity: criterion.impurity(sums),
    };
    if (level >= options.depth || part.length < options.minimumSplit || node.impurity < 1e-12) return node;
    const drawn = tried < x.columns ? source.permutation(x.columns) : undefined;
    const best = bestSplit({ x, sorted, criterion, least: options.minimumLeaf }, sums, tried, drawn);
    if (!best) return node;
    for (const row of part) goesLeft[row] = Number(valueAt(x, row, best.feature) <= best.threshold);
    const below = sorted.map((each) => each.filter((row) => goesLeft[row] === 1));
    const above = sorted.map((each) => each.filter((row) => goesLeft[row] === 0));
    node.split = { ...best, left: nodeOf(below, level + 1), right: nodeOf(above, level + 1) };
    return node;
  };
  return nodeOf(
    order.map((each) => repeatRows(each, rows)),
    0,
  );
}

/** The rows of an order that are in `rows`, as often as they are there. */
function repeatRows(order: Int32Array, rows: Int32Array): Int32Array {
  const times = new Int32Array(order.length);
  for (const row of rows) times[row] = (times[row] as number) + 1;
  const repeated = new Int32Array(rows.length);
  let at = 0;
  for (const row of order) for (let left = times[row] as number; left > 0; left--) repeated[at++] = row;
  return repeated;
}

interface Task {
  x: Rows;
  sorted: Order;
  criterion: Criterion;
  least: number;
}

function bestSplit(task: Task, sums: Float64Array, tried: number, drawn: Int32Array | undefined) {
  const { x, criterion } = task;
  let best: { feature: number; threshold: number } | undefined;
  let lowest = Infinity;
  let useful = 0;
  // Features that don't vary here don't count among those to be tried.
  for (let at = 0; at < x.columns && useful < tried; at++) {
    const feature = drawn?.[at] ?? at;
    const sorted = task.sorted[feature] as Int32Array;
    const last = valueAt(x, sorted.at(-1) as number, feature);
    if (valueAt(x, sorted[0] as number, feature) === last) continue;
    useful++;
    const left = new Float64Array(criterion.width);
    const right = sums.slice();
    for (let count = 1; count < sorted.length; count++) {
      const row = sorted[count - 1] as number;
      criterion.add(left, row, 1);
      criterion.add(right, row, -1);
      if (count < task.least || sorted.length - count < task.least) continue;
      const below = valueAt(x, row, feature);
      const above = valueAt(x, sorted[count] as number, feature);
      if (below === above) continue;
      const impurity =
        criterion.weight(left) * criterion.impurity(left) +
        criterion.weight(right) * criterion.impurity(right);
      // Of splits that only rounding tells apart the first one.
      if (impurity >= lowest - 1e-12 * Math.abs(lowest)) continue;
      lowest = impurity;
      const middle = below + (above - below) / 2;
      best = { feature, threshold: middle === above ? below : middle };
    }
  }
  return best;
}

function valueAt({ values, columns }: Rows, row: number, feature: number): number {
  return values[row * columns + feature] as number;
}

/** The leaf where an example ends. */
export function leafOf(tree: TreeNode, x: Rows, row: number): TreeNode {
  let node = tree;
  while (node.split) {
    const { feature, threshold, left, right } = node.split;
    node = valueAt(x, row, feature) <= threshold ? left : right;
  }
  return node;
}

/** How much each feature makes a tree purer, with the sum 1 (0 for a tree that is one leaf). */
export function importances(tree: TreeNode, features: number): Float64Array {
  const gains = new Float64Array(features);
  const visit = ({ split, weight, impurity }: TreeNode) => {
    if (!split) return;
    const { feature, left, right } = split;
    const rest = left.weight * left.impurity + right.weight * right.impurity;
    gains[feature] = (gains[feature] as number) + weight * impurity - rest;
    visit(left);
    visit(right);
  };
  visit(tree);
  const total = gains.reduce((sum, gain) => sum + gain, 0);
  return total > 0 ? gains.map((gain) => gain / total) : gains;
}

/** The rows 0 … size − 1. */
export function allRows(size: number): Int32Array {
  return Int32Array.from({ length: size }, (_, row) => row);
}
