// What tells the methods of the CAM family apart: how a class activation map comes from a layer's activations
// and the score's gradient there. All keep the maps in the score's unit, before any rectifying or scaling.

import * as tf from "@tensorflow/tfjs";
import { principalProjection } from "./principal.ts";

/** From activations and gradients, both `[n, height, width, channels]`, to maps `[n, height, width]`. */
type GradientMethod = (activations: tf.Tensor4D, gradients: tf.Tensor4D) => tf.Tensor3D;

const space = [1, 2];

/** Channels weighted and added up. */
export function weightedSum(activations: tf.Tensor4D, weights: tf.Tensor): tf.Tensor3D {
  return tf.sum(tf.mul(activations, weights), -1);
}

/** Methods that need a gradient and nothing else. */
export const gradientMethods = {
  /** Selvaraju et al. 2017: channels by their mean gradient. */
  gradcam: (activations, gradients) => weightedSum(activations, tf.mean(gradients, space, true)),

  /** Chattopadhay et al. 2018, equation 19: positive gradients by their part in the score. */
  "gradcam++": (activations, gradients) => {
    const square = tf.square(gradients);
    const cube = tf.mul(square, gradients);
    const total = tf.sum(activations, space, true);
    const alpha = tf.div(square, tf.add(tf.add(tf.mul(2, square), tf.mul(total, cube)), 1e-6));
    return weightedSum(activations, tf.sum(tf.mul(tf.relu(gradients), alpha), space, true));
  },

  /** Draelos and Carin 2020: each place by its own gradient. */
  hirescam: (activations, gradients) => tf.sum(tf.mul(gradients, activations), -1),

  /** Jiang et al. 2021: each place by its own gradient, where that is positive. */
  layercam: (activations, gradients) => tf.sum(tf.mul(tf.relu(gradients), activations), -1),

  /** Fu et al. 2020: gradients averaged with the activations as weights. */
  xgradcam: (activations, gradients) => {
    const total = tf.add(tf.sum(activations, space, true), 1e-7);
    const weights = tf.sum(tf.div(tf.mul(gradients, activations), total), space, true);
    return weightedSum(activations, weights);
  },

  /** Products of activation and gradient, where they are positive. */
  elementwise: (activations, gradients) => tf.sum(tf.relu(tf.mul(gradients, activations)), -1),

  /** Muhammad and Yeasin 2020: first principal component of the activations; it knows no class. */
  eigencam: (activations) => principalProjection(activations),

  /** First principal component of activation times gradient. */
  eigengradcam: (activations, gradients) => principalProjection(tf.mul(gradients, activations)),
} satisfies Record<string, GradientMethod>;
