// `dl.layers`: layers that TensorFlow.js lacks, made as `tf.layers` makes its own: `dl.layers.groupNormalization({ groups: 8 })`.
// They are registered, so that models with them can be saved and loaded.

import type * as tf from "@tensorflow/tfjs";
import { MultiHeadAttention, type MultiHeadAttentionOptions } from "./attention.ts";
import type { LayerOptions } from "./custom-layer.ts";
import { Lambda, type LambdaOptions } from "./lambda.ts";
import { type RateLayerOptions, Reparameterize, SpatialDropout2D, StochasticDepth } from "./noise.ts";
import {
  GroupNormalization,
  type GroupNormalizationOptions,
  type InstanceNormalizationOptions,
  L2Normalization,
  type L2NormalizationOptions,
  RMSNormalization,
  type RmsNormalizationOptions,
} from "./normalization.ts";
import { RandomBrightness, RandomContrast, type RandomLightOptions } from "./random-colour.ts";
import {
  RandomCrop,
  type RandomCropOptions,
  RandomFlip,
  type RandomFlipOptions,
  RandomRotation,
  type RandomRotationOptions,
  RandomTranslation,
  type RandomTranslationOptions,
  RandomZoom,
  type RandomZoomOptions,
} from "./random-geometry.ts";
import {
  ClassToken,
  PositionalEncoding,
  type PositionalEncodingOptions,
  SelectStep,
  type SelectStepOptions,
  SinusoidalEmbedding,
  type SinusoidalEmbeddingOptions,
} from "./tokens.ts";

/** Every step takes a mean of what the steps alike hold (Vaswani et al., 2017). */
export function multiHeadAttention(options: MultiHeadAttentionOptions): MultiHeadAttention {
  return new MultiHeadAttention(options);
}

/** Mean 0 and variance 1 over places and the channels of a group, for each example (Wu and He, 2018). */
export function groupNormalization(options?: GroupNormalizationOptions): GroupNormalization {
  return new GroupNormalization(options);
}

/** Division by the root of the mean square over the last axis (Zhang and Sennrich, 2019). */
export function rmsNormalization(options?: RmsNormalizationOptions): RMSNormalization {
  return new RMSNormalization(options);
}

/** Vectors along the last axis, scaled to length 1. */
export function l2Normalization(options?: L2NormalizationOptions): L2Normalization {
  return new L2Normalization(options);
}

/** Adds to each step what tells its position: sines and cosines, or learned vectors (Vaswani et al., 2017). */
export function positionalEncoding(options?: PositionalEncodingOptions): PositionalEncoding {
  return new PositionalEncoding(options);
}

/** A learned first step that stands for the whole sequence (Dosovitskiy et al., 2020). */
export function classToken(options?: LayerOptions): ClassToken {
  return new ClassToken(options);
}

/** Dropout of whole maps (Tompson et al., 2014). */
export function spatialDropout2d(options: RateLayerOptions): SpatialDropout2D {
  return new SpatialDropout2D(options);
}

/** Dropout of a residual branch, for each example (Huang et al., 2016). */
export function stochasticDepth(options: RateLayerOptions): StochasticDepth {
  return new StochasticDepth(options);
}

/** Draws from normal distributions given by mean and logarithm of the variance (Kingma and Welling, 2013). */
export function reparameterize(options?: LayerOptions): Reparameterize {
  return new Reparameterize(options);
}

/** Mirrors half of the images, in training. */
export function randomFlip(options?: RandomFlipOptions): RandomFlip {
  return new RandomFlip(options);
}

/** Turns images around their centre, in training. */
export function randomRotation(options: RandomRotationOptions): RandomRotation {
  return new RandomRotation(options);
}

/** Enlarges or shrinks images, in training. */
export function randomZoom(options: RandomZoomOptions): RandomZoom {
  return new RandomZoom(options);
}

/** Shifts images, in training. */
export function randomTranslation(options: RandomTranslationOptions): RandomTranslation {
  return new RandomTranslation(options);
}

/** Cuts a part from a random place, in training; from the middle otherwise. */
export function randomCrop(options: RandomCropOptions): RandomCrop {
  return new RandomCrop(options);
}

/** Changes the contrast of images, in training. */
export function randomContrast(options: RandomLightOptions): RandomContrast {
  return new RandomContrast(options);
}

/** Changes the brightness of images, in training. */
export function randomBrightness(options: RandomLightOptions): RandomBrightness {
  return new RandomBrightness(options);
}

/** Group normalization with a group for each channel (Ulyanov et al., 2016). */
export function instanceNormalization(options?: InstanceNormalizationOptions): GroupNormalization {
  return new GroupNormalization({ ...options, groups: -1 });
}

/** A function of tensors as a layer; a model with one can't be loaded from a file. */
export function lambda(compute: (...inputs: tf.Tensor[]) => tf.Tensor, options?: LambdaOptions): Lambda {
  return new Lambda({ ...options, function: compute });
}

/** One step of a sequence, such as a class token: `[batch, steps, features]` to `[batch, features]`. */
export function selectStep(options: SelectStepOptions): SelectStep {
  return new SelectStep(options);
}

/** A number as sines and cosines: `[batch, 1]` to `[batch, features]` (Ho et al., 2020). */
export function sinusoidalEmbedding(options: SinusoidalEmbeddingOptions): SinusoidalEmbedding {
  return new SinusoidalEmbedding(options);
}
