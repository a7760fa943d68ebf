// DBSCAN (Ester, Kriegel, Sander and Xu 1996): clusters are where examples lie densely, of any shape; the rest is noise.

import { type Rows, requireWhole } from "../../metrics/values.ts";
import { Clusterer, requireAbove, rowOf, squaredDistance } from "../estimator.ts";

export interface DbscanOptions {
  /** Distance up to which examples are neighbours. Defaults to `0.5`. */
  radius?: number;
  /** Neighbours, itself among them, that make an example the core of a cluster. Defaults to `5`. */
  minimumNeighbours?: number;
}

interface State {
  labels: Int32Array;
  core: number[];
}

export class Dbscan extends Clusterer<State> {
  readonly name = "dbscan";
  readonly #radius: number;
  readonly #minimum: number;

  constructor({ radius = 0.5, minimumNeighbours = 5 }: DbscanOptions) {
    super();
    requireAbove("radius", radius, 0);
    requireWhole("minimumNeighbours", minimumNeighbours, 1);
    this.#radius = radius;
    this.#minimum = minimumNeighbours;
  }

  /** Indices of the examples that are cores of clusters. */
  get coreIndices(): number[] {
    return [...this.state.core];
  }

  protected learnRows(x: Rows): State {
    const neighbours = neighboursWithin(x, this.#radius);
    const isCore = neighbours.map(({ length }) => length >= this.#minimum);
    const labels = new Int32Array(x.rows).fill(-1);
    let cluster = 0;
    for (let row = 0; row < x.rows; row++) {
      if (labels[row] !== -1 || !isCore[row]) continue;
      const reached = [row];
      labels[row] = cluster;
      for (let at = reached.pop(); at !== undefined; at = reached.pop()) {
        if (!isCore[at]) continue;
        for (const neighbour of neighbours[at] as number[]) {
          if (labels[neighbour] !== -1) continue;
          labels[neighbour] = cluster;
          reached.push(neighbour);
        }
      }
      cluster++;
    }
    return { labels, core: [...isCore.keys()].filter((row) => isCore[row]) };
  }
}

/**
 * Clusters of any shape by density; examples that belong to none get the label −1:
 * `dl.classic.dbscan({ radius: 0.3 }).fit(x).labels`. Time grows with the square of the number of examples.
 */
export function dbscan(options: DbscanOptions = {}): Dbscan {
  return new Dbscan(options);
}

function neighboursWithin(x: Rows, radius: number): number[][] {
  const near: number[][] = Array.from({ length: x.rows }, (_, row) => [row]);
  for (let a = 0; a < x.rows; a++) {
    for (let b = 0; b < a; b++) {
      if (squaredDistance(rowOf(x, a), rowOf(x, b)) > radius * radius) continue;
      near[a]?.push(b);
      near[b]?.push(a);
    }
  }
  return near;
}
