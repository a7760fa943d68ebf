// Relevance rules word for word from the papers, in plain arrays of float64: slow, and easy to check by eye.

export type Vector = number[];
export type Matrix = number[][];

export const sum = (values: Vector) => values.reduce((all, value) => all + value, 0);
const sign = (value: number) => (value >= 0 ? 1 : -1);
const positive = (value: number) => Math.max(value, 0);
const negative = (value: number) => Math.min(value, 0);
const sigmoid = (value: number) => 1 / (1 + Math.exp(-value));

/** Contributions z_ij and bias b_j of a dense layer, which a rule may change. */
type Shares = (z: number, x: number, w: number) => number;

/** R_i = Σ_j share(z_ij) / (Σ_i share(z_ij) + share(b_j) + ε sign) · R_j */
function shareOut(
  x: Vector,
  kernel: Matrix,
  bias: Vector,
  arrived: Vector,
  share: Shares,
  shareOfBias: (b: number) => number,
  epsilon = 1e-6,
): Vector {
  return x.map((_, i) =>
    sum(
      arrived.map((relevance, j) => {
        const shares = x.map((value, k) => share(value * at(kernel, k, j), value, at(kernel, k, j)));
        const z = sum(shares) + shareOfBias(bias[j] as number);
        return ((shares[i] as number) / (z + epsilon * sign(z))) * relevance;
      }),
    ),
  );
}

/** The rules for a dense layer. */
export const denseRules: Record<string, (x: Vector, w: Matrix, b: Vector, r: Vector) => Vector> = {
  epsilon: (x, w, b, r) =>
    shareOut(
      x,
      w,
      b,
      r,
      (z) => z,
      (bias) => bias,
    ),
  zPlus: (x, w, b, r) => shareOut(x, w, b, r, positive, positive),
  alphaBeta: (x, w, b, r) => {
    const up = shareOut(x, w, b, r, positive, positive);
    const down = shareOut(x, w, b, r, negative, negative);
    return up.map((value, i) => 2 * value - (down[i] as number));
  },
  wSquare: (x, w, b, r) =>
    shareOut(
      x,
      w,
      b,
      r,
      (_z, _x, weight) => weight ** 2,
      (bias) => bias ** 2,
    ),
  flat: (x, w, b, r) =>
    shareOut(
      x,
      w,
      b,
      r,
      () => 1,
      () => 0,
    ),
  zBox: (x, w, b, r) =>
    shareOut(
      x,
      w,
      b,
      r,
      (z, _x, weight) => z - -3 * positive(weight) - 3 * negative(weight),
      () => 0,
    ),
  gamma: (x, w, b, r) => {
    // With signed inputs: the sign of the output decides which contributions are strengthened.
    const y = b.map((bias, j) => bias + sum(x.map((value, i) => value * at(w, i, j))));
    const favour = (s: number) => (z: number) => z + 0.25 * (s * z > 0 ? z : 0);
    const [up, down] = [1, -1].map((s) =>
      shareOut(
        x,
        w,
        b,
        r.map((relevance, j) => (s * (y[j] as number) > 0 ? relevance : 0)),
        favour(s),
        favour(s),
      ),
    ) as [Vector, Vector];
    return up.map((value, i) => value + (down[i] as number));
  },
};

interface Recurrent {
  kernel: Matrix;
  recurrent: Matrix;
  bias: Vector;
}

