// Random changes of light.

import * as tf from "@tensorflow/tfjs";
import { type LayerOptions, registerPureLayer, requireRange } from "./custom-layer.ts";
import { RandomImageLayer, type SeedOptions } from "./random-image.ts";

interface FactorOptions extends SeedOptions {
  /** Largest change up or down: 0.2 stands for −20 % to +20 %, 0 to 1. */
  factor: number;
}

export type RandomLightOptions = FactorOptions & LayerOptions;

/** Scales the difference to the mean of each channel in each image by 1 − factor … 1 + factor. */
export class RandomContrast extends RandomImageLayer<FactorOptions> {
  static className = "RandomContrast";

  /** @throws RangeError if factor is not from 0 to 1. */
  constructor(given: RandomLightOptions) {
    super(given, { factor: given.factor, seed: given.seed });
    requireRange("factor", given.factor, 0, 1);
  }

  protected override change(images: tf.Tensor4D): tf.Tensor {
    const { factor } = this.options;
    const scales = Array.from({ length: images.shape[0] }, () => this.between(1 - factor, 1 + factor));
    const mean = tf.mean(images, [1, 2], true);
    return tf.add(mean, tf.mul(tf.sub(images, mean), tf.tensor4d(scales, [scales.length, 1, 1, 1])));
  }
}
registerPureLayer(RandomContrast);

/** Adds a number from −factor … factor to each image, whose values are taken to run from 0 to 1. */
export class RandomBrightness extends RandomImageLayer<FactorOptions> {
  static className = "RandomBrightness";

  /** @throws RangeError if factor is not from 0 to 1. */
  constructor(given: RandomLightOptions) {
    super(given, { factor: given.factor, seed: given.seed });
    requireRange("factor", given.factor, 0, 1);
  }

  protected override change(images: tf.Tensor4D): tf.Tensor {
    const { factor } = this.options;
    const offsets = Array.from({ length: images.shape[0] }, () => this.between(-factor, factor));
    return tf.add(images, tf.tensor4d(offsets, [offsets.length, 1, 1, 1]));
  }
}
registerPureLayer(RandomBrightness);
