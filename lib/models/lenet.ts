// The convolutional networks to begin with.

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

export interface LenetOptions extends ImageClassifierOptions {
  /** Defaults to `"tanh"`, as in the paper; `"relu"` learns faster. */
  activation?: "tanh" | "relu" | "sigmoid";
  /** Defaults to `"average"`, as in the paper. */
  pooling?: "average" | "max";
}

/**
 * LeNet-5 (LeCun, Bottou, Bengio and Haffner, 1998), with all maps joined and softmax in place of Gaussian units.
 *
 * Input `[batch, 28, 28, 1]` by default, padded as the paper's 32 × 32; output `[batch, classes]`; 61,706 parameters.
 */
export function lenet(options: LenetOptions = {}): tf.LayersModel {
  const { inputShape = [28, 28, 1], classes = 10, activation = "tanh", pooling = "average", seed } = options;
  requireOneOf("pooling", pooling, ["average", "max"]);
  const pool = (name: string) =>
    pooling === "max"
      ? tf.layers.maxPooling2d({ poolSize: 2, name })
      : tf.layers.averagePooling2d({ poolSize: 2, name });
  return singleInput("lenet", inputShape, seed, (x) =>
    chain(
      x,
      tf.layers.conv2d({ filters: 6, kernelSize: 5, padding: "same", activation, name: "conv_1" }),
      pool("pool_1"),
      tf.layers.conv2d({ filters: 16, kernelSize: 5, activation, name: "conv_2" }),
      pool("pool_2"),
      tf.layers.flatten({ name: "flatten" }),
      tf.layers.dense({ units: 120, activation, name: "dense_1" }),
      tf.layers.dense({ units: 84, activation, name: "dense_2" }),
      softmaxHead(classes),
    ),
  );
}

export interface SmallCnnOptions extends ImageClassifierOptions {
  /** Filters of each stage; the maps are halved between stages. Defaults to `[16, 32, 64]`. */
  filters?: readonly number[];
  /** Normalize after each convolution. Defaults to `true`. */
  batchNormalization?: boolean;
}

/**
 * A small convolutional network with global average pooling, whose class activation maps are exact
 * (Lin, Chen and Yan, 2013, Network in Network; Zhou et al., 2016).
 *
 * Input `[batch, 28, 28, 1]` by default, output `[batch, classes]`; 24,282 parameters by default.
 */
export function smallCnn(options: SmallCnnOptions = {}): tf.LayersModel {
  const {
    inputShape = [28, 28, 1],
    classes = 10,
    filters = [16, 32, 64],
    batchNormalization = true,
    seed,
  } = options;
  return singleInput("small_cnn", inputShape, seed, (input) => {
    const maps = filters.reduce((x, count, stage) => {
      const halved = stage === 0 ? x : chain(x, tf.layers.maxPooling2d({ poolSize: 2 }));
      const layers = batchNormalization
        ? normalizedConvolution(count, 3, { name: `conv_${stage + 1}` })
        : [convolution(count, 3, { activation: "relu", name: `conv_${stage + 1}` })];
      return chain(halved, ...layers);
    }, input);
    return chain(maps, tf.layers.globalAveragePooling2d({ name: "average" }), softmaxHead(classes));
  });
}
