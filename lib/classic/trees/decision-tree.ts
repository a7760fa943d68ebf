// One decision tree, for classes and for numbers.

import { requireOneOf } from "../../data/nearest.ts";
import { random } from "../../data/random.ts";
import type { Rows } from "../../metrics/values.ts";
import { ProbabilisticClassifier, Regressor } from "../estimator.ts";
import {
  allRows,
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
import { oneTree } from "./shown.ts";

export interface DecisionTreeOptions extends TreeOptions {
  /** What splits make small: Gini's impurity, or entropy. Defaults to `"gini"`. */
  criterion?: "gini" | "entropy";
}

export class DecisionTree extends oneTree(ProbabilisticClassifier<TreeNode>) {
  readonly name = "decisionTree";
  readonly #options: GrowOptions;
  readonly #criterion: "gini" | "entropy";
  readonly #seed: number | undefined;

  constructor(options: DecisionTreeOptions) {
    super();
    const { criterion = "gini" } = options;
    requireOneOf("criterion", criterion, ["gini", "entropy"]);
    this.#options = readTreeOptions(options);
    this.#criterion = criterion;
    this.#seed = options.seed;
  }

  protected learnClasses(x: Rows, y: Int32Array, classes: number): TreeNode {
    const criterion = classCriterion(this.#criterion, y, classes, undefined);
    return grow({ x, order: sortRows(x) }, allRows(x.rows), criterion, this.#options, random(this.#seed));
  }

  protected worth(x: Rows): Float64Array {
    const { length } = this.classes;
    const shares = new Float64Array(x.rows * length);
    for (let row = 0; row < x.rows; row++) shares.set(leafOf(this.state, x, row).value, row * length);
    return shares;
  }
}

export class DecisionTreeRegressor extends oneTree(Regressor<TreeNode>) {
  readonly name = "decisionTreeRegressor";
  readonly #options: GrowOptions;
  readonly #seed: number | undefined;

  constructor(options: TreeOptions) {
    super();
    this.#options = readTreeOptions(options);
    this.#seed = options.seed;
  }

  protected learnTargets(x: Rows, y: Float64Array): TreeNode {
    return grow(
      { x, order: sortRows(x) },
      allRows(x.rows),
      varianceCriterion(y),
      this.#options,
      random(this.#seed),
    );
  }

  protected predictRows(x: Rows): Float64Array {
    return Float64Array.from({ length: x.rows }, (_, row) => leafOf(this.state, x, row).value[0] as number);
  }
}

/** Questions that tell classes apart: `dl.classic.decisionTree({ depth: 3 }).fit(x, y).figure({ features: names })`. */
export function decisionTree(options: DecisionTreeOptions = {}): DecisionTree {
  return new DecisionTree(options);
}

/** Questions that lead to numbers; splits make the variance within the parts small. */
export function decisionTreeRegressor(options: TreeOptions = {}): DecisionTreeRegressor {
  return new DecisionTreeRegressor(options);
}
