// What mixup and cutmix share: two examples become one, and so do their targets.

import * as tf from "@tensorflow/tfjs";
import type { Batch } from "../../data/examples.ts";
import type { RandomSource } from "../../data/random.ts";

/** Rows of class probabilities for class numbers; other targets stay. */
function softRows(y: tf.Tensor, classes: number): tf.Tensor {
  if (y.dtype !== "int32" || classes < 2) return tf.cast(y, "float32");
  return tf.cast(tf.oneHot(tf.reshape(y, [-1]) as tf.Tensor1D, classes), "float32");
}

/**
 * Mix a batch with itself in another order.
 *
 * @param mixInputs Makes an input of two, and says how much of the first is in it.
 */
export function mixBatch(
  { x, y, weight }: Batch,
  classes: number,
  random: RandomSource,
  mixInputs: (own: tf.Tensor, other: tf.Tensor) => { mixed: tf.Tensor; part: number },
): Batch {
  const batch = tf.tidy(() => {
    const order = tf.tensor1d(random.permutation(x.shape[0] as number), "int32");
    const { mixed, part } = mixInputs(x, tf.gather(x, order));
    const between = (values: tf.Tensor) => values.mul(part).add(tf.gather(values, order).mul(1 - part));
    const mixture = { x: mixed, y: between(softRows(y, classes)) };
    return weight ? { ...mixture, weight: between(weight) } : mixture;
  });
  tf.dispose([x, y, ...(weight ? [weight] : [])]);
  return batch;
}
