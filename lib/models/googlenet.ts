// GoogLeNet: blocks that look with filters of several sizes at once.

import * as tf from "@tensorflow/tfjs";
import {
  chain,
  convolution,
  type ImageClassifierOptions,
  join,
  normalizedConvolution,
  type Symbolic,
  singleInput,
  softmaxHead,
} from "./build.ts";

/** Filters of the four branches of an inception block. */
interface InceptionFilters {
  one: number;
  /** 1 × 1 before 3 × 3, and the 3 × 3. */
  three: readonly [reduced: number, filters: number];
  /** 1 × 1 before 5 × 5, and the 5 × 5. */
  five: readonly [reduced: number, filters: number];
  /** 1 × 1 after pooling. */
  pool: number;
}

// Table 1 of the paper.
const stages: InceptionFilters[][] = [
  [
    { one: 64, three: [96, 128], five: [16, 32], pool: 32 },
    { one: 128, three: [128, 192], five: [32, 96], pool: 64 },
  ],
  [
    { one: 192, three: [96, 208], five: [16, 48], pool: 64 },
    { one: 160, three: [112, 224], five: [24, 64], pool: 64 },
    { one: 128, three: [128, 256], five: [24, 64], pool: 64 },
    { one: 112, three: [144, 288], five: [32, 64], pool: 64 },
    { one: 256, three: [160, 320], five: [32, 128], pool: 128 },
  ],
  [
    { one: 256, three: [160, 320], five: [32, 128], pool: 128 },
    { one: 384, three: [192, 384], five: [48, 128], pool: 128 },
  ],
];

export interface GooglenetOptions extends ImageClassifierOptions {
  /** Normalize after each convolution. Defaults to `true`. */
  batchNormalization?: boolean;
  /** Size of the largest filters: 5 in the paper, 3 in torchvision. Defaults to `5`. */
  largestKernel?: 3 | 5;
  /** Part of the features that is dropped in training, 0 to 1. Defaults to `0.4`. */
  dropout?: number;
  /** Factor for the number of filters, for small data. Defaults to `1`. */
  width?: number;
}

/**
 * GoogLeNet, without the paper's two further outputs (Szegedy et al., 2014, Going Deeper with Convolutions).
 *
 * Input `[batch, 224, 224, 3]` by default, from 32 × 32 on; output `[batch, classes]`. With 1,000 classes:
 * 6,998,552 parameters without batch normalization, as the paper's in Caffe; 6,624,904 trained ones with it and
 * `largestKernel: 3`, as in torchvision.
 */
export function googlenet(options: GooglenetOptions = {}): tf.LayersModel {
  const {
    inputShape = [224, 224, 3],
    classes = 1000,
    batchNormalization = true,
    largestKernel = 5,
    seed,
  } = options;
  const { dropout = 0.4, width = 1 } = options;
  const conv: Convolution = (filters, size, strides = 1) =>
    batchNormalization
      ? normalizedConvolution(Math.round(filters * width), size, { epsilon: 1e-3, strides })
      : [convolution(Math.round(filters * width), size, { activation: "relu", strides })];
  const halve = () => tf.layers.maxPooling2d({ poolSize: 3, strides: 2, padding: "same" });
  return singleInput("googlenet", inputShape, seed, (input) => {
    const stem = chain(input, ...conv(64, 7, 2), halve(), ...conv(64, 1), ...conv(192, 3));
    const maps = stages.reduce(
      (x, blocks) =>
        blocks.reduce((inner, filters) => inception(inner, filters, conv, largestKernel), chain(x, halve())),
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

type Convolution = (filters: number, size: number, strides?: number) => tf.layers.Layer[];

function inception(x: Symbolic, filters: InceptionFilters, conv: Convolution, largest: number): Symbolic {
  const { one, three, five, pool } = filters;
  return join(
    tf.layers.concatenate(),
    chain(x, ...conv(one, 1)),
    chain(x, ...conv(three[0], 1), ...conv(three[1], 3)),
    chain(x, ...conv(five[0], 1), ...conv(five[1], largest)),
    chain(x, tf.layers.maxPooling2d({ poolSize: 3, strides: 1, padding: "same" }), ...conv(pool, 1)),
  );
}
