// Base of the layers that change images at random in training and leave them alone otherwise.

import * as tf from "@tensorflow/tfjs";
import { type RandomSource, random } from "../data/random.ts";
import { type Call, CustomLayer, type LayerOptions } from "./custom-layer.ts";

export interface SeedOptions {
  /** The layer draws a stream of its own from it; without a seed it draws as `fit`'s seed says. */
  seed?: number;
}

/** Input and output `[batch, height, width, channels]`; each image is changed in a way of its own. */
export abstract class RandomImageLayer<Options extends SeedOptions> extends CustomLayer<Options> {
  readonly #uniform: () => number;

  constructor(given: LayerOptions, options: Options) {
    super(given, options);
    const source: RandomSource | undefined = options.seed === undefined ? undefined : random(options.seed);
    this.#uniform = source ? source.uniform : () => Math.random();
  }

  /** The changed images, in training. */
  protected abstract change(images: tf.Tensor4D): tf.Tensor;

  protected override compute([x]: [tf.Tensor], { training }: Call): tf.Tensor {
    return training ? this.change(x as tf.Tensor4D) : this.unchanged(x as tf.Tensor4D);
  }

  /** The images where nothing is trained. */
  protected unchanged(images: tf.Tensor4D): tf.Tensor {
    return tf.clone(images);
  }

  /** A number uniform between the two. */
  protected between(low: number, high: number): number {
    return low + (high - low) * this.#uniform();
  }
}
