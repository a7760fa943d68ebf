// The local outlier factor (Breunig, Kriegel, Ng and Sander 2000): how much thinner examples lie around one than around its
// neighbours.

import { type Rows, requireWhole } from "../../metrics/values.ts";
import { OutlierDetector, rowOf } from "../estimator.ts";
import { nearestRows } from "../neighbours.ts";
import { quantile, readContamination } from "./threshold.ts";

export interface LocalOutlierFactorOptions {
  /** Number of neighbours. Defaults to `20`, or all there are. */
  neighbours?: number;
  /** Part of the examples that are outliers, which sets the threshold. Defaults to a threshold of 1.5. */
  contamination?: number;
}

interface Neighbourhood {
  neighbours: { row: number; distance: number }[];
  /** Distance of the last neighbour. */
  reach: number;
}

interface State {
  x: Rows;
  count: number;
  around: Neighbourhood[];
  densities: Float64Array;
  own: Float64Array;
  threshold: number;
}

export class LocalOutlierFactor extends OutlierDetector<State> {
  readonly name = "localOutlierFactor";
  readonly #neighbours: number;
  readonly #contamination: number | undefined;

  constructor({ neighbours = 20, contamination }: LocalOutlierFactorOptions) {
    super();
    requireWhole("neighbours", neighbours, 1);
    this.#neighbours = neighbours;
    this.#contamination = contamination === undefined ? undefined : readContamination(contamination);
  }

  /**
   * Factor of each example that it learned from, not counting itself among its neighbours; about 1 inside a cluster.
   * (`outlierScore` takes examples as new ones.)
   */
  get factors(): number[] {
    return Array.from(this.state.own);
  }

  protected learnRows(x: Rows): State {
    const count = Math.min(this.#neighbours, x.rows - 1);
    const own = { ...x, values: x.values.slice() };
    const around = Array.from({ length: x.rows }, (_, row) => {
      const found = nearestRows(own, rowOf(own, row), count + 1);
      const others = found.filter((each) => each.row !== row).slice(0, count);
      return neighbourhood(others);
    });
    const densities = Float64Array.from(around, ({ neighbours }) => densityOf(neighbours, around));
    const factors = Float64Array.from(around, ({ neighbours }, row) =>
      factorOf(neighbours, densities, densities[row] as number),
    );
    const threshold = this.#contamination === undefined ? 1.5 : quantile(factors, 1 - this.#contamination);
    return { x: own, count, around, densities, own: factors, threshold };
  }

  protected scoreRows(x: Rows, { x: learned, count, around, densities }: State): Float64Array {
    return Float64Array.from({ length: x.rows }, (_, row) => {
      const found = nearestRows(learned, rowOf(x, row), count);
      return factorOf(found, densities, densityOf(found, around));
    });
  }
}

/** Examples where it is thinner than around their neighbours: `dl.classic.localOutlierFactor().fit(x).factors`. */
export function localOutlierFactor(options: LocalOutlierFactorOptions = {}): LocalOutlierFactor {
  return new LocalOutlierFactor(options);
}

function neighbourhood(neighbours: Neighbourhood["neighbours"]): Neighbourhood {
  return { neighbours, reach: neighbours.at(-1)?.distance ?? 0 };
}

function densityOf(neighbours: Neighbourhood["neighbours"], around: Neighbourhood[]): number {
  const reached = neighbours.reduce(
    (sum, { row, distance }) => sum + Math.max(distance, (around[row] as Neighbourhood).reach),
    0,
  );
  // As in scikit-learn: examples that are all at one place must not divide by 0.
  return 1 / (reached / neighbours.length + 1e-10);
}

function factorOf(neighbours: Neighbourhood["neighbours"], densities: Float64Array, density: number): number {
  const mean = neighbours.reduce((sum, { row }) => sum + (densities[row] as number), 0) / neighbours.length;
  return mean / density;
}
