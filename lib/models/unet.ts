// Networks whose output is an image: a class for each pixel.

import * as tf from "@tensorflow/tfjs";
import {
  chain,
  convolution,
  type ImageClassifierOptions,
  join,
  normalizedConvolution,
  requireDivisible,
  type Symbolic,
  singleInput,
} from "./build.ts";

export interface SegmentationOptions extends Omit<ImageClassifierOptions, "classes"> {
  /** Classes of a pixel; one gives the probability of the object (sigmoid), more give softmax. Defaults to `1`. */
  classes?: number;
}

export interface UnetOptions extends SegmentationOptions {
  /** Filters of the first level, doubled at each. Defaults to `64`. */
  filters?: number;
  /** How often height and width are halved. Defaults to `4`. */
  levels?: number;
}

/**
 * U-Net (Ronneberger, Fischer and Brox, 2015), padded so that the output is as large as the input, and with batch
 * normalization.
 *
 * Input `[batch, 256, 256, 3]` by default, height and width multiples of 2^levels; output
 * `[batch, height, width, classes]`; 31,037,633 trained parameters, as milesial's Pytorch-UNet with one class, and
 * 7,763,041 with 32 filters, as PyTorch Hub's `unet`.
 *
 * @throws RangeError if height or width is no multiple of 2^levels.
 */
export function unet(options: UnetOptions = {}): tf.LayersModel {
  const { inputShape = [256, 256, 3], classes = 1, filters = 64, levels = 4, seed } = options;
  requireDivisible("The U-Net", inputShape, 2 ** levels);
  return singleInput("unet", inputShape, seed, (input) => {
    const skips: Symbolic[] = [];
    let x = input;
    for (let level = 0; level < levels; level++) {
      x = twice(x, filters * 2 ** level);
      skips.push(x);
      x = chain(x, tf.layers.maxPooling2d({ poolSize: 2 }));
    }
    x = twice(x, filters * 2 ** levels);
    for (let level = levels - 1; level >= 0; level--) {
      const up = tf.layers.conv2dTranspose({ filters: filters * 2 ** level, kernelSize: 2, strides: 2 });
      x = twice(join(tf.layers.concatenate(), skips[level] as Symbolic, chain(x, up)), filters * 2 ** level);
    }
    return chain(x, pixelHead(classes));
  });
}

function twice(x: Symbolic, filters: number): Symbolic {
  return chain(x, ...normalizedConvolution(filters, 3), ...normalizedConvolution(filters, 3));
}

function pixelHead(classes: number): tf.layers.Layer {
  const activation = classes === 1 ? "sigmoid" : "softmax";
  return tf.layers.conv2d({ filters: classes, kernelSize: 1, activation, name: "probabilities" });
}

export interface FcnOptions extends SegmentationOptions {
  /** Filters of each stage, after each of which the maps are halved. Defaults to `[64, 128, 256, 512, 512]`, VGG-16's. */
  filters?: readonly number[];
  /** Convolutions of each stage. Defaults to `[2, 2, 3, 3, 3]`, VGG-16's. */
  convolutions?: readonly number[];
  /** Filters of the two layers that replace dense ones. Defaults to `4096`. */
  units?: number;
  /** Stride of the coarsest scores that are still seen: 8, 16 or 32, as FCN-8s, -16s and -32s. Defaults to `8`. */
  stride?: number;
}

/**
 * Fully convolutional network: a classifier made of convolutions alone, whose coarse scores are enlarged and joined
 * with finer ones (Long, Shelhamer and Darrell, 2014).
 *
 * Input `[batch, 224, 224, 3]` by default, height and width multiples of 2^stages; output
 * `[batch, height, width, classes]`; 134,489,759 parameters with 21 classes and biases in the scores alone.
 *
 * @throws RangeError if height or width can't be halved as often, or the stride is not among the stages'.
 */
export function fcn(options: FcnOptions = {}): tf.LayersModel {
  const {
    inputShape = [224, 224, 3],
    classes = 1,
    filters = [64, 128, 256, 512, 512],
    stride = 8,
    seed,
  } = options;
  const { convolutions = filters.map((_, stage) => (stage < 2 ? 2 : 3)), units = 4096 } = options;
  const coarsest = 2 ** filters.length;
  requireDivisible("The FCN", inputShape, coarsest);
  if (!Number.isInteger(Math.log2(stride)) || stride < 2 || stride > coarsest) {
    throw new RangeError(`stride is ${stride}; it must be a power of 2 from 2 to ${coarsest}.`);
  }
  return singleInput("fcn", inputShape, seed, (input) => {
    const stages: Symbolic[] = [];
    filters.reduce((x, count, stage) => {
      const layers = Array.from({ length: convolutions[stage] ?? 1 }, () =>
        convolution(count, 3, { activation: "relu" }),
      );
      const pooled = chain(x, ...layers, tf.layers.maxPooling2d({ poolSize: 2 }));
      stages.push(pooled);
      return pooled;
    }, input);
    const dense = (size: number) => [
      convolution(units, size, { activation: "relu" }),
      tf.layers.dropout({ rate: 0.5 }),
    ];
    let scores = chain(stages.pop() as Symbolic, ...dense(7), ...dense(1), convolution(classes, 1));
    for (let at = coarsest; at > stride; at /= 2) {
      const finer = chain(stages.pop() as Symbolic, convolution(classes, 1));
      scores = join(tf.layers.add(), chain(scores, enlarge(classes, 2)), finer);
    }
    const activation = classes === 1 ? "sigmoid" : "softmax";
    return chain(
      scores,
      enlarge(classes, stride),
      tf.layers.activation({ activation, name: "probabilities" }),
    );
  });
}

function enlarge(filters: number, factor: number): tf.layers.Layer {
  return tf.layers.conv2dTranspose({
    ...{ filters, kernelSize: 2 * factor, strides: factor, padding: "same", useBias: false },
  });
}
