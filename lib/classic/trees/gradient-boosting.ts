// Gradient boosting (Friedman 2001): small trees one after the other, each fitted to what those before leave over: the
// loss's negative gradient.

import { type RandomSource, random } from "../../data/random.ts";
import { type Rows, requireWhole } from "../../metrics/values.ts";
import { ProbabilisticClassifier, Regressor, requireAbove } from "../estimator.ts";
import { logSumExp } from "../linear-algebra.ts";
import {
  allRows,
  type GrowOptions,
  grow,
  leafOf,
  readTreeOptions,
  sortRows,
  type TreeNode,
  type TreeOptions,
  varianceCriterion,
} from "./grow.ts";

export interface GradientBoostingOptions extends TreeOptions {
  /** Number of rounds; one tree each, or one for each of three classes or more. Defaults to `100`. */
  rounds?: number;
  /** How much of each tree is added. Defaults to `0.1`. */
  learningRate?: number;
  /** Part of the examples, drawn anew without replacement, that each tree learns from. Defaults to `1`. */
  subsample?: number;
}

/** Sums of trees, one for each output. */
interface State {
  start: number[];
  rounds: TreeNode[][];
}

class Boosting {
  readonly #rounds: number;
  readonly #rate: number;
  readonly #subsample: number;
  readonly #grow: GrowOptions;
  readonly #seed: number | undefined;

  constructor({ rounds = 100, learningRate = 0.1, subsample = 1, seed, ...tree }: GradientBoostingOptions) {
    requireWhole("rounds", rounds, 1);
    requireAbove("learningRate", learningRate, 0);
    requireAbove("subsample", subsample, 0, 1);
    this.#rounds = rounds;
    this.#rate = learningRate;
    this.#subsample = subsample;
    this.#grow = readTreeOptions({ depth: 3, ...tree });
    this.#seed = seed;
  }

