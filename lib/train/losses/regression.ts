// Losses on numbers: how far off the prediction is, with more or less regard for outliers.

import * as tf from "@tensorflow/tfjs";
import { type Loss, makeLoss, requireRange, sameShape } from "./loss.ts";

export interface HuberOptions {
  /** Where the square turns into a line, in units of the target. Defaults to `1`. */
  delta?: number;
}

/** A square near 0 and a line beyond `delta`: outliers pull less than with the mean squared error (Huber, 1964). */
export function huber({ delta = 1 }: HuberOptions = {}): Loss {
  requireRange("delta", delta, Number.MIN_VALUE);
  return makeLoss("huber", (target, prediction) => {
    const distance = tf.abs(prediction.sub(sameShape("huber", target, prediction)));
    const inside = tf.minimum(distance, delta);
    return inside.square().mul(0.5).add(distance.sub(inside).mul(delta));
  });
}

/** `log(cosh(prediction − target))`: like Huber's, and smooth everywhere. */
export function logCosh(): Loss {
  return makeLoss("logCosh", (target, prediction) => {
    const off = prediction.sub(sameShape("logCosh", target, prediction));
    return off.add(tf.softplus(off.mul(-2))).sub(Math.LN2);
  });
}

export interface QuantileOptions {
  /** Which quantile is predicted, 0 to 1; 0.5 is the median. Defaults to `0.5`. */
  quantile?: number;
}

/** The pinball loss: its best prediction is a quantile of the targets. */
export function quantile({ quantile: level = 0.5 }: QuantileOptions = {}): Loss {
  requireRange("quantile", level, 0, 1);
  return makeLoss("quantile", (target, prediction) => {
    const off = sameShape("quantile", target, prediction).sub(prediction);
    return tf.maximum(off.mul(level), off.mul(level - 1));
  });
}

export interface PoissonOptions {
  /** Whether the prediction is the logarithm of the rate, which any number can be, or the rate itself. */
  fromLog: boolean;
}

/** Negative log-likelihood of counts with the predicted rate, without the term that has no gradient. */
export function poisson({ fromLog }: PoissonOptions): Loss {
  return makeLoss("poisson", (target, prediction) => {
    const counts = sameShape("poisson", target, prediction);
    if (fromLog) return tf.exp(prediction).sub(counts.mul(prediction));
    return prediction.sub(counts.mul(tf.log(prediction.add(1e-8))));
  });
}
