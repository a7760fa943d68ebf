// t-SNE (van der Maaten and Hinton 2008): a map in which the chance that two examples are neighbours is about as in the
// data. Attraction is between near neighbours only, and repulsion is summed over a quadtree (Barnes and Hut 1986; van der
// Maaten 2014), so that time grows with n log n.

import { requireOneOf } from "../../data/nearest.ts";
import { random } from "../../data/random.ts";
import { type Matrix, type Rows, readRows, requireWhole } from "../../metrics/values.ts";
import { requireAbove, rowOf, toRows } from "../estimator.ts";
import { nearestRows } from "../neighbours.ts";
import { pca } from "./pca.ts";
import { Quadtree } from "./quadtree.ts";

export interface TsneOptions {
  /**
   * About how many neighbours each example has; between 5 and 50, and less than a third of the examples. Defaults to `30`,
   * or less for few examples.
   */
  perplexity?: number;
  /** Steps. Defaults to `1000`. */
  iterations?: number;
  /** Defaults to `"auto"`, n / 48 and at least 50 (Belkina et al. 2019). */
  learningRate?: number | "auto";
  /** By how much neighbours attract each other more in the first 250 steps, so that clusters find their place. Defaults to `12`. */
  exaggeration?: number;
  /** Start from the first two principal components, or at random. Defaults to `"pca"`. */
  start?: "pca" | "random";
  /**
   * How coarsely far examples are summed, 0 being exactly; above 1 maps become wrong. Defaults to `0.5`.
   */
  angle?: number;
  /** Defaults to `0`. */
  seed?: number;
  /** Ends with the signal's reason. */
  signal?: AbortSignal;
}

export interface TsneMap {
  /** Places in the map, `[n, 2]`. */
  embedding: number[][];
  /** How much the chances in the map differ from those in the data (Kullback-Leibler divergence): the lower the better. */
  divergence: number;
}

/** Steps with exaggeration. */
const earlySteps = 250;

/**
 * A map in two dimensions that keeps neighbours together: `dl.classic.tSNE(x, { seed: 1 }).embedding`.
 *
 * Distances between clusters, and their sizes, mean little. New examples can't be added.
 *
 * @param x Features, `[n, features]`; with like units, and of more than 50 features better reduced by `pca` first.
 * @throws RangeError for NaN, fewer than 4 examples, or a perplexity too large for them.
 */
export function tSNE(x: Matrix, options: TsneOptions = {}): TsneMap {
  const rows = readRows("x", x);
  const { iterations = 1000, exaggeration = 12, angle = 0.5, start = "pca", seed, signal } = options;
  if (rows.rows < 4) throw new RangeError(`x has ${rows.rows} rows; a map needs at least 4.`);
  requireWhole("iterations", iterations, 1);
  requireAbove("exaggeration", exaggeration, 0);
  requireOneOf("start", start, ["pca", "random"]);
  if (angle !== 0) requireAbove("angle", angle, 0, 1);
  const perplexity = options.perplexity ?? Math.min(30, (rows.rows - 1) / 3);
  requireAbove("perplexity", perplexity, 1, (rows.rows - 1) / 3 + 1e-9);
  const { learningRate = "auto" } = options;
  if (learningRate !== "auto") requireAbove("learningRate", learningRate, 0);
  const rate = learningRate === "auto" ? Math.max(rows.rows / exaggeration / 4, 50) : learningRate;

  const edges = affinities(rows, perplexity);
  const places = startingPlaces(rows, start, seed);
  const speed = new Float64Array(places.length);
  const gains = new Float64Array(places.length).fill(1);
  let divergence = Number.NaN;
  for (let step = 0; step < iterations; step++) {
    signal?.throwIfAborted();
    const early = step < earlySteps;
    const { gradient, loss } = forces(edges, places, early ? exaggeration : 1, angle);
    const momentum = early ? 0.5 : 0.8;
    for (let at = 0; at < places.length; at++) {
      // Jacobs 1988: faster while the direction stays, slower when it turns.
      const turns = Math.sign(gradient[at] as number) === Math.sign(speed[at] as number);
      gains[at] = Math.max(0.01, turns ? (gains[at] as number) * 0.8 : (gains[at] as number) + 0.2);
      speed[at] = momentum * (speed[at] as number) - rate * (gains[at] as number) * (gradient[at] as number);
      places[at] = (places[at] as number) + (speed[at] as number);
    }
    divergence = loss;
  }
  return { embedding: toRows(places, 2), divergence };
}

