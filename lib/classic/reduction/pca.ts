// Principal component analysis (Pearson 1901; Hotelling 1933) by a singular value decomposition.

import { SingularValueDecomposition } from "ml-matrix";
import { type Matrix, type Rows, readRows, requireWhole } from "../../metrics/values.ts";
import { rowOf, Transformer } from "../estimator.ts";
import { centered, columnMeans, toMatrix } from "../linear-algebra.ts";

export interface PcaOptions {
  /** Number of components; below 1 as many as explain that part of the variance. Defaults to all. */
  components?: number;
  /** Scale the components to variance 1. Defaults to `false`. */
  whiten?: boolean;
}

interface State {
  means: Float64Array;
  components: number[][];
  variances: number[];
  ratios: number[];
}

export class Pca extends Transformer<State> {
  readonly name = "pca";
  protected override readonly least = 2;
  readonly #components: number;
  readonly #whiten: boolean;

  constructor({ components = Infinity, whiten = false }: PcaOptions) {
    super();
    if (components !== Infinity && !(components > 0 && components < 1))
      requireWhole("components", components, 1);
    this.#components = components;
    this.#whiten = whiten;
  }

  /**
   * Directions of the largest variance, `[components, features]`, of length 1 and at right angles; the largest entry of
   * each is positive.
   */
  get components(): number[][] {
    return this.state.components.map((component) => [...component]);
  }

  /** Variance along each component. */
  get explainedVariance(): number[] {
    return [...this.state.variances];
  }

  /** Part of the whole variance along each component. */
  get explainedVarianceRatio(): number[] {
    return [...this.state.ratios];
  }

  /** Mean of each feature. */
  get mean(): number[] {
    return Array.from(this.state.means);
  }

  /**
   * Features of reduced examples, `[n, features]`: what `transform` left over of them.
   *
   * @param z `[n, components]`.
   */
  inverseTransform(z: Matrix): number[][] {
    const { means, components } = this.state;
    const rows = readRows("z", z);
    if (rows.columns !== components.length) {
      throw new RangeError(`z has ${rows.columns} columns; there are ${components.length} components.`);
    }
    return Array.from({ length: rows.rows }, (_, row) => {
      const values = Array.from(means);
      for (const [k, component] of components.entries()) {
        const amount = (rowOf(rows, row)[k] as number) * this.#unit(k);
        for (let i = 0; i < values.length; i++)
          values[i] = (values[i] as number) + amount * (component[i] as number);
      }
      return values;
    });
  }

  protected learnRows(x: Rows): State {
    const most = Math.min(x.rows, x.columns);
    const wanted = this.#components;
    if (wanted !== Infinity && wanted > most) {
      throw new RangeError(
        `components is ${wanted}; ${x.rows} rows of ${x.columns} features have at most ${most}.`,
      );
    }
    const means = columnMeans(x);
    const { diagonal, rightSingularVectors: right } = new SingularValueDecomposition(
      toMatrix(centered(x, means)),
      {
        computeLeftSingularVectors: false,
        autoTranspose: true,
      },
    );
    const all = diagonal.slice(0, most).map((value) => value ** 2 / (x.rows - 1));
    const total = all.reduce((sum, value) => sum + value, 0);
    const ratios = all.map((variance) => (total === 0 ? 0 : variance / total));
    const count = wanted < 1 ? componentsFor(ratios, wanted) : Math.min(wanted, most);
    const components = Array.from({ length: count }, (_, k) => pointUp(right.getColumn(k)));
    return { means, components, variances: all.slice(0, count), ratios: ratios.slice(0, count) };
  }

  protected transformRows(x: Rows): number[][] {
    const { means, components } = this.state;
    return Array.from({ length: x.rows }, (_, row) => {
      const values = rowOf(x, row);
      return components.map((component, k) => {
        let sum = 0;
        for (let i = 0; i < values.length; i++) {
          sum += ((values[i] as number) - (means[i] as number)) * (component[i] as number);
        }
        return sum / this.#unit(k);
      });
    });
  }

  #unit(component: number): number {
    return this.#whiten
      ? Math.sqrt(Math.max(this.state.variances[component] as number, Number.MIN_VALUE))
      : 1;
  }
}

/** The directions in which examples vary most: `dl.classic.pca({ components: 2 }).fitTransform(x)`. */
export function pca(options: PcaOptions = {}): Pca {
  return new Pca(options);
}

function componentsFor(ratios: number[], part: number): number {
  let sum = 0;
  const enough = ratios.findIndex((ratio) => {
    sum += ratio;
    return sum >= part - 1e-12;
  });
  return enough < 0 ? ratios.length : enough + 1;
}

// A direction's sign means nothing; this one is that of scikit-learn.
function pointUp(direction: number[]): number[] {
  const largest = direction.reduce(
    (most, value) => (Math.abs(value) > Math.abs(most) + 1e-12 ? value : most),
    0,
  );
  return largest < 0 ? direction.map((value) => -value) : direction;
}
