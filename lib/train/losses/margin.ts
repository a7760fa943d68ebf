// Losses that want a margin between right and wrong. Targets of two classes are 0 and 1, or −1 and 1.

import * as tf from "@tensorflow/tfjs";
import { requireOneOf } from "../../data/nearest.ts";
import { classRows, type Loss, makeLoss, requireRange, sameShape } from "./loss.ts";

/** `max(0, 1 − y·z)` of scores z and targets of two classes: the support vector machine's. */
export function hinge(): Loss {
  return makeLoss("hinge", (target, prediction) => tf.relu(shortfall("hinge", target, prediction)));
}

/** The square of the hinge loss: smooth at the margin, harder on what is far off. */
export function squaredHinge(): Loss {
  return makeLoss("squaredHinge", (target, prediction) =>
    tf.square(tf.relu(shortfall("squaredHinge", target, prediction))),
  );
}

/** `max(0, 1 + best wrong score − right score)`; targets are class numbers or one-hot (Keras's `CategoricalHinge`). */
export function categoricalHinge(): Loss {
  return makeLoss("categoricalHinge", (target, prediction) => {
    const wanted = classRows("categoricalHinge", target, prediction);
    const right = tf.sum(wanted.mul(prediction), -1);
    const wrong = tf.max(tf.sub(1, wanted).mul(prediction), -1);
    return tf.relu(wrong.sub(right).add(1));
  });
}

export interface MarginOptions {
  /** How far right and wrong have to be apart. Defaults to `1`. */
  margin?: number;
}

/** Mean over all classes of `max(0, margin + wrong score − right score)` (PyTorch's `MultiMarginLoss`). */
export function multiMargin({ margin = 1 }: MarginOptions = {}): Loss {
  return makeLoss("multiMargin", (target, prediction) => {
    const wanted = classRows("multiMargin", target, prediction);
    const right = tf.sum(wanted.mul(prediction), -1, true);
    const each = tf.relu(prediction.sub(right).add(margin)).mul(tf.sub(1, wanted));
    return tf.mean(each, -1);
  });
}

/** `log(1 + exp(−y·z))`: the hinge loss without its corner (PyTorch's `SoftMarginLoss`). */
export function softMargin(): Loss {
  return makeLoss("softMargin", (target, prediction) =>
    tf.softplus(tf.neg(signs(sameShape("softMargin", target, prediction)).mul(prediction))),
  );
}

/**
 * Embeddings of the same class together, of others apart (Hadsell, Chopra and LeCun, 2006).
 *
 * The prediction is the distance of two embeddings, `[n]` or `[n, 1]`, the target 1 for the same class and 0 for
 * different ones: `y·d² + (1 − y)·max(0, margin − d)²`.
 */
export function contrastive({ margin = 1 }: MarginOptions = {}): Loss {
  requireRange("margin", margin, 0);
  return makeLoss("contrastive", (target, prediction) => {
    const same = sameShape("contrastive", target, prediction);
    const near = same.mul(tf.square(prediction));
    return near.add(tf.sub(1, same).mul(tf.square(tf.relu(tf.sub(margin, prediction)))));
  });
}

export interface TripletOptions extends MarginOptions {
  /**
   * `"given"`: the prediction holds anchor, positive and negative, `[n, 3, d]`, and the target is not looked at.
   * `"hard"`: it holds one embedding each, `[n, d]`, the target their classes, and each is compared with the farthest
   * of its class and the nearest of another one (Hermans, Beyer and Leibe, 2017). Defaults to `"given"`.
   */
  triplets?: "given" | "hard";
}

/** `max(0, margin + distance to the positive − distance to the negative)` (Schroff et al., 2015). */
export function triplet({ margin = 1, triplets = "given" }: TripletOptions = {}): Loss {
  requireOneOf("triplets", triplets, ["given", "hard"]);
  requireRange("margin", margin, 0);
  return makeLoss("triplet", (target, prediction) => {
    const [near, far] = triplets === "given" ? givenDistances(prediction) : hardDistances(target, prediction);
    return tf.relu(near.sub(far).add(margin));
  });
}

function givenDistances(prediction: tf.Tensor): [tf.Tensor, tf.Tensor] {
  if (prediction.rank !== 3 || prediction.shape[1] !== 3) {
    throw new RangeError(
      `triplet: the prediction has the shape [${prediction.shape}]; it must be [n, 3, d]: anchor, positive, negative.`,
    );
  }
  const [anchor, positive, negative] = tf.unstack(prediction, 1) as [tf.Tensor, tf.Tensor, tf.Tensor];
  return [length(anchor.sub(positive)), length(anchor.sub(negative))];
}

function hardDistances(target: tf.Tensor, prediction: tf.Tensor): [tf.Tensor, tf.Tensor] {
  if (prediction.rank !== 2 || target.size !== prediction.shape[0]) {
    throw new RangeError(
      `triplet: the prediction has the shape [${prediction.shape}] and the target [${target.shape}]; ` +
        "they must be [n, d] and one class each.",
    );
  }
  const classes = tf.reshape(target, [-1, 1]);
  const same = tf.cast(tf.equal(classes, tf.transpose(classes)), "float32");
  const distances = length(tf.expandDims(prediction, 1).sub(tf.expandDims(prediction, 0)));
  // Those of another class are never the farthest, those of the same never the nearest.
  const beyond = tf.max(distances).add(1);
  return [tf.max(distances.mul(same), 1), tf.min(distances.add(same.mul(beyond)), 1)];
}

/** Length along the last axis; the small number keeps the gradient finite at 0. */
function length(vectors: tf.Tensor): tf.Tensor {
  return tf.sqrt(tf.sum(tf.square(vectors), -1).add(1e-12));
}

function shortfall(name: string, target: tf.Tensor, prediction: tf.Tensor): tf.Tensor {
  return tf.sub(1, signs(sameShape(name, target, prediction)).mul(prediction));
}

/** 0 becomes −1; −1 and 1 stay. */
function signs(target: tf.Tensor): tf.Tensor {
  return tf.where(tf.greater(target, 0), tf.onesLike(target), tf.neg(tf.onesLike(target)));
}
