// AdaBoost for any number of classes (Freund and Schapire 1997; SAMME: Zhu, Zou, Rosset and Hastie 2009): small trees one
// after the other, each minding most the examples that those before got wrong.

import { random } from "../../data/random.ts";
import { type Rows, requireWhole } from "../../metrics/values.ts";
import { argMax, ProbabilisticClassifier, requireAbove } from "../estimator.ts";
import { logSumExp } from "../linear-algebra.ts";
import { allRows, classCriterion, grow, leafOf, readTreeOptions, sortRows, type TreeNode } from "./grow.ts";

export interface AdaBoostOptions {
  /** Number of trees at most. Defaults to `50`. */
  trees?: number;
  /** Levels of questions of each; 1 are stumps. Defaults to `1`. */
  depth?: number;
  /** How much each tree counts. Defaults to `1`. */
  learningRate?: number;
}

interface State {
  trees: TreeNode[];
  weights: number[];
  errors: number[];
}

export class AdaBoost extends ProbabilisticClassifier<State> {
  readonly name = "adaBoost";
  readonly #options: Required<AdaBoostOptions>;

  constructor({ trees = 50, depth = 1, learningRate = 1 }: AdaBoostOptions) {
    super();
    requireWhole("trees", trees, 1);
    requireWhole("depth", depth, 1);
    requireAbove("learningRate", learningRate, 0);
    this.#options = { trees, depth, learningRate };
  }

  /** The roots of the trees. */
  get trees(): readonly TreeNode[] {
    return this.state.trees;
  }

  /** How much each tree's vote counts. */
  get treeWeights(): number[] {
    return [...this.state.weights];
  }

  /** Weighted part of the examples that each tree gets wrong. */
  get treeErrors(): number[] {
    return [...this.state.errors];
  }

  protected learnClasses(x: Rows, y: Int32Array, classes: number): State {
    const { trees: most, depth, learningRate } = this.#options;
    const options = readTreeOptions({ depth });
    const sorted = { x, order: sortRows(x) };
    const state: State = { trees: [], weights: [], errors: [] };
    let shares = new Float64Array(x.rows).fill(1 / x.rows);
    while (state.trees.length < most) {
      const tree = grow(
        sorted,
        allRows(x.rows),
        classCriterion("gini", y, classes, shares),
        options,
        random(),
      );
      const wrong = y.map((label, row) => Number(argMax(leafOf(tree, x, row).value) !== label));
      const error = shares.reduce((sum, share, row) => sum + share * (wrong[row] as number), 0);
      // No better than chance: it would vote the wrong way round.
      const useless = error >= 1 - 1 / classes;
      if (useless && state.trees.length > 0) break;
      const perfect = error <= 0;
      const weight =
        perfect || useless ? 1 : learningRate * (Math.log((1 - error) / error) + Math.log(classes - 1));
      state.trees.push(tree);
      state.weights.push(weight);
      state.errors.push(error);
      if (perfect || useless) break;
      const raised = shares.map((share, row) => share * Math.exp(weight * (wrong[row] as number)));
      const total = raised.reduce((sum, share) => sum + share, 0);
      shares = raised.map((share) => share / total);
    }
    return state;
  }

  protected worth(x: Rows): Float64Array {
    const { trees, weights } = this.state;
    const { length } = this.classes;
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const shares = new Float64Array(x.rows * length);
    for (let row = 0; row < x.rows; row++) {
      // A vote counts for its class and against all others alike.
      const votes = new Float64Array(length);
      for (const [at, tree] of trees.entries()) {
        const voted = argMax(leafOf(tree, x, row).value);
        const part = (weights[at] as number) / total;
        for (let label = 0; label < length; label++) {
          votes[label] = (votes[label] as number) + (label === voted ? part : -part / (length - 1));
        }
      }
      const logs = votes.map((vote) => vote / (length - 1));
      const sum = logSumExp(logs);
      for (let label = 0; label < length; label++)
        shares[row * length + label] = Math.exp((logs[label] as number) - sum);
    }
    return shares;
  }
}

/** Many small trees, each minding what those before got wrong: `dl.classic.adaBoost({ trees: 100 }).fit(x, y)`. */
export function adaBoost(options: AdaBoostOptions = {}): AdaBoost {
  return new AdaBoost(options);
}
