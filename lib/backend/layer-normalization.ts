// Layer normalization over the last axis with a gradient of its own. TensorFlow.js repeats mean, variance, gamma and
// beta to the size of the batch and derives the gradient through all of it: some sixty passes over the batch instead
// of a dozen.
import * as tf from "@tensorflow/tfjs";
import { gradientDepth, runWithGradient } from "./gradient.ts";

/** What tfjs's types keep back of the layer. */
interface LayerNormalization {
  axis: number | number[];
  epsilon: number;
  gamma: { read(): tf.Tensor } | null | undefined;
  beta: { read(): tf.Tensor } | null | undefined;
  call(inputs: tf.Tensor | tf.Tensor[], kwargs: object): tf.Tensor | tf.Tensor[];
}

export function accelerateLayerNormalization(): void {
  const shared = Object.getPrototypeOf(tf.layers.layerNormalization()) as LayerNormalization;
  const original = shared.call;
  shared.call = function (inputs, kwargs) {
    const x = [inputs].flat()[0];
    const axes = [this.axis].flat();
    const isLast = axes.length === 1 && (axes[0] === -1 || axes[0] === x.rank - 1);
    // A gradient of the gradient needs the operations that TensorFlow.js knows.
    if (!isLast || gradientDepth() > 1) return original.call(this, inputs, kwargs);
    return tf.tidy(() => {
      const size = x.shape[x.rank - 1];
      const gamma = this.gamma?.read() ?? tf.ones([size]);
      const beta = this.beta?.read() ?? tf.zeros([size]);
      return normalize(x, gamma, beta, this.epsilon);
    });
  };
}

/** Each row of `x` with mean 0 and variance 1, times `gamma`, plus `beta`. */
function normalize(x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor, epsilon: number): tf.Tensor {
  const size = x.shape[x.rank - 1];
  const rows = [x.size / size, size];
  const [result] = runWithGradient({
    inputs: { x, gamma, beta },
    forward(save) {
      const given = tf.reshape(x, rows);
      const centred = tf.sub(given, tf.mean(given, 1, true));
      const factor = tf.rsqrt(tf.add(tf.mean(tf.square(centred), 1, true), epsilon));
      const normalized = tf.mul(centred, factor);
      save([normalized, factor, gamma]);
      return [tf.reshape(tf.add(tf.mul(normalized, gamma), beta), x.shape)];
    },
    backward([dy], [normalized, factor, savedGamma]) {
      const given = tf.reshape(dy, rows);
      const product = tf.mul(given, normalized);
      return {
        x: () => {
          // Means over the features, weighted by gamma.
          const weights = tf.reshape(tf.div(savedGamma, size), [size, 1]);
          const [mean, share] = [tf.matMul(given, weights), tf.matMul(product, weights)];
          const rest = tf.sub(tf.sub(tf.mul(given, savedGamma), mean), tf.mul(normalized, share));
          return tf.reshape(tf.mul(rest, factor), x.shape);
        },
        gamma: () => tf.sum(product, 0),
        beta: () => tf.sum(given, 0),
      };
    },
  });
  return result;
}