  /**
   * @param residuals What each output leaves over, from the sums so far, `[n, outputs]`.
   * @param step A leaf's value, from the residuals of its examples.
   */
  learn(
    x: Rows,
    start: number[],
    residuals: (sums: Float64Array, output: number) => Float64Array,
    step: (residuals: number[], rows: number[]) => number,
  ): State {
    const source = random(this.#seed);
    const width = start.length;
    const sorted = { x, order: sortRows(x) };
    const sums = Float64Array.from({ length: x.rows * width }, (_, at) => start[at % width] as number);
    const rounds = Array.from({ length: this.#rounds }, () => {
      const rows = this.#draw(x.rows, source);
      // All outputs of a round start from the same sums.
      const left = start.map((_, output) => residuals(sums, output));
      return left.map((targets, output) => {
        const tree = grow(sorted, rows, varianceCriterion(targets), this.#grow, source);
        const members = new Map<TreeNode, number[]>();
        for (const row of rows) {
          const leaf = leafOf(tree, x, row);
          const list = members.get(leaf);
          if (list) list.push(row);
          else members.set(leaf, [row]);
        }
        for (const [leaf, list] of members) {
          leaf.value = Float64Array.of(
            step(
              list.map((row) => targets[row] as number),
              list,
            ),
          );
        }
        for (let row = 0; row < x.rows; row++) {
          const at = row * width + output;
          sums[at] = (sums[at] as number) + this.#rate * (leafOf(tree, x, row).value[0] as number);
        }
        return tree;
      });
    });
    return { start, rounds };
  }

  sums({ start, rounds }: State, x: Rows): Float64Array {
    const width = start.length;
    return Float64Array.from({ length: x.rows * width }, (_, at) => {
      const [row, output] = [Math.floor(at / width), at % width];
      return rounds.reduce(
        (sum, trees) => sum + this.#rate * (leafOf(trees[output] as TreeNode, x, row).value[0] as number),
        start[output] as number,
      );
    });
  }

  #draw(size: number, source: RandomSource): Int32Array {
    if (this.#subsample === 1) return allRows(size);
    return source
      .permutation(size)
      .slice(0, Math.max(1, Math.floor(size * this.#subsample)))
      .sort();
  }
}

export class GradientBoosting extends ProbabilisticClassifier<State> {
  readonly name = "gradientBoosting";
  readonly #boosting: Boosting;

  constructor(options: GradientBoostingOptions) {
    super();
    this.#boosting = new Boosting(options);
  }

  protected learnClasses(x: Rows, y: Int32Array, classes: number): State {
    const shares = Array.from(
      { length: classes },
      (_, label) => y.filter((each) => each === label).length / y.length,
    );
    const isLabel = (label: number) => y.map((each) => Number(each === label));
    const quotient = (above: number, below: number) => (Math.abs(below) < 1e-150 ? 0 : above / below);
    const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);
    if (classes === 2) {
      const second = isLabel(1);
      const start = [Math.log((shares[1] as number) / (shares[0] as number))];
      const residuals = (sums: Float64Array) =>
        sums.map((score, row) => (second[row] as number) - 1 / (1 + Math.exp(-score)));
      return this.#boosting.learn(x, start, residuals, (left, rows) => {
        // Newton's step: the second derivative is p (1 − p), and p = y − residual.
        const bends = left.map((residual, at) => {
          const p = (second[rows[at] as number] as number) - residual;
          return p * (1 - p);
        });
        return quotient(sum(left), sum(bends));
      });
    }
    const member = shares.map((_, label) => isLabel(label));
    const residuals = (sums: Float64Array, output: number) =>
      Float64Array.from({ length: x.rows }, (_, row) => {
        const scores = sums.subarray(row * classes, (row + 1) * classes);
        return (member[output]?.[row] as number) - Math.exp((scores[output] as number) - logSumExp(scores));
      });
    return this.#boosting.learn(x, shares.map(Math.log), residuals, (left) => {
      const bends = left.map((residual) => Math.abs(residual) * (1 - Math.abs(residual)));
      return quotient(((classes - 1) / classes) * sum(left), sum(bends));
    });
  }

  protected worth(x: Rows): Float64Array {
    const { length } = this.classes;
    const sums = this.#boosting.sums(this.state, x);
    const shares = new Float64Array(x.rows * length);
    for (let row = 0; row < x.rows; row++) {
      const scores =
        length === 2
          ? Float64Array.of(0, sums[row] as number)
          : sums.subarray(row * length, (row + 1) * length);
      const total = logSumExp(scores);
      for (const [label, score] of scores.entries()) shares[row * length + label] = Math.exp(score - total);
    }
    return shares;
  }
}

export class GradientBoostingRegressor extends Regressor<State> {
  readonly name = "gradientBoostingRegressor";
  readonly #boosting: Boosting;

  constructor(options: GradientBoostingOptions) {
    super();
    this.#boosting = new Boosting(options);
  }

  protected learnTargets(x: Rows, y: Float64Array): State {
    const mean = y.reduce((sum, value) => sum + value, 0) / y.length;
    const residuals = (sums: Float64Array) => sums.map((value, row) => (y[row] as number) - value);
    return this.#boosting.learn(
      x,
      [mean],
      residuals,
      (left) => left.reduce((sum, residual) => sum + residual, 0) / left.length,
    );
  }

  protected predictRows(x: Rows): Float64Array {
    return this.#boosting.sums(this.state, x);
  }
}

/** Many small trees, each fitted to what those before leave over: `dl.classic.gradientBoosting({ rounds: 200 }).fit(x, y)`. */
export function gradientBoosting(options: GradientBoostingOptions = {}): GradientBoosting {
  return new GradientBoosting(options);
}

/** The same for numbers, with the squared error as its loss. */
export function gradientBoostingRegressor(options: GradientBoostingOptions = {}): GradientBoostingRegressor {
  return new GradientBoostingRegressor(options);
}
