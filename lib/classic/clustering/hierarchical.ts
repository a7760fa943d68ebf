// Agglomerative clustering: every example starts as a cluster, and the two nearest are joined until one is left. Distances
// to joined clusters follow Lance and Williams (1967); chains of nearest neighbours (Murtagh 1983) find the same tree
// in quadratic time.

import { requireOneOf } from "../../data/nearest.ts";
import { type Rows, requireWhole } from "../../metrics/values.ts";
import { Figure } from "../../plot/figure.ts";
import { chart } from "../../plot/vega.ts";
import { Clusterer, requireAbove, rowOf, squaredDistance } from "../estimator.ts";

// Distance of the union of two clusters to a third one, from theirs; sizes are numbers of examples.
type Linkage = (ac: number, bc: number, ab: number, a: number, b: number, c: number) => number;

const linkages = {
  single: (ac, bc) => Math.min(ac, bc),
  complete: (ac, bc) => Math.max(ac, bc),
  average: (ac, bc, _, a, b) => (a * ac + b * bc) / (a + b),
  ward: (ac, bc, ab, a, b, c) =>
    Math.sqrt(Math.max(0, ((a + c) * ac * ac + (b + c) * bc * bc - c * ab * ab) / (a + b + c))),
} satisfies Record<string, Linkage>;

export interface HierarchicalOptions {
  /**
   * Distance of two clusters: of their nearest or furthest examples, the mean of all pairs, or by how much joining them
   * raises the variance (Ward 1963). Defaults to `"ward"`.
   */
  linkage?: keyof typeof linkages;
  /** Number of clusters. Defaults to `2`, or to what `distance` gives. */
  clusters?: number;
  /** Join only clusters that are nearer than this, instead of naming their number. */
  distance?: number;
}

/** One step of joining. */
export interface Merge {
  /** The clusters that are joined: an example's index, or n + the index of an earlier step. */
  a: number;
  b: number;
  /** Their distance. */
  distance: number;
  /** Examples in the new cluster. */
  size: number;
}

interface State {
  labels: Int32Array;
  merges: Merge[];
}

export class Hierarchical extends Clusterer<State> {
  readonly name = "hierarchical";
  protected override readonly least = 2;
  readonly #options: HierarchicalOptions;

  constructor(options: HierarchicalOptions) {
    super();
    this.#options = options;
    const { linkage = "ward", clusters = 2, distance } = options;
    requireOneOf("linkage", linkage, Object.keys(linkages));
    requireWhole("clusters", clusters, 1);
    if (distance !== undefined) requireAbove("distance", distance, 0);
    if (options.clusters !== undefined && distance !== undefined) {
      throw new RangeError("Both clusters and distance are given; choose one.");
    }
  }

  /** The tree: n − 1 steps of joining, nearest first, as SciPy's linkage has them. */
  get merges(): readonly Merge[] {
    return this.state.merges;
  }

  /** The tree as a drawing: each bracket joins two clusters at the height of their distance. */
  get figure(): Figure {
    return dendrogram(this.state.merges);
  }

  protected learnRows(x: Rows): State {
    const { linkage = "ward", clusters = 2, distance } = this.#options;
    if (clusters > x.rows)
      throw new RangeError(`There are ${x.rows} rows and ${clusters} clusters; each needs a row.`);
    const merges = sortMerges(chainMerges(x, linkages[linkage]), x.rows);
    const steps =
      distance === undefined ? x.rows - clusters : merges.filter((each) => each.distance < distance).length;
    return { merges, labels: cut(merges.slice(0, steps), x.rows) };
  }
}

/** A tree of clusters: `dl.classic.hierarchical({ linkage: "average", clusters: 3 }).fit(x).labels`. */
export function hierarchical(options: HierarchicalOptions = {}): Hierarchical {
  return new Hierarchical(options);
}

