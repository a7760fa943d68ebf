// Silhouettes: is each example closer to its own cluster than to the next one? (Rousseeuw, 1987)

import { requireOneOf } from "../../data/nearest.ts";
import { type Accumulator, Metric } from "../metric.ts";
import { type Label, type Labels, type Matrix, readLabels, readRows, requireSameLength } from "../values.ts";

/** One batch: features `[n, features]` and clusters `[n]`. */
export type PointBatch = [features: Matrix, labels: Labels];

type Distance = (a: Float64Array, b: Float64Array) => number;

const sumOf = (a: Float64Array, b: Float64Array, term: (x: number, y: number) => number) => {
  let sum = 0;
  for (let index = 0; index < a.length; index++) sum += term(a[index] as number, b[index] as number);
  return sum;
};

const product = (x: number, y: number) => x * y;

const distances = {
  euclidean: (a, b) => Math.sqrt(sumOf(a, b, (x, y) => (x - y) ** 2)),
  manhattan: (a, b) => sumOf(a, b, (x, y) => Math.abs(x - y)),
  cosine: (a, b) => 1 - sumOf(a, b, product) / Math.sqrt(sumOf(a, a, product) * sumOf(b, b, product)),
} satisfies Record<string, Distance>;

export interface SilhouetteOptions {
  /** Distance of two examples. Defaults to `"euclidean"`. */
  metric?: keyof typeof distances;
}

class Points implements Accumulator<PointBatch> {
  readonly points: Float64Array[] = [];
  readonly labels: Label[] = [];

  get size(): number {
    return this.points.length;
  }

  add(...[features, labels]: PointBatch): void {
    const { rows, columns, values } = readRows("features", features);
    const clusters = readLabels("labels", labels);
    requireSameLength({ features: rows, labels: clusters.length });
    if (rows === 0) return;
    this.#requireFeatures(columns);
    for (const [row, label] of clusters.entries()) {
      this.points.push(values.subarray(row * columns, (row + 1) * columns));
      this.labels.push(label);
    }
  }

  merge(other: Points): void {
    const [first] = other.points;
    if (first) this.#requireFeatures(first.length);
    for (const [index, point] of other.points.entries()) {
      this.points.push(point);
      this.labels.push(other.labels[index] as Label);
    }
  }

  #requireFeatures(count: number): void {
    const before = this.points[0]?.length ?? count;
    if (count !== before) {
      throw new RangeError(`There are ${count} features and were ${before} before; they must stay as many.`);
    }
  }
}

/** Streaming {@link silhouetteSamples}; keeps all examples. */
export class SilhouetteSamples extends Metric<PointBatch, Points, number[]> {
  constructor(options: SilhouetteOptions = {}) {
    super({
      options,
      state: () => new Points(),
      result: (points) => silhouettes(points, distanceOf(options)),
    });
  }
}

/**
 * Silhouette of each example, −1 to 1: (b − a) / max(a, b) with the mean distance a to the others of its cluster and
 * b to those of the nearest other cluster; 0 for one alone in its cluster. Time grows with the square of n.
 *
 * @param features `[n, features]`.
 * @param labels Clusters, `[n]`; 2 to n − 1 of them.
 * @throws RangeError if the two differ in length, there are too few or too many clusters, or a cosine of a zero row
 *   is asked for.
 */
export function silhouetteSamples(
  features: Matrix,
  labels: Labels,
  options: SilhouetteOptions = {},
): number[] {
  return new SilhouetteSamples(options).update(features, labels).result();
}

/** Streaming {@link silhouetteScore}; keeps all examples. */
export class SilhouetteScore extends Metric<PointBatch, Points, number> {
  constructor(options: SilhouetteOptions = {}) {
    const distance = distanceOf(options);
    super({
      options,
      state: () => new Points(),
      result: (points) => silhouettes(points, distance).reduce((sum, each) => sum + each, 0) / points.size,
    });
  }
}

/**
 * Mean silhouette of all examples, −1 to 1: near 1 where clusters are dense and apart, near 0 where they overlap.
 *
 * Parameters and errors as for `silhouetteSamples`.
 */
export function silhouetteScore(features: Matrix, labels: Labels, options: SilhouetteOptions = {}): number {
  return new SilhouetteScore(options).update(features, labels).result();
}

function distanceOf({ metric = "euclidean" }: SilhouetteOptions): Distance {
  requireOneOf<string>("metric", metric, Object.keys(distances));
  return distances[metric];
}

function silhouettes({ points, labels }: Points, distance: Distance): number[] {
  const sizes = new Map<Label, number>();
  for (const label of labels) sizes.set(label, (sizes.get(label) ?? 0) + 1);
  if (sizes.size < 2 || sizes.size >= points.length) {
    throw new RangeError(
      `There are ${sizes.size} clusters of ${points.length} examples; silhouettes need 2 to ${points.length - 1}.`,
    );
  }
  return points.map((point, index) => {
    const own = labels[index] as Label;
    const sums = new Map<Label, number>();
    for (const [other, otherPoint] of points.entries()) {
      if (other === index) continue;
      const label = labels[other] as Label;
      sums.set(label, (sums.get(label) ?? 0) + distance(point, otherPoint));
    }
    const ownSize = sizes.get(own) as number;
    if (ownSize === 1) return 0;
    const within = (sums.get(own) as number) / (ownSize - 1);
    let nearest = Infinity;
    for (const [label, sum] of sums) {
      if (label !== own) nearest = Math.min(nearest, sum / (sizes.get(label) as number));
    }
    const scale = Math.max(within, nearest);
    if (Number.isNaN(scale))
      throw new RangeError("A row of features is all 0, which has no cosine; use another metric.");
    return scale === 0 ? 0 : (nearest - within) / scale;
  });
}
