// k-means (Lloyd 1957, 1982) with k-means++ seeding (Arthur and Vassilvitskii 2007): the best of several starts.

import { type RandomSource, random } from "../../data/random.ts";
import { type Matrix, type Rows, readRows, requireWhole } from "../../metrics/values.ts";
import { Clusterer, rowOf, squaredDistance, toRows } from "../estimator.ts";

export interface KMeansOptions {
  /** Number of clusters. Defaults to `8`. */
  clusters?: number;
  /** How often to start anew; the start with the smallest inertia wins. Defaults to `10`. */
  starts?: number;
  /** Steps of one start at most. Defaults to `300`. */
  iterations?: number;
  /** Centers to start from instead of seeded ones, `[clusters, features]`. */
  centers?: Matrix;
  /** Defaults to `0`. */
  seed?: number;
}

interface State {
  centers: Float64Array;
  labels: Int32Array;
  inertia: number;
  iterations: number;
}

export class KMeans extends Clusterer<State> {
  readonly name = "kMeans";
  readonly #options: KMeansOptions;
  readonly #clusters: number;

  constructor(options: KMeansOptions) {
    super();
    this.#options = options;
    this.#clusters = options.clusters ?? 8;
    requireWhole("clusters", this.#clusters, 1);
    requireWhole("starts", options.starts ?? 10, 1);
    requireWhole("iterations", options.iterations ?? 300, 1);
  }

  /** Centers of the clusters, `[clusters, features]`. */
  get centers(): number[][] {
    return toRows(this.state.centers, this.features);
  }

  /** Sum of the squared distances of all examples to their centers. */
  get inertia(): number {
    return this.state.inertia;
  }

  /** Steps that the best start took. */
  get iterations(): number {
    return this.state.iterations;
  }

  /** Cluster with the nearest center for each example, `[n]`. */
  predict(x: Matrix): number[] {
    const rows = this.read(x);
    return Array.from(assign(rows, this.state.centers).labels);
  }

  /** Minus the sum of the squared distances to the nearest centers: the higher the better. */
  score(x: Matrix): number {
    return -assign(this.read(x), this.state.centers).inertia;
  }

  /** Distance of each example to each center, `[n, clusters]`. */
  transform(x: Matrix): number[][] {
    const rows = this.read(x);
    return Array.from({ length: rows.rows }, (_, row) =>
      this.centers.map((center) => Math.sqrt(squaredDistance(rowOf(rows, row), center))),
    );
  }

  protected learnRows(x: Rows): State {
    const { starts = 10, iterations = 300, centers, seed } = this.#options;
    if (x.rows < this.#clusters) {
      throw new RangeError(
        `x has ${x.rows} rows and there are ${this.#clusters} clusters; each needs a row.`,
      );
    }
    if (centers !== undefined) return lloyd(x, this.#givenCenters(centers, x.columns), iterations);
    const source = random(seed);
    let best: State | undefined;
    for (let start = 0; start < starts; start++) {
      const found = lloyd(x, plusPlus(x, this.#clusters, source), iterations);
      if (!best || found.inertia < best.inertia) best = found;
    }
    return best as State;
  }

  #givenCenters(given: Matrix, features: number): Float64Array {
    const { rows, columns, values } = readRows("centers", given);
    if (rows !== this.#clusters || columns !== features) {
      throw new RangeError(
        `centers has the shape [${rows}, ${columns}]; it must be [${this.#clusters}, ${features}], ` +
          "one row a cluster.",
      );
    }
    return values.slice();
  }
}

/**
 * Clusters around means: `dl.classic.kMeans({ clusters: 3, seed: 1 }).fit(x).labels`.
 *
 * Features should have like units (see the scalers of `dl.data`), since distances mix them.
 */
export function kMeans(options: KMeansOptions = {}): KMeans {
  return new KMeans(options);
}

/** Starting centers: each drawn with a probability that grows with the squared distance to those before. */
function plusPlus(x: Rows, clusters: number, source: RandomSource): Float64Array {
  const centers = new Float64Array(clusters * x.columns);
  const distances = new Float64Array(x.rows).fill(Infinity);
  let chosen = source.integer(x.rows);
  for (let cluster = 0; cluster < clusters; cluster++) {
    const center = rowOf(x, chosen);
    centers.set(center, cluster * x.columns);
    let total = 0;
    for (let row = 0; row < x.rows; row++) {
      distances[row] = Math.min(distances[row] as number, squaredDistance(rowOf(x, row), center));
      total += distances[row] as number;
    }
    let rest = source.uniform() * total;
    chosen = 0;
    // Where all examples are centers already, any will do.
    while (chosen < x.rows - 1 && rest >= (distances[chosen] as number)) {
      rest -= distances[chosen] as number;
      chosen++;
    }
  }
  return centers;
}

function lloyd(x: Rows, centers: Float64Array, most: number): State {
  let found = assign(x, centers);
  let iterations = 0;
  while (iterations < most) {
    iterations++;
    moveCenters(x, centers, found);
    const next = assign(x, centers);
    const settled = next.labels.every((label, row) => label === found.labels[row]);
    found = next;
    if (settled) break;
  }
  return { centers, labels: found.labels, inertia: found.inertia, iterations };
}

interface Assignment {
  labels: Int32Array;
  distances: Float64Array;
  inertia: number;
}

function assign(x: Rows, centers: Float64Array): Assignment {
  const { columns, values } = x;
  const labels = new Int32Array(x.rows);
  const distances = new Float64Array(x.rows);
  let inertia = 0;
  for (let row = 0; row < x.rows; row++) {
    let nearest = Infinity;
    for (let at = 0; at < centers.length; at += columns) {
      let distance = 0;
      for (let column = 0; column < columns; column++) {
        distance += ((values[row * columns + column] as number) - (centers[at + column] as number)) ** 2;
      }
      if (distance < nearest) {
        nearest = distance;
        labels[row] = at / columns;
      }
    }
    distances[row] = nearest;
    inertia += nearest;
  }
  return { labels, distances, inertia };
}

function moveCenters(x: Rows, centers: Float64Array, { labels, distances }: Assignment): void {
  const { columns } = x;
  const counts = new Int32Array(centers.length / columns);
  const sums = new Float64Array(centers.length);
  for (let row = 0; row < x.rows; row++) {
    const label = labels[row] as number;
    counts[label] = (counts[label] as number) + 1;
    for (let column = 0; column < columns; column++) {
      const at = label * columns + column;
      sums[at] = (sums[at] as number) + (x.values[row * columns + column] as number);
    }
  }
  for (let at = 0; at < centers.length; at++)
    centers[at] = (sums[at] as number) / (counts[(at / columns) | 0] as number);
  // A cluster that lost all examples takes over the one that is furthest from its center.
  for (const [label, count] of counts.entries()) {
    if (count > 0) continue;
    const furthest = distances.indexOf(distances.reduce((most, each) => Math.max(most, each), 0));
    distances[furthest] = 0;
    centers.set(rowOf(x, furthest), label * columns);
  }
}
