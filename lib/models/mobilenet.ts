// MobileNet: a convolution for each channel and one across channels do the work of a full one with an eighth of it.

import * as tf from "@tensorflow/tfjs";
import {
  chain,
  type ImageClassifierOptions,
  normalizedConvolution,
  singleInput,
  softmaxHead,
} from "./build.ts";

/** Filters and stride of the separable convolutions, table 1 of the paper. */
const layers: readonly (readonly [filters: number, strides: number])[] = [
  [64, 1],
  [128, 2],
  [128, 1],
  [256, 2],
  [256, 1],
  [512, 2],
  [512, 1],
  [512, 1],
  [512, 1],
  [512, 1],
  [512, 1],
  [1024, 2],
  [1024, 1],
];

export interface MobilenetOptions extends ImageClassifierOptions {
  /** Factor for the number of filters. Defaults to `1`. */
  width?: number;
  /** Part of the features that is dropped in training, 0 to 1. Defaults to `0.001`. */
  dropout?: number;
}

/**
 * MobileNet (Howard et al., 2017).
 *
 * Input `[batch, 224, 224, 3]` by default, from 32 × 32 on; output `[batch, classes]`; 4,253,864 parameters with 1,000
 * classes, as Keras's `MobileNet`.
 */
export function mobilenet(options: MobilenetOptions = {}): tf.LayersModel {
  const { inputShape = [224, 224, 3], classes = 1000, width = 1, dropout = 1e-3, seed } = options;
  const normal = { epsilon: 1e-3 };
  return singleInput("mobilenet", inputShape, seed, (input) => {
    const stem = chain(input, ...normalizedConvolution(Math.floor(32 * width), 3, { strides: 2, ...normal }));
    const maps = layers.reduce(
      (x, [filters, strides]) =>
        chain(
          x,
          tf.layers.depthwiseConv2d({ kernelSize: 3, strides, padding: "same", useBias: false }),
          tf.layers.batchNormalization(normal),
          tf.layers.reLU(),
          ...normalizedConvolution(Math.floor(filters * width), 1, normal),
        ),
      stem,
    );
    return chain(
      maps,
      tf.layers.globalAveragePooling2d({ name: "average" }),
      tf.layers.dropout({ rate: dropout }),
      softmaxHead(classes),
    );
  });
}
