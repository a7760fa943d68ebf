// AlexNet and VGG: convolutions, then large dense layers that hold most of the weights.

import * as tf from "@tensorflow/tfjs";
import { requireOneOf } from "../data/nearest.ts";
import {
  chain,
  convolution,
  type ImageClassifierOptions,
  normalizedConvolution,
  singleInput,
  softmaxHead,
} from "./build.ts";

export interface DenseHeadOptions extends ImageClassifierOptions {
  /** Neurons of the two dense layers. Defaults to `4096`. */
  units?: number;
  /** Part of the dense layers that is dropped in training, 0 to 1. Defaults to `0.5`. */
  dropout?: number;
  /** Factor for the number of filters, for small data. Defaults to `1`. */
  width?: number;
}

/**
 * AlexNet in one branch (Krizhevsky, Sutskever and Hinton, 2012; Krizhevsky, 2014, One Weird Trick).
 *
 * Input `[batch, 224, 224, 3]` by default, from 63 × 63 on; output `[batch, classes]`; 61,100,840 parameters with
 * 1,000 classes, as torchvision's `alexnet`.
 */
export function alexnet(options: DenseHeadOptions = {}): tf.LayersModel {
  const {
    inputShape = [224, 224, 3],
    classes = 1000,
    units = 4096,
    dropout = 0.5,
    width = 1,
    seed,
  } = options;
  const conv = (filters: number, size: number, name: string) =>
    convolution(Math.round(filters * width), size, { activation: "relu", name });
  const pool = () => tf.layers.maxPooling2d({ poolSize: 3, strides: 2 });
  const first = convolution(Math.round(64 * width), 11, {
    ...{ strides: 4, padding: "valid", activation: "relu", name: "conv_1" },
  });
  return singleInput("alexnet", inputShape, seed, (x) => {
    const padded = chain(x, tf.layers.zeroPadding2d({ padding: 2 }), first, pool());
    const maps = chain(
      padded,
      ...[conv(192, 5, "conv_2"), pool()],
      ...[conv(384, 3, "conv_3"), conv(256, 3, "conv_4"), conv(256, 3, "conv_5"), pool()],
      tf.layers.flatten(),
    );
    const dense = (name: string) => [
      tf.layers.dropout({ rate: dropout }),
      tf.layers.dense({ units, activation: "relu", kernelInitializer: "heNormal", name }),
    ];
    return chain(maps, ...dense("dense_1"), ...dense("dense_2"), softmaxHead(classes));
  });
}

/** Convolutions of each stage, by the number of layers with weights. */
const vggStages = {
  11: [1, 1, 2, 2, 2],
  13: [2, 2, 2, 2, 2],
  16: [2, 2, 3, 3, 3],
  19: [2, 2, 4, 4, 4],
} as const;

export interface VggOptions extends DenseHeadOptions {
  /** Layers with weights. Defaults to `16`. */
  depth?: keyof typeof vggStages;
  /** Normalize after each convolution, which the paper did not know. Defaults to `false`. */
  batchNormalization?: boolean;
}

/**
 * VGG: five stages of 3 × 3 convolutions (Simonyan and Zisserman, 2014).
 *
 * Input `[batch, 224, 224, 3]` by default, from 32 × 32 on; output `[batch, classes]`. Parameters with 1,000 classes
 * as in torchvision: depth 11 132,863,336; 13 133,047,848; 16 138,357,544; 19 143,667,240.
 */
export function vgg(options: VggOptions = {}): tf.LayersModel {
  const {
    inputShape = [224, 224, 3],
    classes = 1000,
    depth = 16,
    batchNormalization = false,
    seed,
  } = options;
  const { units = 4096, dropout = 0.5, width = 1 } = options;
  requireOneOf("depth", depth, [11, 13, 16, 19]);
  return singleInput(`vgg_${depth}`, inputShape, seed, (input) => {
    const maps = vggStages[depth].reduce((x, count, stage) => {
      const filters = Math.round(Math.min(512, 64 * 2 ** stage) * width);
      const layers = Array.from({ length: count }, (_, index) => {
        const name = `conv_${stage + 1}_${index + 1}`;
        return batchNormalization
          ? normalizedConvolution(filters, 3, { useBias: true, name })
          : [convolution(filters, 3, { activation: "relu", name })];
      });
      return chain(x, ...layers.flat(), tf.layers.maxPooling2d({ poolSize: 2, name: `pool_${stage + 1}` }));
    }, input);
    const dense = (name: string) => [
      tf.layers.dense({ units, activation: "relu", kernelInitializer: "heNormal", name }),
      tf.layers.dropout({ rate: dropout }),
    ];
    return chain(maps, tf.layers.flatten(), ...dense("dense_1"), ...dense("dense_2"), softmaxHead(classes));
  });
}
