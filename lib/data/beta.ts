// The distribution that mixup and cutmix draw their shares from.

import type { RandomSource } from "./random.ts";

/**
 * A number of the distribution Beta(alpha, alpha), by two gamma variates; 1 for alpha 0, which mixes nothing.
 *
 * @throws RangeError if alpha is below 0.
 */
export function beta(alpha: number, random: RandomSource): number {
  if (!(alpha >= 0)) throw new RangeError(`alpha is ${alpha}; it must be at least 0, where 0 mixes nothing.`);
  if (alpha === 0) return 1;
  const [one, other] = [gamma(alpha, random), gamma(alpha, random)];
  // Both underflow for very small alphas, where the distribution is nearly all at 0 and 1.
  return one + other > 0 ? one / (one + other) : 1;
}

// Marsaglia and Tsang, 2000.
function gamma(shape: number, random: RandomSource): number {
  if (shape < 1) return gamma(shape + 1, random) * random.uniform() ** (1 / shape);
  const d = shape - 1 / 3;
  for (;;) {
    const normal = random.normal();
    const cube = (1 + normal / Math.sqrt(9 * d)) ** 3;
    if (cube > 0 && Math.log(1 - random.uniform()) < normal ** 2 / 2 + d - d * cube + d * Math.log(cube)) {
      return d * cube;
    }
  }
}
