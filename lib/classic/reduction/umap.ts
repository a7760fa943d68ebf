// UMAP (McInnes, Healy and Melville 2018) by umap-js: a map in few dimensions that keeps neighbours together.

import { UMAP as Mapper } from "umap-js";
import { random } from "../../data/random.ts";
import { type Rows, requireWhole } from "../../metrics/values.ts";
import { requireAbove, Transformer, toRows } from "../estimator.ts";

export interface UmapOptions {
  /** Dimensions of the map. Defaults to `2`. */
  components?: number;
  /** Number of neighbours that are kept together: small shows detail, large the whole. Defaults to `15`. */
  neighbours?: number;
  /** Smallest distance of examples in the map. Defaults to `0.1`. */
  minimumDistance?: number;
  /** Rounds of optimisation, in threes. Defaults to 200 to 500, fewer for many examples. */
  epochs?: number;
  /** Defaults to `0`. */
  seed?: number;
}

interface State {
  mapper: Mapper;
  embedding: number[][];
}

export class Umap extends Transformer<State> {
  readonly name = "umap";
  protected override readonly least = 3;
  readonly #options: UmapOptions;

  constructor(options: UmapOptions) {
    super();
    const { components = 2, neighbours = 15, minimumDistance = 0.1, epochs } = options;
    requireWhole("components", components, 1);
    requireWhole("neighbours", neighbours, 2);
    requireAbove("minimumDistance", minimumDistance, 0);
    if (epochs !== undefined) requireWhole("epochs", epochs, 1);
    this.#options = options;
  }

  /** Place in the map of each example that it learned from, `[n, components]`. */
  get embedding(): number[][] {
    return this.state.embedding.map((place) => [...place]);
  }

  /** Places of the examples that it learned from. */
  override fitTransform(x: Parameters<Transformer<State>["fitTransform"]>[0]): number[][] {
    return this.fit(x).embedding;
  }

  protected learnRows(x: Rows): State {
    const { components = 2, neighbours = 15, minimumDistance = 0.1, epochs, seed } = this.#options;
    if (neighbours >= x.rows) {
      throw new RangeError(`x has ${x.rows} rows; ${neighbours} neighbours need at least ${neighbours + 1}.`);
    }
    const source = random(seed);
    const mapper = new Mapper({
      nComponents: components,
      nNeighbors: neighbours,
      minDist: minimumDistance,
      random: source.uniform,
      // umap-js 1.4 places new examples in a third of the epochs, and never ends if that is no whole number.
      ...(epochs === undefined ? {} : { nEpochs: 3 * Math.ceil(epochs / 3) }),
    });
    return { mapper, embedding: mapper.fit(toRows(x.values, x.columns)) };
  }

  /** New examples are placed among those that it learned from, which stay where they are. */
  protected transformRows(x: Rows): number[][] {
    return x.rows === 0 ? [] : this.state.mapper.transform(toRows(x.values, x.columns));
  }
}

/** A map that keeps neighbours together: `dl.classic.umap({ seed: 1 }).fitTransform(x)`. */
export function umap(options: UmapOptions = {}): Umap {
  return new Umap(options);
}
