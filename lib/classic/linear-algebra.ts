// The few steps of linear algebra that estimators share, on ml-matrix in float64.

import { CholeskyDecomposition, Matrix } from "ml-matrix";
import type { Rows } from "../metrics/values.ts";

/** The rows as a matrix of their own. */
export function toMatrix({ rows, columns, values }: Rows): Matrix {
  return Matrix.from1DArray(rows, columns, values);
}

/** Mean of each column. */
export function columnMeans({ rows, columns, values }: Rows): Float64Array {
  const means = new Float64Array(columns);
  for (let at = 0; at < values.length; at++) {
    means[at % columns] = (means[at % columns] as number) + (values[at] as number) / rows;
  }
  return means;
}

/** The rows less the means, as new rows. */
export function centered(x: Rows, means: ArrayLike<number>): Rows {
  return { ...x, values: x.values.map((value, at) => value - (means[at % x.columns] as number)) };
}

/** The lower triangle L of a symmetric matrix L·Lᵀ; undefined if the matrix is not positive definite. */
export function cholesky(matrix: Matrix): Matrix | undefined {
  const decomposition = new CholeskyDecomposition(matrix);
  return decomposition.isPositiveDefinite() ? decomposition.lowerTriangularMatrix : undefined;
}

/** Squared length of L⁻¹·(row − mean): the squared Mahalanobis distance if L·Lᵀ is the covariance. */
export function squaredMahalanobis(row: ArrayLike<number>, mean: ArrayLike<number>, lower: Matrix): number {
  const solved = new Float64Array(row.length);
  let sum = 0;
  for (let i = 0; i < row.length; i++) {
    let rest = (row[i] as number) - (mean[i] as number);
    for (let j = 0; j < i; j++) rest -= lower.get(i, j) * (solved[j] as number);
    solved[i] = rest / lower.get(i, i);
    sum += (solved[i] as number) ** 2;
  }
  return sum;
}

/** log Σ exp(values), without overflow. */
export function logSumExp(values: ArrayLike<number>): number {
  let most = -Infinity;
  for (let index = 0; index < values.length; index++) most = Math.max(most, values[index] as number);
  if (most === -Infinity) return most;
  let sum = 0;
  for (let index = 0; index < values.length; index++) sum += Math.exp((values[index] as number) - most);
  return most + Math.log(sum);
}
