// What is explained: the logit of a class, or any function of the logits.

import * as tf from "@tensorflow/tfjs";

/**
 * What to explain: the largest logit of each example (`"argmax"`), one class for all examples, one class an example,
 * or a function of the logits whose sum is explained, such as the difference of two logits.
 *
 * Logits have their classes on the last axis; other axes (positions of a segmentation, steps of a sequence) add up.
 */
export type Target = "argmax" | number | readonly number[] | ((logits: tf.Tensor) => tf.Tensor);

/** The target as a function from logits `[n, …, classes]` to one score an example, `[n]`. */
export function scoreOf(target: Target, logits: tf.Tensor): (logits: tf.Tensor) => tf.Tensor1D {
  if (typeof target === "function") return (values) => perExample(target(values));
  const mask = classMask(target, logits);
  return (values) => perExample(tf.mul(values, mask));
}

/** How each logit enters the score: its gradient, with the logits' shape. */
export function scoreGradient(target: Target, logits: tf.Tensor): tf.Tensor {
  if (typeof target !== "function") return tf.broadcastTo(classMask(target, logits), logits.shape);
  return tf.grad((values) => tf.sum(target(values)))(logits);
}

/** The class explained for each example, where it is one. */
export function classesOf(target: Target, logits: tf.Tensor): tf.Tensor | undefined {
  if (typeof target === "function" || logits.rank !== 2) return undefined;
  const count = logits.shape[0] as number;
  if (target === "argmax") return tf.argMax(logits, -1);
  return typeof target === "number" ? tf.fill([count], target, "int32") : tf.tensor1d([...target], "int32");
}

function classMask(target: Exclude<Target, (logits: tf.Tensor) => tf.Tensor>, logits: tf.Tensor): tf.Tensor {
  const count = logits.shape[0] as number;
  const classes = logits.shape[logits.rank - 1] as number;
  if (target === "argmax") return tf.oneHot(tf.argMax(logits, -1).toInt(), classes, 1, 0, "float32");
  const chosen = typeof target === "number" ? [target] : target;
  for (const one of chosen) {
    if (!(Number.isInteger(one) && one >= 0 && one < classes)) {
      throw new RangeError(`The target is class ${one}; the model's classes are 0 to ${classes - 1}.`);
    }
  }
  if (typeof target !== "number" && target.length !== count) {
    throw new RangeError(`There are ${target.length} targets for ${count} examples; each needs one.`);
  }
  const rows = tf.oneHot(tf.tensor1d([...chosen], "int32"), classes, 1, 0, "float32");
  const middle = logits.shape.slice(1, -1).map(() => 1);
  return tf.reshape(rows, [chosen.length, ...middle, classes]);
}

function perExample(values: tf.Tensor): tf.Tensor1D {
  const axes = values.shape.slice(1).map((_, axis) => axis + 1);
  return (axes.length > 0 ? tf.sum(values, axes) : values) as tf.Tensor1D;
}
