// The network of a diffusion model: a U-Net that sees a noisy image and the time, and gives the noise.

import * as tf from "@tensorflow/tfjs";
import { groupNormalization, multiHeadAttention, sinusoidalEmbedding } from "../layers/index.ts";
import {
  chain,
  convolution,
  type ImageShape,
  join,
  type ModelOptions,
  requireDivisible,
  type Symbolic,
  seeded,
} from "./build.ts";

export interface DiffusionUnetOptions extends ModelOptions {
  /** Height, width and channels of an image. Defaults to `[32, 32, 3]`. */
  inputShape?: ImageShape;
  /** Channels of the first level. Defaults to `32`. */
  channels?: number;
  /** Factors of the channels, one for each level; height and width are halved between levels. Defaults to `[1, 2, 2, 2]`. */
  multipliers?: readonly number[];
  /** Residual blocks of each level on the way down; on the way up it is one more. Defaults to `2`. */
  blocks?: number;
  /** Widths of the maps that attend to themselves. Defaults to `[16]`. */
  attention?: readonly number[];
  /** Groups of the normalizations. Defaults to `32`, or to the channels if they are fewer. */
  groups?: number;
  /** Part that is dropped in each block in training, 0 to 1. Defaults to `0.1`. */
  dropout?: number;
}

/**
 * The U-Net of denoising diffusion (Ho, Jain and Abbeel, 2020).
 *
 * Inputs `[image, time]`, `[batch, height, width, channels]` and `[batch, 1]`, height and width multiples of
 * 2^(levels − 1); output of the image's shape. With 128 channels it is the paper's for CIFAR-10, with 35,746,307
 * parameters.
 *
 * @throws RangeError if height or width can't be halved as often.
 */
export function diffusionUnet(options: DiffusionUnetOptions = {}): tf.LayersModel {
  const { inputShape = [32, 32, 3], channels = 32, multipliers = [1, 2, 2, 2], blocks = 2, seed } = options;
  const { attention = [16], groups = Math.min(32, channels), dropout = 0.1 } = options;
  requireDivisible("The diffusion U-Net", inputShape, 2 ** (multipliers.length - 1));
  return seeded(seed, () => {
    const image = tf.input({ shape: [...inputShape], name: "image" });
    const time = tf.input({ shape: [1], name: "time" });
    const moment = chain(
      time,
      sinusoidalEmbedding({ features: channels }),
      tf.layers.dense({ units: 4 * channels, activation: "swish" }),
      tf.layers.dense({ units: 4 * channels, activation: "swish" }),
    );
    const block = (x: Symbolic, filters: number): Symbolic => {
      const result = residual(x, moment, { filters, groups, dropout });
      return attention.includes(result.shape[2] as number) ? attend(result, groups) : result;
    };
    let x = chain(image, convolution(channels, 3));
    const skips = [x];
    multipliers.forEach((multiplier, level) => {
      for (let index = 0; index < blocks; index++) {
        x = block(x, channels * multiplier);
        skips.push(x);
      }
      if (level === multipliers.length - 1) return;
      x = chain(x, convolution(channels * multiplier, 3, { strides: 2 }));
      skips.push(x);
    });
    const deepest = { filters: channels * (multipliers.at(-1) as number), groups, dropout };
    x = residual(attend(residual(x, moment, deepest), groups), moment, deepest);
    [...multipliers].reverse().forEach((multiplier, index) => {
      for (let count = 0; count <= blocks; count++) {
        x = block(join(tf.layers.concatenate(), x, skips.pop() as Symbolic), channels * multiplier);
      }
      if (index === multipliers.length - 1) return;
      x = chain(x, tf.layers.upSampling2d({ size: [2, 2] }), convolution(channels * multiplier, 3));
    });
    const last = convolution(inputShape[2], 3, { kernelInitializer: "zeros", name: "noise" });
    const noise = chain(x, groupNormalization({ groups, epsilon: 1e-6 }), swish(), last);
    return tf.model({ inputs: [image, time], outputs: noise, name: "diffusion_unet" });
  });
}

const swish = () => tf.layers.activation({ activation: "swish" });

interface ResidualOptions {
  filters: number;
  groups: number;
  dropout: number;
}

function residual(x: Symbolic, moment: Symbolic, { filters, groups, dropout }: ResidualOptions): Symbolic {
  const normalized = () => [groupNormalization({ groups, epsilon: 1e-6 }), swish()];
  const first = chain(x, ...normalized(), convolution(filters, 3));
  const shift = chain(
    moment,
    tf.layers.dense({ units: filters }),
    tf.layers.reshape({ targetShape: [1, 1, filters] }),
  );
  const second = chain(
    join(tf.layers.add(), first, shift),
    ...normalized(),
    tf.layers.dropout({ rate: dropout }),
    convolution(filters, 3, { kernelInitializer: "zeros" }),
  );
  const shortcut = x.shape.at(-1) === filters ? x : chain(x, convolution(filters, 1));
  return join(tf.layers.add(), shortcut, second);
}

/** Every place looks at all others. */
function attend(x: Symbolic, groups: number): Symbolic {
  const [, height, width, channels] = x.shape as [null, number, number, number];
  const looked = chain(
    x,
    groupNormalization({ groups, epsilon: 1e-6 }),
    tf.layers.reshape({ targetShape: [height * width, channels] }),
    multiHeadAttention({ heads: 1, keySize: channels }),
    tf.layers.reshape({ targetShape: [height, width, channels] }),
  );
  return join(tf.layers.add(), x, looked);
}
