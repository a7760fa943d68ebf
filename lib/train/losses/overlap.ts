// Losses of segmentation that measure how far two areas overlap, so that a small object counts as much as a large one.

import * as tf from "@tensorflow/tfjs";
import { classProbabilities, classRows, type FromLogits, type Loss, makeLoss, requireRange } from "./loss.ts";

export interface OverlapOptions extends FromLogits {
  /** Added to both parts of the fraction, so that two empty areas agree. Defaults to `1`. */
  smooth?: number;
}

/** `1 − 2·|A ∩ B| / (|A| + |B|)`, mean over the classes (Milletari et al., 2016). */
export function dice({ smooth = 1, fromLogits }: OverlapOptions): Loss {
  return overlapLoss("dice", { smooth, fromLogits }, ({ both, wanted, given }) =>
    tf.div(both.mul(2).add(smooth), wanted.add(given).add(smooth)),
  );
}

/** `1 − |A ∩ B| / |A ∪ B|`, mean over the classes: intersection over union. */
export function jaccard({ smooth = 1, fromLogits }: OverlapOptions): Loss {
  return overlapLoss("jaccard", { smooth, fromLogits }, ({ both, wanted, given }) =>
    tf.div(both.add(smooth), wanted.add(given).sub(both).add(smooth)),
  );
}

export interface TverskyOptions extends OverlapOptions {
  /** Weight of what was found and isn't there. Defaults to `0.3`. */
  alpha?: number;
  /** Weight of what is there and wasn't found. Defaults to `0.7`. */
  beta?: number;
  /** Above 1 looks at what overlaps badly (Abraham and Khan, 2019, with 1 / gamma). Defaults to `1`. */
  gamma?: number;
}

/** `1 − hits / (hits + alpha·false alarms + beta·misses)`, mean over the classes (Salehi et al., 2017). */
export function tversky(options: TverskyOptions): Loss {
  const { smooth = 1, alpha = 0.3, beta = 0.7, gamma = 1, fromLogits } = options;
  requireRange("alpha", alpha, 0);
  requireRange("beta", beta, 0);
  requireRange("gamma", gamma, Number.MIN_VALUE);
  const index = ({ both, wanted, given }: Areas) => {
    const wrong = given.sub(both).mul(alpha).add(wanted.sub(both).mul(beta));
    return tf.div(both.add(smooth), both.add(wrong).add(smooth));
  };
  return overlapLoss("tversky", { smooth, fromLogits }, index, gamma);
}

/** Areas of each example and class, `[n, classes]`. */
interface Areas {
  both: tf.Tensor;
  wanted: tf.Tensor;
  given: tf.Tensor;
}

function overlapLoss(
  name: string,
  { smooth, fromLogits }: Required<OverlapOptions>,
  index: (areas: Areas) => tf.Tensor,
  power = 1,
): Loss {
  requireRange("smooth", smooth, 0);
  return makeLoss(name, (target, prediction) => {
    const classes = prediction.shape.at(-1) as number;
    const perClass = (values: tf.Tensor) => tf.reshape(values, [prediction.shape[0] as number, -1, classes]);
    const wanted = perClass(classRows(name, target, prediction));
    const given = perClass(classProbabilities(prediction, { fromLogits }));
    const areas = { both: tf.sum(wanted.mul(given), 1), wanted: tf.sum(wanted, 1), given: tf.sum(given, 1) };
    const apart = tf.sub(1, index(areas));
    if (power === 1) return apart;
    // Below 1 the power's slope at perfect overlap is infinite, and rounding may go below zero.
    return tf.pow(tf.maximum(apart, tf.backend().epsilon()), power);
  });
}
