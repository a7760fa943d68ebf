// DenseNet: every layer sees the maps of all layers before it.

import * as tf from "@tensorflow/tfjs";
import {
  chain,
  convolution,
  type ImageClassifierOptions,
  join,
  type Symbolic,
  singleInput,
  softmaxHead,
} from "./build.ts";

export interface DensenetOptions extends ImageClassifierOptions {
  /** Layers in each dense block: `[6, 12, 24, 16]` is DenseNet-121, the default. */
  blocks?: readonly number[];
  /** Maps that each layer adds. Defaults to `32`. */
  growth?: number;
  /** First convolution and pooling for large images, which quarter height and width. Defaults to `true`. */
  stem?: boolean;
}

/**
 * DenseNet with bottlenecks and halving transitions (Huang, Liu, van der Maaten and Weinberger, 2016).
 *
 * Input `[batch, 224, 224, 3]` by default, output `[batch, classes]`; 7,978,856 trained parameters with 1,000 classes,
 * as torchvision's `densenet121`, and 8,062,504 in all, as Keras's `DenseNet121`.
 */
export function densenet(options: DensenetOptions = {}): tf.LayersModel {
  const {
    inputShape = [224, 224, 3],
    classes = 1000,
    blocks = [6, 12, 24, 16],
    growth = 32,
    stem = true,
    seed,
  } = options;
  return singleInput("densenet", inputShape, seed, (input) => {
    const first = convolution(2 * growth, stem ? 7 : 3, { strides: stem ? 2 : 1, useBias: false });
    const begun = stem
      ? chain(
          input,
          first,
          ...normalized(),
          tf.layers.maxPooling2d({ poolSize: 3, strides: 2, padding: "same" }),
        )
      : chain(input, first);
    const maps = blocks.reduce((x, layers, index) => {
      const dense = denseBlock(x, layers, growth);
      if (index === blocks.length - 1) return dense;
      const half = convolution(Math.floor((dense.shape.at(-1) as number) / 2), 1, { useBias: false });
      return chain(dense, ...normalized(), half, tf.layers.averagePooling2d({ poolSize: 2 }));
    }, begun);
    return chain(
      maps,
      ...normalized(),
      tf.layers.globalAveragePooling2d({ name: "average" }),
      softmaxHead(classes),
    );
  });
}

function denseBlock(x: Symbolic, layers: number, growth: number): Symbolic {
  return Array.from({ length: layers }).reduce<Symbolic>((all) => {
    const added = chain(
      all,
      ...normalized(),
      convolution(4 * growth, 1, { useBias: false }),
      ...normalized(),
      convolution(growth, 3, { useBias: false }),
    );
    return join(tf.layers.concatenate(), all, added);
  }, x);
}

function normalized(): tf.layers.Layer[] {
  return [tf.layers.batchNormalization({ epsilon: 1e-5 }), tf.layers.reLU()];
}
