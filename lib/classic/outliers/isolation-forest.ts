// Isolation forests (Liu, Ting and Zhou 2008): random questions set an outlier apart sooner than an example among others.

import { type RandomSource, random } from "../../data/random.ts";
import { type Rows, requireWhole } from "../../metrics/values.ts";
import { OutlierDetector } from "../estimator.ts";
import { quantile, readContamination } from "./threshold.ts";

export interface IsolationForestOptions {
  /** Number of trees. Defaults to `100`. */
  trees?: number;
  /** Examples that each tree is grown on, drawn without replacement. Defaults to `256`, or all there are. */
  sampleSize?: number;
  /** Part of the examples that are outliers, which sets the threshold. Defaults to a threshold of 0.5. */
  contamination?: number;
  /** Defaults to `0`. */
  seed?: number;
}

/** A question, or a leaf with the number of examples that came there. */
type Node = { feature: number; threshold: number; left: Node; right: Node } | { size: number };

interface State {
  trees: Node[];
  sampleSize: number;
  threshold: number;
}

export class IsolationForest extends OutlierDetector<State> {
  readonly name = "isolationForest";
  readonly #options: IsolationForestOptions;
  readonly #trees: number;
  readonly #sampleSize: number;

  constructor(options: IsolationForestOptions) {
    super();
    const { trees = 100, sampleSize = 256, contamination } = options;
    requireWhole("trees", trees, 1);
    requireWhole("sampleSize", sampleSize, 2);
    if (contamination !== undefined) readContamination(contamination);
    this.#options = options;
    this.#trees = trees;
    this.#sampleSize = sampleSize;
  }

  protected learnRows(x: Rows): State {
    const { contamination, seed } = this.#options;
    const source = random(seed);
    const sampleSize = Math.min(this.#sampleSize, x.rows);
    const depth = Math.ceil(Math.log2(sampleSize));
    const trees = Array.from({ length: this.#trees }, () =>
      grow(x, source.permutation(x.rows).slice(0, sampleSize), depth, source),
    );
    const state = { trees, sampleSize, threshold: 0.5 };
    if (contamination === undefined) return state;
    return { ...state, threshold: quantile(this.scoreRows(x, state), 1 - contamination) };
  }

  protected scoreRows(x: Rows, { trees, sampleSize }: State): Float64Array {
    return Float64Array.from({ length: x.rows }, (_, row) => {
      const mean = trees.reduce((sum, tree) => sum + pathLength(tree, x, row), 0) / trees.length;
      return 2 ** (-mean / averagePath(sampleSize));
    });
  }
}

/**
 * Outliers are set apart by few random questions: `dl.classic.isolationForest({ seed: 1 }).fit(x).outlierScore(x)`.
 *
 * Scores are between 0 and 1: near 1 for outliers, below 0.5 for ordinary examples.
 */
export function isolationForest(options: IsolationForestOptions = {}): IsolationForest {
  return new IsolationForest(options);
}

function grow(x: Rows, rows: Int32Array, depth: number, source: RandomSource): Node {
  if (depth === 0 || rows.length < 2) return { size: rows.length };
  const value = (row: number, feature: number) => x.values[row * x.columns + feature] as number;
  // Only a feature that varies here can tell examples apart.
  for (const feature of source.permutation(x.columns)) {
    let [low, high] = [Infinity, -Infinity];
    for (const row of rows) {
      low = Math.min(low, value(row, feature));
      high = Math.max(high, value(row, feature));
    }
    if (low === high) continue;
    const threshold = low + source.uniform() * (high - low);
    const left = rows.filter((row) => value(row, feature) <= threshold);
    const right = rows.filter((row) => value(row, feature) > threshold);
    const rest = depth - 1;
    return { feature, threshold, left: grow(x, left, rest, source), right: grow(x, right, rest, source) };
  }
  return { size: rows.length };
}

function pathLength(tree: Node, x: Rows, row: number): number {
  let node = tree;
  let length = 0;
  while ("feature" in node) {
    node = (x.values[row * x.columns + node.feature] as number) <= node.threshold ? node.left : node.right;
    length++;
  }
  return length + averagePath(node.size);
}

/** Mean length of an unsuccessful search in a binary search tree of so many examples. */
function averagePath(size: number): number {
  if (size <= 1) return 0;
  if (size === 2) return 1;
  const eulerGamma = 0.5772156649015329;
  return 2 * (Math.log(size - 1) + eulerGamma) - (2 * (size - 1)) / size;
}
