// Outliers by Mahalanobis' distance (1936): how many standard deviations from the mean, along the directions in which the
// examples vary.

import type { Matrix } from "ml-matrix";
import type { Rows } from "../../metrics/values.ts";
import { OutlierDetector, rowOf } from "../estimator.ts";
import { centered, cholesky, columnMeans, squaredMahalanobis, toMatrix } from "../linear-algebra.ts";
import { quantile, readContamination } from "./threshold.ts";

export interface MahalanobisOptions {
  /** Part of the examples that are outliers, which sets the threshold. Defaults to `0.1`. */
  contamination?: number;
}

interface State {
  mean: Float64Array;
  lower: Matrix;
  threshold: number;
}

export class Mahalanobis extends OutlierDetector<State> {
  readonly name = "mahalanobis";
  readonly #contamination: number;

  constructor({ contamination = 0.1 }: MahalanobisOptions) {
    super();
    this.#contamination = readContamination(contamination);
  }

  protected learnRows(x: Rows): State {
    const mean = columnMeans(x);
    const off = toMatrix(centered(x, mean));
    const lower = cholesky(off.transpose().mmul(off).div(x.rows));
    if (!lower) {
      throw new RangeError(
        `The ${x.columns} features depend on each other in these ${x.rows} rows, so distances have no unit along some ` +
          "direction; leave features out, or reduce them by pca first.",
      );
    }
    const state = { mean, lower, threshold: 0 };
    return { ...state, threshold: quantile(this.scoreRows(x, state), 1 - this.#contamination) };
  }

  protected scoreRows(x: Rows, { mean, lower }: State): Float64Array {
    return Float64Array.from({ length: x.rows }, (_, row) =>
      Math.sqrt(squaredMahalanobis(rowOf(x, row), mean, lower)),
    );
  }
}

/** Examples far from the mean of an elliptic cloud: `dl.classic.mahalanobis().fit(x).predict(x)`. */
export function mahalanobis(options: MahalanobisOptions = {}): Mahalanobis {
  return new Mahalanobis(options);
}
