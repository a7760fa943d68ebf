// Keeping the denominators of relevance rules away from zero.

import * as tf from "@tensorflow/tfjs";

/**
 * How a denominator z is kept away from 0, with the sign of 0 taken as +1.
 *
 * A number is short for `{ epsilon }`.
 */
export type Stabiliser =
  | number
  | {
      epsilon: number;
      /** Raise |z| to at least epsilon, instead of adding epsilon to all. Defaults to `false`. */
      clip?: boolean;
      /** Multiply epsilon by the root mean square of an example's z. Defaults to `false`. */
      normScale?: boolean;
    };

/** `z` with its distance from 0 enlarged. */
function stabilise(z: tf.Tensor, stabiliser: Stabiliser): tf.Tensor {
  const { epsilon, clip = false, normScale = false } = options(stabiliser);
  const axes = z.shape.slice(1).map((_, axis) => axis + 1);
  const distance = normScale
    ? tf.mul(epsilon, tf.sqrt(tf.mean(tf.square(z), axes, true)))
    : tf.scalar(epsilon);
  const sign = tf.sub(tf.mul(2, tf.cast(tf.greaterEqual(z, 0), "float32")), 1);
  return clip ? tf.mul(sign, tf.maximum(tf.abs(z), distance)) : tf.add(z, tf.mul(sign, distance));
}

/** `arrived / stabilised(z)`; 0 where the denominator is 0, which only an epsilon of 0 leaves possible. */
export function divideStabilised(arrived: tf.Tensor, z: tf.Tensor, stabiliser: Stabiliser): tf.Tensor {
  const denominator = stabilise(z, stabiliser);
  return options(stabiliser).epsilon === 0 ? tf.divNoNan(arrived, denominator) : tf.div(arrived, denominator);
}

function options(stabiliser: Stabiliser) {
  return typeof stabiliser === "number" ? { epsilon: stabiliser } : stabiliser;
}
