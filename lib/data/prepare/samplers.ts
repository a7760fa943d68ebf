// Samplers choose which examples an epoch sees, and in what order: balanced although the classes are not.
// The order depends on the seed and the epoch alone.

import { hash } from "../hash.ts";
import { type RandomSource, random } from "../random.ts";
import { groups, type Labels } from "./labels.ts";
import type { Category } from "./one-hot.ts";

/** Which examples an epoch sees, in order. */
export interface Sampler {
  /** Number of examples in an epoch. */
  readonly size: number;
  /** Indices of the examples of an epoch (from 1), `size` of them. */
  order(epoch: number): Int32Array;
}

/** All examples once, mixed anew in every epoch. */
export function shuffled(size: number, { seed = 0 }: { seed?: number } = {}): Sampler {
  return { size, order: (epoch) => random(hash(seed, epoch)).permutation(size) };
}

/** As many of every class as the largest has: all of them, and then some again at random. */
export function over(labels: Labels, { seed = 0 }: { seed?: number } = {}): Sampler {
  const classes = [...groups(labels).values()];
  const most = Math.max(...classes.map((members) => members.length));
  return sampler(seed, classes.length * most, (source) =>
    classes.flatMap((members) => [
      ...members,
      ...draw(most - members.length, () => members[source.integer(members.length)] as number),
    ]),
  );
}

/** As many of every class as the smallest has, drawn anew without repetition in every epoch. */
export function under(labels: Labels, { seed = 0 }: { seed?: number } = {}): Sampler {
  const classes = [...groups(labels).values()];
  const least = Math.min(...classes.map((members) => members.length));
  return sampler(seed, classes.length * least, (source) =>
    classes.flatMap((members) =>
      [...source.permutation(members.length).subarray(0, least)].map((place) => members[place] as number),
    ),
  );
}

/**
 * Examples drawn with repetition, each as often as its weight says.
 *
 * @param weights One for each example, at least 0; or labels' weights by `balancedWeights(labels)`.
 * @param options.size Examples in an epoch. Defaults to the number of weights.
 * @throws RangeError if a weight is negative or not finite, or all are 0.
 */
export function weighted(
  weights: ArrayLike<number>,
  { seed = 0, size = weights.length }: { seed?: number; size?: number } = {},
): Sampler {
  const sums = new Float64Array(weights.length);
  let total = 0;
  for (let index = 0; index < weights.length; index++) {
    const weight = weights[index] as number;
    if (!(weight >= 0 && weight < Infinity)) {
      throw new RangeError(`Weight ${index} is ${weight}; weights must be finite and at least 0.`);
    }
    total += weight;
    sums[index] = total;
  }
  if (total === 0) throw new RangeError("All weights are 0: there is nothing to draw.");
  return {
    size,
    order(epoch) {
      const source = random(hash(seed, epoch));
      return Int32Array.from({ length: size }, () => firstAbove(sums, source.uniform() * total));
    },
  };
}

/** A weight for each example, so that all classes have the same sum: for `weighted`. */
export function balancedWeights(labels: Labels): Float64Array {
  const classes = groups(labels);
  const weights = new Float64Array([...classes.values()].reduce((sum, members) => sum + members.length, 0));
  for (const members of classes.values()) {
    for (const index of members) weights[index] = 1 / members.length;
  }
  return weights;
}

/**
 * All examples once, ordered so that the first m of them hold every class in its proportion (less than 1 example off,
 * for every m), and so every batch (less than 2). With `dl.train.fit` use `shuffle: false`, or it mixes them again.
 */
export function stratified(labels: Labels, { seed = 0 }: { seed?: number } = {}): Sampler {
  const classes = [...groups(labels).values()];
  const size = classes.reduce((sum, members) => sum + members.length, 0);
  const turns = takeTurns(classes.map((members) => members.length));
  return {
    size,
    order(epoch) {
      const source = random(hash(seed, epoch));
      const orders = classes.map((members) => source.permutation(members.length));
      const taken = classes.map(() => 0);
      return turns.map((turn) => {
        const rank = taken[turn] as number;
        taken[turn] = rank + 1;
        return classes[turn]?.[orders[turn]?.[rank] as number] as number;
      });
    },
  };
}

// Whose turn it is, in proportion to `counts`: of those who are behind, who would first be too far behind
// (Tijdeman, "The chairman assignment problem", 1980).
function takeTurns(counts: number[]): Int32Array {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const slack = 1 / Math.max(2 * counts.length - 2, 1);
  const given = counts.map(() => 0);
  return Int32Array.from({ length: total }, (_, turn) => {
    let chosen = 0;
    let earliest = Infinity;
    for (const [each, count] of counts.entries()) {
      const had = given[each] as number;
      const share = count / total;
      const deadline = (had + 1 - slack) / share;
      if (had < count && share * (turn + 1) - had >= slack - 1e-9 && deadline < earliest) {
        earliest = deadline;
        chosen = each;
      }
    }
    given[chosen] = (given[chosen] as number) + 1;
    return chosen;
  });
}

/**
 * Weights that make every class count the same in the loss: n / (classes · count), scikit-learn's "balanced".
 *
 * @returns Weight by class, as tfjs's `classWeight` takes it.
 */
export function classWeights(labels: Labels): Record<string, number> {
  const classes = groups(labels);
  const size = [...classes.values()].reduce((sum, members) => sum + members.length, 0);
  return Object.fromEntries(
    [...classes].map(([label, members]): [Category, number] => [
      label,
      size / (classes.size * members.length),
    ]),
  );
}

function sampler(seed: number, size: number, choose: (source: RandomSource) => number[]): Sampler {
  return {
    size,
    order(epoch) {
      const source = random(hash(seed, epoch));
      const chosen = choose(source);
      return source.permutation(size).map((place) => chosen[place] as number);
    },
  };
}

function draw(count: number, one: () => number): number[] {
  return Array.from({ length: count }, one);
}

function firstAbove(sums: Float64Array, target: number): number {
  let low = 0;
  let high = sums.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sums[middle] as number) > target) high = middle;
    else low = middle + 1;
  }
  return low;
}
