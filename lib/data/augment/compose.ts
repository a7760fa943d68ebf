// Several transforms as one: one after the other, one of them, or some of them.

import type { RandomSource } from "../random.ts";
import type { Sample } from "../sample.ts";
import type { Transform, TransformSpec } from "./transform.ts";

export interface ComposeOptions {
  /** How likely anything is done, 0 to 1. Defaults to `1`. */
  p?: number;
}

/** All transforms, one after the other. */
export function compose(transforms: readonly Transform[], { p = 1 }: ComposeOptions = {}): Transform {
  return combined("compose", transforms, { p }, () => transforms);
}

/** One of the transforms, drawn at random; `weights` say how likely each is against the others (default: equally). */
export function oneOf(
  transforms: readonly Transform[],
  { p = 1, weights = transforms.map(() => 1) }: ComposeOptions & { weights?: readonly number[] } = {},
): Transform {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  if (weights.length !== transforms.length || !weights.every((weight) => weight >= 0) || !(total > 0)) {
    throw new RangeError(
      `oneOf: weights are [${weights}]; they must be ${transforms.length} numbers of at least 0, not all 0.`,
    );
  }
  return combined("oneOf", transforms, { p, weights }, (random) => {
    const target = random.uniform() * total;
    let reached = 0;
    const chosen = weights.findIndex((weight) => {
      reached += weight;
      return target < reached;
    });
    return [transforms.at(chosen) as Transform];
  });
}

/** `count` different transforms, drawn at random and done in the order in which they are given. */
export function someOf(
  transforms: readonly Transform[],
  { p = 1, count = 2 }: ComposeOptions & { count?: number } = {},
): Transform {
  if (!(Number.isInteger(count) && count >= 0 && count <= transforms.length)) {
    throw new RangeError(
      `someOf: count is ${count}; it must be a whole number from 0 to ${transforms.length}.`,
    );
  }
  return combined("someOf", transforms, { p, count }, (random) => {
    const chosen = [...random.permutation(transforms.length).subarray(0, count)];
    return chosen.sort((a, b) => a - b).map((index) => transforms[index] as Transform);
  });
}

function combined(
  name: string,
  transforms: readonly Transform[],
  options: ComposeOptions & Record<string, unknown>,
  choose: (random: RandomSource) => readonly Transform[],
): Transform {
  const { p = 1 } = options;
  if (!(p >= 0 && p <= 1)) throw new RangeError(`${name}: p is ${p}; it must be from 0 to 1.`);
  return {
    name,
    options: {
      ...options,
      transforms: transforms.map((each): TransformSpec => ({ name: each.name, options: each.options })),
    },
    partners: Math.max(0, ...transforms.map(({ partners }) => partners)),
    apply(sample, random, partners = []) {
      if (random.uniform() >= p) return sample;
      let result = sample;
      let others: readonly Sample[] = partners;
      for (const transform of choose(random)) {
        result = transform.apply(result, random, others);
        // What is mixed in later has come the same way, with chances of its own.
        if (transform.partners === 0) others = others.map((other) => transform.apply(other, random));
      }
      return result;
    },
  };
}
