// mixup (Zhang et al., 2018): a blend of two examples has the blend of their targets.

import { beta } from "../../data/beta.ts";
import type { FitCallback } from "../callback.ts";
import { mixBatch } from "./mix.ts";

export interface MixupOptions {
  /** Of the distribution Beta(alpha, alpha) that the blend is drawn from; larger blends more. Defaults to `0.2`. */
  alpha?: number;
}

/**
 * Blend each example with another one of its batch.
 *
 * Class numbers become rows of probabilities: the loss has to take them, as `dl.train.losses.crossEntropy` does and what
 * `fit` chooses for a model that is not compiled.
 */
export function mixup({ alpha = 0.2 }: MixupOptions = {}): FitCallback {
  if (!(alpha > 0)) throw new RangeError(`alpha is ${alpha}; it must be a number above 0.`);
  let classes = 1;
  return {
    name: "mixup",
    softTargets: true,
    onStart({ model }) {
      classes = model.outputs[0]?.shape.at(-1) ?? 1;
    },
    onBatch: (batch, random) =>
      mixBatch(batch, classes, random, (own, other) => {
        const part = beta(alpha, random);
        return { mixed: own.mul(part).add(other.mul(1 - part)), part };
      }),
  };
}
