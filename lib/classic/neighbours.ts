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

/** Nearest rows and their weights. */
interface Neighbour {
  row: number;
  distance: number;
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

  check(x: Rows): void {
    if (x.rows < this.count) {
      throw new RangeError(`x has ${x.rows} rows; ${this.count} neighbours need at least as many.`);
    }
  }

  find(from: Rows, values: Float64Array): Neighbour[] {
    const nearest = nearestRows(from, values, this.count).map((each) => ({ ...each, weight: 1 }));
    if (this.#weights === "uniform") return nearest;
    // Examples at the very place decide alone.
    const same = nearest.filter(({ distance }) => distance === 0);
    return same.length > 0 ? same : nearest.map((each) => ({ ...each, weight: 1 / each.distance }));
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
    this.#finder.check(x);
    return { x, y };
  }

  protected worth(x: Rows): Float64Array {
    const { x: from, y } = this.state;
    const { length } = this.classes;
    const shares = new Float64Array(x.rows * length);
    for (let row = 0; row < x.rows; row++) {
      const found = this.#finder.find(from, rowOf(x, row));
      const total = found.reduce((sum, { weight }) => sum + weight, 0);
      for (const each of found) {
        const at = row * length + (y[each.row] as number);
        shares[at] = (shares[at] as number) + each.weight / total;
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
    this.#finder.check(x);
    return { x, y };
  }

  protected predictRows(x: Rows): Float64Array {
    const { x: from, y } = this.state;
    return Float64Array.from({ length: x.rows }, (_, row) => {
      const found = this.#finder.find(from, rowOf(x, row));
      const total = found.reduce((sum, { weight }) => sum + weight, 0);
      return found.reduce((sum, each) => sum + each.weight * (y[each.row] as number), 0) / total;
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
