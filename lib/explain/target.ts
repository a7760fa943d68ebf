// What is explained: the logit of a class, or any function of the logits.

import * as tf from "@tensorflow/tfjs";

/**
 * What to explain: the largest logit of each example (`"argmax"`), one class for all examples, one class an example,
 * or a function of the logits whose sum is explained, such as the difference of two logits.
 *
 * Logits have their classes on the last axis; other axes (positions of a segmentation, steps of a sequence) add up.
 */
export type Target = "argmax" | number | readonly number[] | ((logits: tf.Tensor) => tf.Tensor);

/** A target whose classes may be a tensor, `[n]` of int32, so that others of them need no other recording. */
export type TargetTensor = Target | tf.Tensor1D;

/**
 * The classes as a tensor, one an example; other targets as they are.
 *
 * @throws RangeError if a class is none of the model's, or there are not as many as examples.
 */
export function targetTensor(
  target: Target,
  model: tf.LayersModel,
  { examples, output = 0 }: { examples: number; output?: number },
): TargetTensor {
  if (typeof target === "function" || target === "argmax") return target;
  const chosen = typeof target === "number" ? Array.from({ length: examples }, () => target) : target;
  checkClasses(chosen, examples, model.outputs[output]?.shape.at(-1) ?? Number.POSITIVE_INFINITY);
  return tf.tensor1d([...chosen], "int32");
}

/** The target as a function from logits `[n, …, classes]` to one score an example, `[n]`. */
export function scoreOf(target: TargetTensor, logits: tf.Tensor): (logits: tf.Tensor) => tf.Tensor1D {
  if (typeof target === "function") return (values) => perExample(target(values));
  const mask = classMask(target, logits);
  return (values) => perExample(tf.mul(values, mask));
}

/**
 * Free what was made and complain if a score is not finite: whatever explains it would not be either.
 *
 * @throws RangeError if one is NaN or infinite.
 */
export function checkScores(scores: readonly number[], dispose?: () => void): void {
  const found = scores.findIndex((score) => !Number.isFinite(score));
  if (found < 0) return;
  dispose?.();
  throw new RangeError(
    `The score of example ${found} is ${scores[found]}, so there is nothing to explain: its input, or a weight of ` +
      `the model, holds NaN or infinity, or numbers so large that they become it.`,
  );
}

/** How each logit enters the score: its gradient, with the logits' shape. */
export function scoreGradient(target: TargetTensor, logits: tf.Tensor): tf.Tensor {
  if (typeof target !== "function") return tf.broadcastTo(classMask(target, logits), logits.shape);
  return tf.grad((values) => tf.sum(target(values)))(logits);
}

/** The class explained for each example, where it is one. */
export function classesOf(target: TargetTensor, logits: tf.Tensor): tf.Tensor | undefined {
  if (typeof target === "function" || logits.rank !== 2) return undefined;
  const count = logits.shape[0] as number;
  if (target === "argmax") return tf.argMax(logits, -1);
  if (target instanceof tf.Tensor) return tf.clone(target);
  return typeof target === "number" ? tf.fill([count], target, "int32") : tf.tensor1d([...target], "int32");
}

function classMask(
  target: Exclude<TargetTensor, (logits: tf.Tensor) => tf.Tensor>,
  logits: tf.Tensor,
): tf.Tensor {
  const count = logits.shape[0] as number;
  const classes = logits.shape[logits.rank - 1] as number;
  if (target === "argmax") return largest(logits);
  let chosen: tf.Tensor;
  if (target instanceof tf.Tensor) chosen = target;
  else {
    const numbers = typeof target === "number" ? [target] : target;
    checkClasses(numbers, typeof target === "number" ? 1 : count, classes);
    chosen = tf.tensor1d([...numbers], "int32");
  }
  const middle = logits.shape.slice(1, -1).map(() => 1);
  return tf.reshape(indicator(chosen, classes), [chosen.size, ...middle, classes]);
}

function checkClasses(chosen: readonly number[], examples: number, classes: number): void {
  for (const one of chosen) {
    if (!(Number.isInteger(one) && one >= 0 && one < classes)) {
      throw new RangeError(`The target is class ${one}; the model's classes are 0 to ${classes - 1}.`);
    }
  }
  if (chosen.length !== examples) {
    throw new RangeError(`There are ${chosen.length} targets for ${examples} examples; each needs one.`);
  }
}

// The choice has no gradient, but TensorFlow.js would look for one.
const largest = tf.customGrad((logits) => ({
  value: indicator(tf.argMax(logits as tf.Tensor, -1), (logits as tf.Tensor).shape.at(-1) as number),
  gradFunc: () => [tf.zerosLike(logits as tf.Tensor)],
})) as (logits: tf.Tensor) => tf.Tensor;

// Not by tf.oneHot, which refuses a single class.
function indicator(chosen: tf.Tensor, classes: number): tf.Tensor {
  return tf.cast(tf.equal(tf.expandDims(chosen, -1), tf.range(0, classes, 1, "int32")), "float32");
}

function perExample(values: tf.Tensor): tf.Tensor1D {
  const axes = values.shape.slice(1).map((_, axis) => axis + 1);
  return (axes.length > 0 ? tf.sum(values, axes) : values) as tf.Tensor1D;
}

/**
 * Target for a segmentation: one class's logits over a region.
 *
 * @param options.class Index of the class.
 * @param options.mask Region, `[height, width]`, of 0 and 1 (or weights). It stays the caller's.
 */
export function segmentation({ class: chosen, mask }: { class: number; mask: tf.Tensor }): Target {
  return (logits) => {
    const ofClass = tf.squeeze(tf.slice(logits, [0, 0, 0, chosen], [-1, -1, -1, 1]), [3]);
    return tf.mul(ofClass, mask);
  };
}

/**
 * Target for a detection: one value of one box.
 *
 * @param options.box Index of the box, or of the grid's cell.
 * @param options.value Index of the value, such as a class's score.
 */
export function detection({ box, value }: { box: number; value: number }): Target {
  return (output) => {
    const boxes = tf.reshape(output, [
      output.shape[0] as number,
      -1,
      output.shape[output.rank - 1] as number,
    ]);
    return tf.slice(boxes, [0, box, value], [-1, 1, 1]);
  };
}
