// AttnLRP word for word from Achtibat et al. 2024, in plain arrays of float64.

import { denseRules, type Matrix, sum, type Vector } from "./slow.ts";

interface Projection {
  kernel: Matrix;
  bias: Vector;
}

export interface AttentionWeights {
  query: Projection;
  key: Projection;
  value: Projection;
  output: Projection;
}

const transposed = (matrix: Matrix): Matrix =>
  (matrix[0] as Vector).map((_, column) => matrix.map((row) => row[column] as number));
const product = (a: Matrix, b: Matrix): Matrix =>
  a.map((row) => transposed(b).map((column) => sum(row.map((value, i) => value * (column[i] as number)))));
const plus = (...all: Matrix[]): Matrix =>
  (all[0] as Matrix).map((row, i) =>
    row.map((_, j) => sum(all.map((one) => (one[i] as Vector)[j] as number))),
  );
const columns = (matrix: Matrix, from: number, to: number) => matrix.map((row) => row.slice(from, to));

function project(x: Matrix, { kernel, bias }: Projection): Matrix {
  return product(x, kernel).map((row) => row.map((value, j) => value + (bias[j] as number)));
}

/** ε, row by row. */
function handBack(x: Matrix, { kernel, bias }: Projection, arrived: Matrix): Matrix {
  return x.map((row, i) => denseRules.epsilon?.(row, kernel, bias, arrived[i] as Vector) as Vector);
}

/** Proposition 3.3: R_ji = Σ_p A_ji V_ip R_jp / (2 O_jp + ε), and the same for V. */
function shareProduct(a: Matrix, b: Matrix, arrived: Matrix): [Matrix, Matrix] {
  const z = product(a, b);
  const ratio = arrived.map((row, j) =>
    row.map((relevance, p) => {
      const twice = 2 * ((z[j] as Vector)[p] as number);
      return relevance / (twice + 1e-6 * (twice >= 0 ? 1 : -1));
    }),
  );
  const times = (x: Matrix, y: Matrix) =>
    x.map((row, i) => row.map((v, j) => v * ((y[i] as Vector)[j] as number)));
  return [times(a, product(ratio, transposed(b))), times(b, product(transposed(a), ratio))];
}

/** Relevance of a sequence for that of its self-attention. */
export function selfAttention(
  x: Matrix,
  { query, key, value, output }: AttentionWeights,
  arrived: Matrix,
  { heads, causal = false }: { heads: number; causal?: boolean },
): Matrix {
  const [q, k, v] = [query, key, value].map((projection) => project(x, projection)) as [
    Matrix,
    Matrix,
    Matrix,
  ];
  const size = (q[0] as Vector).length / heads;
  const wide = (v[0] as Vector).length / heads;
  const parts = Array.from({ length: heads }, (_, head) => {
    const [qs, ks] = [q, k].map((one) => columns(one, head * size, (head + 1) * size)) as [Matrix, Matrix];
    const vs = columns(v, head * wide, (head + 1) * wide);
    const scores = product(qs, transposed(ks)).map((row) => row.map((score) => score / Math.sqrt(size)));
    const weights = scores.map((row, i) => {
      const powers = row.map((score, j) => (causal && j > i ? 0 : Math.exp(score)));
      return powers.map((power) => power / sum(powers));
    });
    return { qs, ks, vs, scores, weights, mixed: product(weights, vs) };
  });
  const mixed = x.map((_, i) => parts.flatMap((part) => part.mixed[i] as Vector));
  const ofMixed = handBack(mixed, output, arrived);
  const handed = parts.map(({ qs, ks, vs, scores, weights }, head) => {
    const [ofWeights, ofValues] = shareProduct(weights, vs, columns(ofMixed, head * wide, (head + 1) * wide));
    // Proposition 3.1: R_i = x_i (R_i − s_i Σ_j R_j).
    const ofScores = ofWeights.map((row, i) =>
      row.map((relevance, j) => {
        const weight = (weights[i] as Vector)[j] as number;
        return ((scores[i] as Vector)[j] as number) * (relevance - weight * sum(row));
      }),
    );
    const [ofQueries, ofKeysTurned] = shareProduct(
      qs.map((row) => row.map((one) => one / Math.sqrt(size))),
      transposed(ks),
      ofScores,
    );
    return { ofQueries, ofKeys: transposed(ofKeysTurned), ofValues };
  });
  const all = (pick: (one: (typeof handed)[number]) => Matrix) =>
    x.map((_, i) => handed.flatMap((one) => pick(one)[i] as Vector));
  return plus(
    handBack(
      x,
      query,
      all(({ ofQueries }) => ofQueries),
    ),
    handBack(
      x,
      key,
      all(({ ofKeys }) => ofKeys),
    ),
    handBack(
      x,
      value,
      all(({ ofValues }) => ofValues),
    ),
  );
}
