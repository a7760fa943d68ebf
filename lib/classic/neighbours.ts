// k nearest neighbours (Fix and Hodges 1951): an example is as those most like it are.

import { requireOneOf } from "../data/nearest.ts";
import { type Rows, requireWhole } from "../metrics/values.ts";
import { ProbabilisticClassifier, Regressor, rowOf, squaredDistance } from "./estimator.ts";

export interface NeighboursOptions {
  /** Number of neighbours that are asked. Defaults to `5`. */
  neighbours?: number;
  /** Whether all count the same or near ones more, by 1 / distance. Defaults to `"uniform"`. */
  weights?: "uniform" | "distance";
}

interface State<Targets> {
  x: Rows;
  y: Targets;
}

interface Neighbour {
  row: number;
  weight: number;
}

class Finder {
  readonly count: number;
  readonly #weights: "uniform" | "distance";

  constructor({ neighbours = 5, weights = "uniform" }: NeighboursOptions) {
    requireWhole("neighbours", neighbours, 1);
    requireOneOf("weights", weights, ["uniform", "distance"]);
    this.count = neighbours;
    this.#weights = weights;
  }

  remember<Targets>(x: Rows, y: Targets): State<Targets> {
    if (x.rows >= this.count) return { x, y };
    throw new RangeError(`x has ${x.rows} rows; ${this.count} neighbours need at least as many.`);
  }

  /** The neighbours of a point, with their weights and the sum of these. */
  find(from: Rows, values: Float64Array): { neighbours: Neighbour[]; total: number } {
    const nearest = nearestRows(from, values, this.count);
    // Examples at the very place decide alone.
    const same = this.#weights === "distance" ? nearest.filter(({ distance }) => distance === 0) : nearest;
    const neighbours =
      same.length > 0
        ? same.map(({ row }) => ({ row, weight: 1 }))
        : nearest.map(({ row, distance }) => ({ row, weight: 1 / distance }));
    return { neighbours, total: neighbours.reduce((sum, { weight }) => sum + weight, 0) };
  }
}

/** The `count` rows that are nearest, nearest first; of equals the first. */
export function nearestRows(
  from: Rows,
  values: Float64Array,
  count: number,
): { row: number; distance: number }[] {
  const nearest: { row: number; distance: number }[] = [];
  for (let row = 0; row < from.rows; row++) {
    const distance = squaredDistance(rowOf(from, row), values);
    if (nearest.length === count && distance >= (nearest.at(-1)?.distance as number)) continue;
    let at = nearest.length;
    while (at > 0 && (nearest[at - 1]?.distance as number) > distance) at--;
    nearest.splice(at, 0, { row, distance });
    if (nearest.length > count) nearest.pop();
  }
  return nearest.map(({ row, distance }) => ({ row, distance: Math.sqrt(distance) }));
}

export class NearestNeighbours extends ProbabilisticClassifier<State<Int32Array>> {
  readonly name = "kNN";
  readonly #finder: Finder;

  constructor(options: NeighboursOptions) {
    super();
    this.#finder = new Finder(options);
  }

  protected learnClasses(x: Rows, y: Int32Array): State<Int32Array> {
    return this.#finder.remember(x, y);
  }

  protected worth(x: Rows): Float64Array {
    const { x: from, y } = this.state;
    const { length } = this.classes;
    const shares = new Float64Array(x.rows * length);
    for (let row = 0; row < x.rows; row++) {
      const { neighbours, total } = this.#finder.find(from, rowOf(x, row));
      for (const { row: to, weight } of neighbours) {
        const at = row * length + (y[to] as number);
        shares[at] = (shares[at] as number) + weight / total;
      }
    }
    return shares;
  }
}

export class NearestNeighboursRegressor extends Regressor<State<Float64Array>> {
  readonly name = "kNNRegressor";
  readonly #finder: Finder;

  constructor(options: NeighboursOptions) {
    super();
    this.#finder = new Finder(options);
  }

  protected learnTargets(x: Rows, y: Float64Array): State<Float64Array> {
    return this.#finder.remember(x, y);
  }

  protected predictRows(x: Rows): Float64Array {
    const { x: from, y } = this.state;
    return Float64Array.from({ length: x.rows }, (_, row) => {
      const { neighbours, total } = this.#finder.find(from, rowOf(x, row));
      return neighbours.reduce((sum, { row: to, weight }) => sum + weight * (y[to] as number), 0) / total;
    });
  }
}

/** The class of most neighbours: `dl.classic.kNN({ neighbours: 3 }).fit(x, y).predict(xNew)`. Features need like units. */
export function kNN(options: NeighboursOptions = {}): NearestNeighbours {
  return new NearestNeighbours(options);
}

/** The mean target of the neighbours. Features need like units. */
export function kNNRegressor(options: NeighboursOptions = {}): NearestNeighboursRegressor {
  return new NearestNeighboursRegressor(options);
}
