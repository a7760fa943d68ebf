// What trees tell about themselves, alike for classes and for numbers: added to a classifier or a regressor.

import type { Figure } from "../../plot/figure.ts";
import { Classifier, type Learned } from "../estimator.ts";
import { importances, type TreeNode } from "./grow.ts";
import {
  countLeaves,
  depthOf,
  type TreeFigureOptions,
  type TreeTextOptions,
  treeFigure,
  treeText,
} from "./tree-figure.ts";

// biome-ignore lint/suspicious/noExplicitAny: what TypeScript asks of the constructor of a mixin's base.
type Constructor<Instance> = abstract new (...args: any[]) => Instance;

/** One tree, to be looked at. */
export interface OneTree {
  /** The root; from it all nodes. */
  readonly tree: TreeNode;
  /** Levels of questions. */
  readonly depth: number;
  /** Number of leaves. */
  readonly leaves: number;
  /** How much of the gain in purity (for numbers, of the lowered variance) is each feature's, with the sum 1. */
  readonly featureImportances: number[];
  /** The tree as questions, indented level by level. */
  toText(options?: TreeTextOptions): string;
  /** The tree as a drawing. */
  figure(options?: TreeFigureOptions): Figure;
}

/** An estimator whose state is a tree. */
export function oneTree<Base extends Constructor<Learned<TreeNode>>>(
  base: Base,
): Base & Constructor<OneTree> {
  abstract class Shown extends base implements OneTree {
    get tree(): TreeNode {
      return this.state;
    }

    get depth(): number {
      return depthOf(this.state);
    }

    get leaves(): number {
      return countLeaves(this.state);
    }

    get featureImportances(): number[] {
      return Array.from(importances(this.state, this.features));
    }

    toText(options: TreeTextOptions = {}): string {
      return treeText(this.state, options, classesOf(this));
    }

    figure(options: TreeFigureOptions = {}): Figure {
      return treeFigure(this.state, options, classesOf(this));
    }
  }
  return Shown;
}

function classesOf(estimator: object) {
  return estimator instanceof Classifier ? estimator.classes : undefined;
}

/** What a forest has learned. */
export interface Forest {
  trees: TreeNode[];
  /** How well each example is told by the trees that have not learned from it. */
  score: number;
}

/** Many trees, to be looked at. */
export interface ManyTrees {
  /** The roots of the trees. */
  readonly trees: readonly TreeNode[];
  /** Mean of the trees' importances, with the sum 1. */
  readonly featureImportances: number[];
  /**
   * Accuracy (for numbers, R²) on each example of the trees that have not learned from it: an honest one, without a test
   * set.
   */
  readonly outOfBagScore: number;
}

/** An estimator whose state is a forest. */
export function manyTrees<Base extends Constructor<Learned<Forest>>>(
  base: Base,
): Base & Constructor<ManyTrees> {
  abstract class Shown extends base implements ManyTrees {
    get trees(): readonly TreeNode[] {
      return this.state.trees;
    }

    get featureImportances(): number[] {
      return meanImportances(this.state.trees, this.features);
    }

    get outOfBagScore(): number {
      return this.state.score;
    }
  }
  return Shown;
}

function meanImportances(trees: readonly TreeNode[], features: number): number[] {
  const sums = new Array<number>(features).fill(0);
  for (const tree of trees) {
    for (const [feature, share] of importances(tree, features).entries())
      sums[feature] = (sums[feature] as number) + share;
  }
  const total = sums.reduce((sum, share) => sum + share, 0);
  return total > 0 ? sums.map((share) => share / total) : sums;
}
