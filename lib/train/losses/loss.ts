// What a loss is here: a value for each example, so that weights and means are one thing for all of them.

import * as tf from "@tensorflow/tfjs";

/**
 * The loss of each example, `[n]`; its mean is what is trained on.
 *
 * @param target What is wanted, `[n, …]`.
 * @param prediction What the model gave, `[n, …]`.
 * @param sampleWeight What each example's loss is multiplied with, `[n]`.
 */
export type Loss = (
  target: tf.Tensor,
  prediction: tf.Tensor,
  sampleWeight?: tf.TensorLike | tf.Tensor,
) => tf.Tensor1D;

/** What every loss on classes must be told. */
export interface FromLogits {
  /** Whether the model's last layer gives logits, which any number can be, or probabilities, from 0 to 1. */
  fromLogits: boolean;
}

const pure = new WeakSet<object>();

/** Whether a loss is one of these, which depend on nothing but their tensors. */
export function isPureLoss(loss: unknown): boolean {
  return typeof loss === "function" && pure.has(loss);
}

/** Make a loss of a function that gives a value for each element, or for each example. */
export function makeLoss(
  name: string,
  elements: (target: tf.Tensor, prediction: tf.Tensor) => tf.Tensor,
): Loss {
  const loss: Loss = (target, prediction, sampleWeight) =>
    tf.tidy(() => {
      const values = perExample(elements(target, prediction));
      return sampleWeight === undefined ? values : values.mul(tf.cast(sampleWeight, "float32"));
    });
  Object.defineProperty(loss, "name", { value: name });
  pure.add(loss);
  return loss;
}

/** The mean over all axes but the first. */
function perExample(values: tf.Tensor): tf.Tensor1D {
  if (values.rank < 2) return values as tf.Tensor1D;
  return tf.mean(tf.reshape(values, [values.shape[0] as number, -1]), 1);
}

/**
 * Targets like the prediction: `[n]` becomes `[n, 1]` where the prediction is.
 *
 * @throws RangeError if the two hold different numbers of values.
 */
export function sameShape(name: string, target: tf.Tensor, prediction: tf.Tensor): tf.Tensor {
  if (target.size !== prediction.size) {
    throw new RangeError(
      `${name}: the target has the shape [${target.shape}] and the prediction [${prediction.shape}]; ` +
        "they must hold as many values.",
    );
  }
  return tf.reshape(tf.cast(target, "float32"), prediction.shape);
}

/**
 * Targets as one row of class probabilities each: class numbers become one-hot.
 *
 * @param prediction One score for each class in the last axis.
 * @throws RangeError if the target is neither class numbers nor rows of the prediction's shape.
 */
export function classRows(name: string, target: tf.Tensor, prediction: tf.Tensor): tf.Tensor {
  const classes = prediction.shape.at(-1) as number;
  if (target.size === prediction.size) return tf.reshape(tf.cast(target, "float32"), prediction.shape);
  if (target.size * classes !== prediction.size) {
    throw new RangeError(
      `${name}: the target has the shape [${target.shape}] and the prediction [${prediction.shape}]; ` +
        `it must be class numbers, [${prediction.shape.slice(0, -1)}], or one-hot rows, [${prediction.shape}].`,
    );
  }
  const numbers = tf.reshape(tf.cast(target, "int32"), prediction.shape.slice(0, -1));
  return tf.cast(tf.oneHot(numbers as tf.Tensor1D, classes), "float32");
}

/** Logarithm that stays finite at 0, where float32 probabilities of a softmax arrive. */
export function safeLog(probabilities: tf.Tensor): tf.Tensor {
  return tf.log(tf.maximum(probabilities, 1e-7));
}

/** Logarithms of class probabilities, from what the last layer gives. */
export function logProbabilities(prediction: tf.Tensor, { fromLogits }: FromLogits): tf.Tensor {
  return fromLogits ? tf.logSoftmax(prediction) : safeLog(prediction);
}

/** Class probabilities, from what the last layer gives. */
export function classProbabilities(prediction: tf.Tensor, { fromLogits }: FromLogits): tf.Tensor {
  if (!fromLogits) return prediction;
  return prediction.shape.at(-1) === 1 ? tf.sigmoid(prediction) : tf.softmax(prediction);
}

/** @throws RangeError if an option is not a number from `least` to `most`. */
export function requireRange(name: string, value: number, least: number, most = Infinity): void {
  if (value >= least && value <= most) return;
  const range = most === Infinity ? `at least ${least}` : `from ${least} to ${most}`;
  throw new RangeError(`${name} is ${value}; it must be a number ${range}.`);
}
