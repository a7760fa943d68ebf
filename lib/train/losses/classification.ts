// Losses on class probabilities: cross-entropy and what was made of it.

import * as tf from "@tensorflow/tfjs";
import {
  classRows,
  type FromLogits,
  type Loss,
  logProbabilities,
  makeLoss,
  requireRange,
  safeLog,
  sameShape,
} from "./loss.ts";

export interface CrossEntropyOptions extends FromLogits {
  /** How much of the target is spread evenly over all classes (Szegedy et al., 2016), 0 to 1. Defaults to `0`. */
  labelSmoothing?: number;
}

/**
 * Cross-entropy of classes that exclude each other.
 *
 * Targets are class numbers, `[n]` or `[n, 1]`, or one row of probabilities each, `[n, classes]`; in segmentation
 * `[n, height, width]` or with the classes in the last axis.
 */
export function crossEntropy({ fromLogits, labelSmoothing = 0 }: CrossEntropyOptions): Loss {
  requireRange("labelSmoothing", labelSmoothing, 0, 1);
  return makeLoss("crossEntropy", (target, prediction) => {
    const wanted = smooth(classRows("crossEntropy", target, prediction), labelSmoothing);
    return tf.neg(tf.sum(wanted.mul(logProbabilities(prediction, { fromLogits })), -1));
  });
}

/** Cross-entropy with label smoothing 0.1, what residual nets and transformers are trained with. */
export function labelSmoothing(options: CrossEntropyOptions): Loss {
  return crossEntropy({ labelSmoothing: 0.1, ...options });
}

export interface BinaryCrossEntropyOptions extends CrossEntropyOptions {
  /** What the loss of positive targets is multiplied with. Defaults to `1`. */
  positiveWeight?: number;
}

/** Cross-entropy of each output on its own: two classes, or several that can hold at once. Targets are 0 to 1. */
export function binaryCrossEntropy(options: BinaryCrossEntropyOptions): Loss {
  const { fromLogits, labelSmoothing = 0, positiveWeight = 1 } = options;
  requireRange("labelSmoothing", labelSmoothing, 0, 1);
  requireRange("positiveWeight", positiveWeight, 0);
  return makeLoss("binaryCrossEntropy", (target, prediction) => {
    const hard = sameShape("binaryCrossEntropy", target, prediction);
    const wanted = hard.mul(1 - labelSmoothing).add(labelSmoothing / 2);
    const [yes, no] = binaryLosses(prediction, fromLogits);
    return wanted.mul(yes).mul(positiveWeight).add(tf.sub(1, wanted).mul(no));
  });
}

export interface FocalOptions extends FromLogits {
  /** How much less examples that are right already count; 0 is cross-entropy. Defaults to `2`. */
  gamma?: number;
  /**
   * One output: weight of the positive class, 1 − alpha that of the negative one. Several: weight of each class.
   * Defaults to no weights.
   */
  alpha?: number | readonly number[];
  /** Outputs that exclude each other, or each on its own. Defaults to the first with two outputs or more. */
  exclusive?: boolean;
}

/** Cross-entropy that looks at what is hard (Lin et al., 2017): `(1 − p) ^ gamma · −log p`. */
export function focal({ fromLogits, gamma = 2, alpha, exclusive }: FocalOptions): Loss {
  requireRange("gamma", gamma, 0);
  return makeLoss("focal", (target, prediction) => {
    const outputs = prediction.shape.at(-1) as number;
    if (exclusive ?? outputs > 1) {
      const wanted = classRows("focal", target, prediction);
      const logs = logProbabilities(prediction, { fromLogits });
      const weights = typeof alpha === "number" ? alpha : classWeights(alpha, outputs);
      const each = tf
        .pow(tf.sub(1, tf.exp(logs)), gamma)
        .mul(logs)
        .mul(wanted)
        .mul(weights);
      return tf.neg(tf.sum(each, -1));
    }
    if (alpha !== undefined && typeof alpha !== "number") {
      throw new RangeError(`focal: alpha is [${alpha}]; outputs on their own take one number, from 0 to 1.`);
    }
    const wanted = sameShape("focal", target, prediction);
    const [yes, no] = binaryLosses(prediction, fromLogits);
    const loss = wanted.mul(yes).add(tf.sub(1, wanted).mul(no));
    const wrong = tf.sub(1, wanted.mul(tf.exp(tf.neg(yes))).add(tf.sub(1, wanted).mul(tf.exp(tf.neg(no)))));
    const weights = alpha === undefined ? 1 : wanted.mul(2 * alpha - 1).add(1 - alpha);
    return tf.pow(wrong, gamma).mul(loss).mul(weights);
  });
}

/** Negative log-likelihood of predictions that are logarithms of probabilities already. */
export function negativeLogLikelihood(): Loss {
  return makeLoss("negativeLogLikelihood", (target, prediction) =>
    tf.neg(tf.sum(classRows("negativeLogLikelihood", target, prediction).mul(prediction), -1)),
  );
}

/** How far the predicted distribution is from the target's, in nats; both have their classes in the last axis. */
export function kullbackLeibler({ fromLogits }: FromLogits): Loss {
  return makeLoss("kullbackLeibler", (target, prediction) => {
    const wanted = sameShape("kullbackLeibler", target, prediction);
    return tf.sum(wanted.mul(safeLog(wanted).sub(logProbabilities(prediction, { fromLogits }))), -1);
  });
}

function smooth(rows: tf.Tensor, part: number): tf.Tensor {
  return part === 0 ? rows : rows.mul(1 - part).add(part / (rows.shape.at(-1) as number));
}

/** −log p and −log (1 − p) of outputs on their own. */
function binaryLosses(prediction: tf.Tensor, fromLogits: boolean): [yes: tf.Tensor, no: tf.Tensor] {
  if (fromLogits) return [tf.softplus(tf.neg(prediction)), tf.softplus(prediction)];
  return [tf.neg(safeLog(prediction)), tf.neg(safeLog(tf.sub(1, prediction)))];
}

function classWeights(weights: readonly number[] | undefined, classes: number): number | tf.Tensor {
  if (!weights) return 1;
  if (weights.length === classes) return tf.tensor1d([...weights]);
  throw new RangeError(`alpha has ${weights.length} weights and the prediction ${classes} classes.`);
}