/** Chances that i and j are neighbours, for near pairs, row after row (compressed sparse rows); all sum to 1. */
interface Edges {
  starts: Int32Array;
  columns: Int32Array;
  values: Float64Array;
}

function affinities(x: Rows, perplexity: number): Edges {
  const count = Math.min(x.rows - 1, Math.floor(3 * perplexity) + 1);
  const chances = Array.from({ length: x.rows }, () => new Map<number, number>());
  for (let row = 0; row < x.rows; row++) {
    const near = nearestRows(x, rowOf(x, row), count + 1)
      .filter((each) => each.row !== row)
      .slice(0, count);
    const shares = gaussianShares(
      near.map(({ distance }) => distance ** 2),
      perplexity,
    );
    for (const [at, each] of near.entries()) {
      // Symmetric: the mean of both directions.
      const half = (shares[at] as number) / (2 * x.rows);
      for (const [a, b] of [
        [row, each.row],
        [each.row, row],
      ] as const) {
        const of = chances[a] as Map<number, number>;
        of.set(b, (of.get(b) ?? 0) + half);
      }
    }
  }
  const starts = new Int32Array(x.rows + 1);
  for (const [row, { size }] of chances.entries()) starts[row + 1] = (starts[row] as number) + size;
  return {
    starts,
    columns: Int32Array.from(chances.flatMap((of) => [...of.keys()])),
    values: Float64Array.from(chances.flatMap((of) => [...of.values()])),
  };
}

/** Shares by a Gaussian whose width gives them the perplexity, found by halving. */
function gaussianShares(squares: number[], perplexity: number): number[] {
  const nearest = Math.min(...squares);
  let [beta, low, high] = [1, 0, Infinity];
  let shares: number[] = [];
  for (let step = 0; step < 100; step++) {
    const weights = squares.map((square) => Math.exp(-beta * (square - nearest)));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    shares = weights.map((weight) => weight / total);
    const entropy = -shares.reduce((sum, share) => sum + (share > 0 ? share * Math.log(share) : 0), 0);
    const surplus = entropy - Math.log(perplexity);
    if (Math.abs(surplus) < 1e-5) break;
    if (surplus > 0) low = beta;
    else high = beta;
    beta = high === Infinity ? beta * 2 : (low + high) / 2;
  }
  return shares;
}

function startingPlaces(x: Rows, start: "pca" | "random", seed: number | undefined): Float64Array {
  const source = random(seed);
  const places = Float64Array.from({ length: 2 * x.rows }, () => 1e-4 * source.normal());
  if (start === "random") return places;
  const rows = toRows(x.values, x.columns);
  const reduced = pca({ components: Math.min(2, x.columns) }).fitTransform(rows);
  const first = reduced.map(([value]) => value as number);
  const deviation = Math.sqrt(first.reduce((sum, value) => sum + value ** 2, 0) / first.length) || 1;
  // The noise tells examples at the same place apart.
  for (const [row, values] of reduced.entries()) {
    for (const [axis, value] of values.entries()) {
      places[2 * row + axis] = (1e-4 * value) / deviation + 0.01 * (places[2 * row + axis] as number);
    }
  }
  return places;
}

function forces(edges: Edges, places: Float64Array, exaggeration: number, angle: number) {
  const size = places.length / 2;
  const tree = new Quadtree(places);
  const gradient = new Float64Array(places.length);
  const repulsion = new Float64Array(places.length);
  let total = 0;
  for (let row = 0; row < size; row++) total += tree.repulsion(row, angle, repulsion);
  let loss = 0;
  for (let row = 0; row < size; row++) {
    const [x, y] = [places[2 * row] as number, places[2 * row + 1] as number];
    let [pullX, pullY] = [0, 0];
    for (let at = edges.starts[row] as number; at < (edges.starts[row + 1] as number); at++) {
      const other = edges.columns[at] as number;
      const [dx, dy] = [x - (places[2 * other] as number), y - (places[2 * other + 1] as number)];
      const closeness = 1 / (1 + dx * dx + dy * dy);
      const chance = edges.values[at] as number;
      pullX += chance * closeness * dx;
      pullY += chance * closeness * dy;
      loss += chance * Math.log(Math.max(chance, Number.MIN_VALUE) / (closeness / total));
    }
    gradient[2 * row] = 4 * (exaggeration * pullX - (repulsion[2 * row] as number) / total);
    gradient[2 * row + 1] = 4 * (exaggeration * pullY - (repulsion[2 * row + 1] as number) / total);
  }
  return { gradient, loss };
}