/** Joins of clusters named by one of their examples, in the order in which chains find them. */
function chainMerges(x: Rows, linkage: Linkage): { a: number; b: number; distance: number }[] {
  const size = x.rows;
  const distances = new Float64Array(size * size);
  for (let a = 0; a < size; a++) {
    for (let b = 0; b < a; b++) {
      const distance = Math.sqrt(squaredDistance(rowOf(x, a), rowOf(x, b)));
      distances[a * size + b] = distance;
      distances[b * size + a] = distance;
    }
  }
  const sizes = new Int32Array(size).fill(1);
  const found: { a: number; b: number; distance: number }[] = [];
  const chain: number[] = [];
  while (found.length < size - 1) {
    if (chain.length === 0) chain.push(sizes.findIndex((count) => count > 0));
    const top = chain.at(-1) as number;
    const before = chain.at(-2);
    // On equal distances the one before it in the chain comes first, or the chain would never end.
    let nearest = before ?? -1;
    let distance = before === undefined ? Infinity : (distances[top * size + before] as number);
    for (let other = 0; other < size; other++) {
      if (other === top || sizes[other] === 0 || (distances[top * size + other] as number) >= distance)
        continue;
      nearest = other;
      distance = distances[top * size + other] as number;
    }
    if (nearest !== before) {
      chain.push(nearest);
      continue;
    }
    chain.splice(-2);
    found.push({ a: top, b: nearest, distance });
    const [m, n] = [sizes[top] as number, sizes[nearest] as number];
    for (let other = 0; other < size; other++) {
      if (sizes[other] === 0 || other === top || other === nearest) continue;
      const [toA, toB] = [
        distances[top * size + other] as number,
        distances[nearest * size + other] as number,
      ];
      const joined = linkage(toA, toB, distance, m, n, sizes[other] as number);
      distances[nearest * size + other] = joined;
      distances[other * size + nearest] = joined;
    }
    sizes[nearest] = m + n;
    sizes[top] = 0;
  }
  return found;
}

/** The joins nearest first, with clusters named by the step that made them. */
function sortMerges(found: { a: number; b: number; distance: number }[], size: number): Merge[] {
  const groups = new Groups(size);
  const names = Array.from({ length: size }, (_, index) => ({ name: index, size: 1 }));
  const sorted = found.map((each, index) => ({ ...each, index }));
  sorted.sort((m, n) => m.distance - n.distance || m.index - n.index);
  return sorted.map(({ a, b, distance }, step) => {
    const [first, second] = [groups.find(a), groups.find(b)];
    const [one, other] = [names[first], names[second]] as [
      { name: number; size: number },
      { name: number; size: number },
    ];
    const merge = {
      a: Math.min(one.name, other.name),
      b: Math.max(one.name, other.name),
      distance,
      size: one.size + other.size,
    };
    names[groups.join(first, second)] = { name: size + step, size: merge.size };
    return merge;
  });
}

/** Clusters after some steps, numbered in the order of their first examples. */
function cut(merges: readonly Merge[], size: number): Int32Array {
  const groups = new Groups(size + merges.length);
  for (const [step, { a, b }] of merges.entries()) {
    groups.join(a, size + step);
    groups.join(b, size + step);
  }
  const numbers = new Map<number, number>();
  return Int32Array.from({ length: size }, (_, index) => {
    const root = groups.find(index);
    const number = numbers.get(root) ?? numbers.size;
    numbers.set(root, number);
    return number;
  });
}

/** Sets that grow together (union-find; Tarjan 1975). */
class Groups {
  readonly #parents: Int32Array;

  constructor(size: number) {
    this.#parents = Int32Array.from({ length: size }, (_, index) => index);
  }

  find(index: number): number {
    let root = index;
    while (this.#parents[root] !== root) root = this.#parents[root] as number;
    while (this.#parents[index] !== root) {
      const next = this.#parents[index] as number;
      this.#parents[index] = root;
      index = next;
    }
    return root;
  }

  join(a: number, b: number): number {
    const root = this.find(b);
    this.#parents[this.find(a)] = root;
    return root;
  }
}

function dendrogram(merges: readonly Merge[]): Figure {
  const size = merges.length + 1;
  const order: number[] = [];
  const visit = [2 * size - 2];
  for (let node = visit.pop(); node !== undefined; node = visit.pop()) {
    const merge = merges[node - size];
    if (merge) visit.push(merge.b, merge.a);
    else order.push(node);
  }
  const places = new Map(order.map((leaf, place) => [leaf, { x: place, y: 0 }]));
  const corners = merges.flatMap(({ a, b, distance }, step) => {
    const [left, right] = [places.get(a), places.get(b)] as [
      { x: number; y: number },
      { x: number; y: number },
    ];
    places.set(size + step, { x: (left.x + right.x) / 2, y: distance });
    const path = [left, { x: left.x, y: distance }, { x: right.x, y: distance }, right];
    return path.map(({ x, y }, corner) => ({ merge: step, corner, x, y }));
  });
  const hidden = { labels: false, ticks: false, grid: false };
  const spec = chart(
    { title: "Dendrogram", subtitle: `${size} examples` },
    {
      width: 460,
      height: 260,
      data: { values: corners },
      mark: { type: "line", interpolate: "linear", strokeWidth: 1 },
      encoding: {
        x: { field: "x", type: "quantitative", title: "examples", axis: hidden, scale: { nice: false } },
        y: { field: "y", type: "quantitative", title: "distance" },
        order: { field: "corner" },
        detail: { field: "merge" },
      },
    },
  );
  return new Figure({ vegaLite: spec, text: `Dendrogram of ${size} examples` });
}
