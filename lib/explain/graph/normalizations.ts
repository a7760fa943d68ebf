// Normalisations as linear maps: by numbers found in training, or by statistics of the input that are held fixed.

import * as tf from "@tensorflow/tfjs";
import type { Normalization } from "./graph.ts";
import { channelScaleMap } from "./linear.ts";
import { addLinear, type Place } from "./operations.ts";

/** Once it has been trained: each channel times its number, and a number more. */
export function batchNormalization(place: Place, dataFormat: string): number {
  const { epsilon, scale, center } = place.config;
  const weights = [...place.layer.getWeights()] as tf.Tensor1D[];
  const gamma = scale === false ? undefined : weights.shift();
  const beta = center === false ? undefined : weights.shift();
  const [mean, variance] = weights as [tf.Tensor1D, tf.Tensor1D];
  const inverse = tf.rsqrt(tf.add(variance, epsilon as number));
  const factor = gamma ? tf.mul(inverse, gamma) : inverse;
  const shift = tf.neg(tf.mul(mean, factor));
  const map = channelScaleMap(factor, beta ? tf.add(shift, beta) : shift);
  return addLinear({ ...place, config: { dataFormat } }, "batchNormalization", map);
}

/** A linear map that is the same for all channels, as a batch normalisation, which can be merged. */
export function rescaling(place: Place): number {
  const { scale, offset } = place.config as { scale: number; offset?: number };
  const channels = place.shape[place.shape.length - 1] as number;
  const map = channelScaleMap(tf.fill([channels], scale), tf.fill([channels], offset ?? 0));
  return addLinear({ ...place, config: {} }, "batchNormalization", map);
}

/** Over the layer's axes: mean 0 and variance 1. */
export function layerNormalization(place: Place): Normalization {
  const { axis, epsilon } = place.config;
  const rank = place.shape.length;
  const axes = [axis as number | number[]].flat().map((one) => (one + rank) % rank);
  // Weights of axes other than the last have to be brought into place.
  const inPlace = (weights: tf.Tensor) =>
    tf.reshape(
      weights,
      place.shape.map((size, index) => (axes.includes(index) ? (size as number) : 1)),
    );
  return standardize(scaleAndCenter(place, inPlace), (x) => x, axes, epsilon as number);
}

/** Over places and the channels of a group. */
export function groupNormalization(place: Place): Normalization {
  const { groups, epsilon } = place.config as { groups: number; epsilon: number };
  const channels = place.shape[place.shape.length - 1] as number;
  const count = groups === -1 ? channels : groups;
  const grouped = (x: tf.Tensor) => tf.reshape(x, [x.shape[0] as number, -1, count, channels / count]);
  return standardize(scaleAndCenter(place), grouped, [1, 3], epsilon);
}

/** By the root of the mean square. */
export function rmsNormalization({ layer, config }: Place): Normalization {
  const [scale] = layer.getWeights() as [tf.Tensor];
  const epsilon = config.epsilon as number;
  return {
    adjoint: (y, x) => tf.mul(tf.mul(y, scale), tf.rsqrt(tf.add(tf.mean(tf.square(x), -1, true), epsilon))),
    bias: undefined,
  };
}

/** By the length. */
export function l2Normalization({ config }: Place): Normalization {
  const epsilon = config.epsilon as number;
  return {
    adjoint: (y, x) => tf.mul(y, tf.rsqrt(tf.maximum(tf.sum(tf.square(x), -1, true), epsilon))),
    bias: undefined,
  };
}

interface Weights {
  gamma: tf.Tensor | undefined;
  beta: tf.Tensor | undefined;
}

function scaleAndCenter(
  { layer, config }: Place,
  inPlace: (weights: tf.Tensor) => tf.Tensor = (weights) => weights,
): Weights {
  const weights = [...layer.getWeights()];
  const next = (used: unknown) => (used === false ? undefined : inPlace(weights.shift() as tf.Tensor));
  return { gamma: next(config.scale), beta: next(config.center) };
}

/** `gamma · (x − mean) / √(variance + epsilon) + beta` over `axes` of the `arranged` input. */
function standardize(
  { gamma, beta }: Weights,
  arranged: (x: tf.Tensor) => tf.Tensor,
  axes: number[],
  epsilon: number,
): Normalization {
  return {
    adjoint(y, x) {
      const { variance } = tf.moments(arranged(x), axes, true);
      const scaled = tf.div(arranged(gamma ? tf.mul(y, gamma) : y), tf.sqrt(tf.add(variance, epsilon)));
      return tf.reshape(tf.sub(scaled, tf.mean(scaled, axes, true)), x.shape);
    },
    bias: beta,
  };
}
