// Random forests (Breiman 2001): the mean of many trees, each grown on a sample drawn with replacement, each split on a
// draw of the features.

import { requireOneOf } from "../../data/nearest.ts";
import { type RandomSource, random } from "../../data/random.ts";
import { type Rows, requireWhole } from "../../metrics/values.ts";
import { argMax, ProbabilisticClassifier, Regressor } from "../estimator.ts";
import {
  allRows,
  type Criterion,
  classCriterion,
  type GrowOptions,
  grow,
  leafOf,
  readTreeOptions,
  sortRows,
  type TreeNode,
  type TreeOptions,
  varianceCriterion,
} from "./grow.ts";
import { type Forest, manyTrees } from "./shown.ts";

export interface RandomForestRegressorOptions extends TreeOptions {
  /** Number of trees. Defaults to `100`. */
  trees?: number;
  /** Whether each tree learns from a sample drawn with replacement, or from all. Defaults to `true`. */
  bootstrap?: boolean;
}

export interface RandomForestOptions extends RandomForestRegressorOptions {
  /** What splits make small. Defaults to `"gini"`. */
  criterion?: "gini" | "entropy";
}

interface Settings extends GrowOptions {
  trees: number;
  bootstrap: boolean;
  seed: number | undefined;
}

function readSettings(options: RandomForestRegressorOptions, features: TreeOptions["features"]): Settings {
  const { trees = 100, bootstrap = true, seed } = options;
  requireWhole("trees", trees, 1);
  return { ...readTreeOptions({ ...(features ? { features } : {}), ...options }), trees, bootstrap, seed };
}

export class RandomForest extends manyTrees(ProbabilisticClassifier<Forest>) {
  readonly name = "randomForest";
  readonly #settings: Settings;
  readonly #criterion: "gini" | "entropy";

  constructor(options: RandomForestOptions) {
    super();
    const { criterion = "gini" } = options;
    requireOneOf("criterion", criterion, ["gini", "entropy"]);
    this.#settings = readSettings(options, "sqrt");
    this.#criterion = criterion;
  }

  protected learnClasses(x: Rows, y: Int32Array, classes: number): Forest {
    const criterion = classCriterion(this.#criterion, y, classes, undefined);
    const { trees, outOfBag } = growForest(x, criterion, classes, this.#settings);
    let [right, count] = [0, 0];
    for (let row = 0; row < x.rows; row++) {
      const shares = outOfBag.subarray(row * classes, (row + 1) * classes);
      if (Number.isNaN(shares[0])) continue;
      count++;
      right += Number(argMax(shares) === y[row]);
    }
    return { trees, score: right / count };
  }

  protected worth(x: Rows): Float64Array {
    return meanOfTrees(this.state.trees, x, this.classes.length);
  }
}

export class RandomForestRegressor extends manyTrees(Regressor<Forest>) {
  readonly name = "randomForestRegressor";
  readonly #settings: Settings;

  constructor(options: RandomForestRegressorOptions) {
    super();
    this.#settings = readSettings(options, undefined);
  }

  protected learnTargets(x: Rows, y: Float64Array): Forest {
    const { trees, outOfBag } = growForest(x, varianceCriterion(y), 1, this.#settings);
    const known = [...outOfBag.keys()].filter((row) => !Number.isNaN(outOfBag[row]));
    const mean = known.reduce((sum, row) => sum + (y[row] as number), 0) / known.length;
    const total = known.reduce((sum, row) => sum + ((y[row] as number) - mean) ** 2, 0);
    const rest = known.reduce((sum, row) => sum + ((y[row] as number) - (outOfBag[row] as number)) ** 2, 0);
    return { trees, score: 1 - rest / total };
  }

  protected predictRows(x: Rows): Float64Array {
    return meanOfTrees(this.state.trees, x, 1);
  }
}

/** Many different trees that vote: `dl.classic.randomForest({ trees: 200, seed: 1 }).fit(x, y).featureImportances`. */
export function randomForest(options: RandomForestOptions = {}): RandomForest {
  return new RandomForest(options);
}

/** The mean of many different trees; each split chooses from all features unless told otherwise. */
export function randomForestRegressor(options: RandomForestRegressorOptions = {}): RandomForestRegressor {
  return new RandomForestRegressor(options);
}

/** Grow the trees; `outOfBag` is the mean of the leaves over those that did not learn from the example, NaN if all did. */
function growForest(x: Rows, criterion: Criterion, width: number, settings: Settings) {
  const source = random(settings.seed);
  const sorted = { x, order: sortRows(x) };
  const outOfBag = new Float64Array(x.rows * width);
  const counts = new Int32Array(x.rows);
  const trees = Array.from({ length: settings.trees }, () => {
    const rows = settings.bootstrap ? sample(x.rows, source) : allRows(x.rows);
    const tree = grow(sorted, rows, criterion, settings, source);
    const learned = new Set(rows);
    for (let row = 0; row < x.rows; row++) {
      if (learned.has(row)) continue;
      counts[row] = (counts[row] as number) + 1;
      for (const [at, value] of leafOf(tree, x, row).value.entries()) {
        outOfBag[row * width + at] = (outOfBag[row * width + at] as number) + value;
      }
    }
    return tree;
  });
  return { trees, outOfBag: outOfBag.map((sum, at) => sum / (counts[Math.floor(at / width)] as number)) };
}

function sample(size: number, source: RandomSource): Int32Array {
  return Int32Array.from({ length: size }, () => source.integer(size));
}

function meanOfTrees(trees: readonly TreeNode[], x: Rows, width: number): Float64Array {
  const sums = new Float64Array(x.rows * width);
  for (let row = 0; row < x.rows; row++) {
    for (const tree of trees) {
      for (const [at, value] of leafOf(tree, x, row).value.entries()) {
        sums[row * width + at] = (sums[row * width + at] as number) + value;
      }
    }
  }
  return sums.map((sum) => sum / trees.length);
}
