// Support-vector machines (Cortes and Vapnik 1995): the border with the widest margin. More than two classes vote pair by
// pair.

import type { Matrix, Rows } from "../../metrics/values.ts";
import { Classifier, rowOf, toRows } from "../estimator.ts";
import { type Kernel, type KernelOptions, kernelOf, readKernelOptions } from "./kernel.ts";
import { solve } from "./solve.ts";

export interface SvmOptions extends KernelOptions {
  /** Cost of an example on the wrong side of its margin: the smaller the wider and softer the margin. Defaults to `1`. */
  c?: number;
}

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
    this.#options = readKernelOptions(options);
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
        const solved = solve({
          rows: rows.map((row) => rowOf(own, row)),
          signs,
          linear: new Float64Array(rows.length).fill(-1),
          ...this.#options,
          kernel,
        });
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
