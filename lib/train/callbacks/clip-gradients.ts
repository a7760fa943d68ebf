// Gradients that are no longer than they may be (Pascanu, Mikolov and Bengio, 2013), which keeps recurrent nets alive.

import * as tf from "@tensorflow/tfjs";
import type { FitCallback } from "../callback.ts";

export interface ClipGradientsOptions {
  /** Longest that all gradients together may be; longer ones are scaled down together. */
  globalNorm?: number;
  /** Longest that the gradient of one weight tensor may be. */
  norm?: number;
  /** Largest absolute value. */
  value?: number;
}

/** Clip the gradients in one of three ways, or several, first by value, then by norm, then by the norm of all. */
export function clipGradients(options: ClipGradientsOptions): FitCallback {
  const { globalNorm, norm, value } = options;
  for (const [name, limit] of Object.entries(options)) {
    if (!(limit > 0)) throw new RangeError(`${name} is ${limit}; it must be a number above 0.`);
  }
  if (globalNorm === undefined && norm === undefined && value === undefined) {
    throw new RangeError("clipGradients got no limit; give globalNorm, norm or value.");
  }
  const clip = (gradient: tf.Tensor) => {
    const bounded = value === undefined ? gradient : tf.clipByValue(gradient, -value, value);
    return norm === undefined ? bounded : bounded.mul(scaleTo(norm, tf.norm(bounded)));
  };
  return {
    name: "clipGradients",
    numbers: () => [],
    onGradients(gradients) {
      const clipped = gradients.map(({ variable, gradient }) => ({ variable, gradient: clip(gradient) }));
      if (globalNorm === undefined || clipped.length === 0) return clipped;
      const squares = clipped.map(({ gradient }) => tf.sum(tf.square(gradient)));
      const scale = scaleTo(globalNorm, tf.sqrt(tf.addN(squares)));
      return clipped.map(({ variable, gradient }) => ({ variable, gradient: gradient.mul(scale) }));
    },
  };
}

/** What makes `length` at most `limit`. */
function scaleTo(limit: number, length: tf.Tensor): tf.Tensor {
  return tf.div(limit, tf.maximum(length, limit));
}