/** LSTM by Arras et al.: relevance of the inputs of each step for relevance of the last hidden state. */
export function lstm(
  { kernel, recurrent, bias }: Recurrent,
  steps: Vector[],
  arrived: Vector,
  epsilon: number,
): Matrix {
  const units = arrived.length;
  const trace: {
    h: Vector;
    c: Vector;
    i: Vector;
    f: Vector;
    g: Vector;
    sum: Vector;
    h0: Vector;
    c0: Vector;
  }[] = [];
  let [h, c] = [arrived.map(() => 0), arrived.map(() => 0)];
  for (const x of steps) {
    const pre = (block: number) => preactivation(kernel, recurrent, bias, x, h, block * units, units);
    const [i, f, o] = [pre(0), pre(1), pre(3)].map((gate) => gate.map(sigmoid)) as [Vector, Vector, Vector];
    const total = pre(2);
    const g = total.map(Math.tanh);
    const next = c.map((value, u) => (f[u] as number) * value + (i[u] as number) * (g[u] as number));
    const hidden = next.map((value, u) => (o[u] as number) * Math.tanh(value));
    trace.push({ h: hidden, c: next, i, f, g, sum: total, h0: h, c0: c });
    [h, c] = [hidden, next];
  }
  const result: Matrix = steps.map(() => []);
  let [ofHidden, ofCell] = [arrived, arrived.map(() => 0)];
  for (let t = steps.length - 1; t >= 0; t--) {
    const at_ = trace[t] as (typeof trace)[number];
    const state = ofCell.map((value, u) => value + (ofHidden[u] as number));
    const split = (part: Vector) =>
      state.map((value, u) => {
        const z = at_.c[u] as number;
        return ((part[u] as number) / (z + epsilon * sign(z))) * value;
      });
    ofCell = split(at_.c0.map((value, u) => value * (at_.f[u] as number)));
    const ofCandidate = split(at_.g.map((value, u) => value * (at_.i[u] as number)));
    result[t] = handBack(steps[t] as Vector, kernel, at_.sum, ofCandidate, 2 * units, epsilon);
    ofHidden = handBack(at_.h0, recurrent, at_.sum, ofCandidate, 2 * units, epsilon);
  }
  return result;
}

/** GRU in the same way; the reset gate takes nothing either. */
export function gru(
  { kernel, recurrent, bias }: Recurrent,
  steps: Vector[],
  arrived: Vector,
  epsilon: number,
): Matrix {
  const units = arrived.length;
  const trace: { h: Vector; kept: Vector; added: Vector; sum: Vector; reset: Vector }[] = [];
  let h = arrived.map(() => 0);
  for (const x of steps) {
    const before = h;
    const pre = (block: number, state: Vector) =>
      preactivation(kernel, recurrent, bias, x, state, block * units, units);
    const z = pre(0, before).map(sigmoid);
    const r = pre(1, before).map(sigmoid);
    const reset = before.map((value, u) => value * (r[u] as number));
    const total = pre(2, reset);
    const kept = before.map((value, u) => value * (z[u] as number));
    const added = total.map((value, u) => (1 - (z[u] as number)) * Math.tanh(value));
    h = kept.map((value, u) => value + (added[u] as number));
    trace.push({ h, kept, added, sum: total, reset });
  }
  const result: Matrix = steps.map(() => []);
  let ofHidden = arrived;
  for (let t = steps.length - 1; t >= 0; t--) {
    const at_ = trace[t] as (typeof trace)[number];
    const split = (part: Vector) =>
      ofHidden.map((value, u) => {
        const z = at_.h[u] as number;
        return ((part[u] as number) / (z + epsilon * sign(z))) * value;
      });
    const [ofKept, ofCandidate] = [split(at_.kept), split(at_.added)];
    result[t] = handBack(steps[t] as Vector, kernel, at_.sum, ofCandidate, 2 * units, epsilon);
    const throughReset = handBack(at_.reset, recurrent, at_.sum, ofCandidate, 2 * units, epsilon);
    ofHidden = ofKept.map((value, u) => value + (throughReset[u] as number));
  }
  return result;
}

function preactivation(
  w: Matrix,
  u: Matrix,
  b: Vector,
  x: Vector,
  h: Vector,
  first: number,
  units: number,
): Vector {
  return Array.from({ length: units }, (_, unit) => {
    const column = first + unit;
    const ofInput = sum(x.map((value, i) => value * at(w, i, column)));
    return ofInput + sum(h.map((value, i) => value * at(u, i, column))) + (b[column] as number);
  });
}

function handBack(
  x: Vector,
  weights: Matrix,
  total: Vector,
  arrived: Vector,
  first: number,
  epsilon: number,
): Vector {
  return x.map((value, i) =>
    sum(
      arrived.map((relevance, unit) => {
        const z = total[unit] as number;
        return ((value * at(weights, i, first + unit)) / (z + epsilon * sign(z))) * relevance;
      }),
    ),
  );
}

function at(matrix: Matrix, row: number, column: number): number {
  return (matrix[row] as Vector)[column] as number;
}
