// One small seeded random source for everything that the library draws: shuffles, splits, weights.
// xoroshiro128+ (Blackman and Vigna, 2018) by pure-rand: the same numbers on every machine.

import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plusFromState } from "pure-rand/generator/xoroshiro128plus";
import { hash } from "./hash.ts";

/** A reproducible stream of random numbers. */
export interface RandomSource {
  /** Next number, uniform in [0, 1). */
  uniform(): number;
  /** Next whole number, uniform in 0 … `below` − 1. */
  integer(below: number): number;
  /** Next number of a normal distribution with mean 0 and standard deviation 1. */
  normal(): number;
  /** The numbers 0 … `size` − 1 in random order. */
  permutation(size: number): Int32Array;
  /** Where the stream is; `random` goes on from there. */
  state(): RandomState;
}

/** Where a stream of random numbers is: four whole numbers. */
export type RandomState = readonly number[];

/**
 * A random source that gives the same numbers for the same seed, on every machine.
 *
 * @param seed Any safe integer, or the state of another source to go on from. Defaults to `0`.
 * @throws RangeError if the seed is not a safe integer.
 */
export function random(seed: number | RandomState = 0): RandomSource {
  const generator = typeof seed === "number" ? seeded(seed) : xoroshiro128plusFromState(seed);
  const uniform = () => uniformFloat64(generator);
  const integer = (below: number) => uniformInt(generator, 0, below - 1);
  return {
    uniform,
    integer,
    // Box and Muller, 1958; 1 − u keeps the logarithm finite.
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
    permutation(size) {
      const order = Int32Array.from({ length: size }, (_, index) => index);
      for (let last = size - 1; last > 0; last--) {
        const chosen = integer(last + 1);
        const moved = order[last] as number;
        order[last] = order[chosen] as number;
        order[chosen] = moved;
      }
      return order;
    },
    state: () => generator.getState(),
  };
}

function seeded(seed: number) {
  if (!Number.isSafeInteger(seed)) {
    throw new RangeError(`seed is ${seed}; it must be a whole number, such as 42.`);
  }
  // A state filled with the bare seed makes the first numbers nearly the same for all small seeds; xoroshiro's
  // authors fill it from a generator of another kind (https://prng.di.unimi.it).
  return xoroshiro128plusFromState([1, 2, 3, 4].map((part) => hash(seed, part)));
}

/**
 * Run synchronous code in which `Math.random` draws from `source`.
 *
 * tfjs seeds every initializer and dropout mask that has no seed of its own from `Math.random`, so this is
 * how weights and masks become reproducible without a seed in each layer. The former `Math.random` is back
 * when `body` returns or throws.
 */
export function withRandomSource<Result>(source: RandomSource, body: () => Result): Result {
  const original = Math.random;
  Math.random = source.uniform;
  try {
    return body();
  } finally {
    Math.random = original;
  }
}
