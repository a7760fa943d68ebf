// Residual networks: each block learns what to add to its input, so that gradients have a straight way.

import * as tf from "@tensorflow/tfjs";
import { requireOneOf } from "../data/nearest.ts";
import { stochasticDepth } from "../layers/index.ts";
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

/** Blocks of each stage; those with three stages are the paper's for CIFAR, with a first convolution of 3 × 3. */
const shapes = {
  18: { block: "basic", stages: [2, 2, 2, 2] },
  34: { block: "basic", stages: [3, 4, 6, 3] },
  50: { block: "bottleneck", stages: [3, 4, 6, 3] },
  101: { block: "bottleneck", stages: [3, 4, 23, 3] },
  152: { block: "bottleneck", stages: [3, 8, 36, 3] },
  8: { block: "basic", stages: [1, 1, 1] },
  20: { block: "basic", stages: [3, 3, 3] },
  32: { block: "basic", stages: [5, 5, 5] },
  44: { block: "basic", stages: [7, 7, 7] },
  56: { block: "basic", stages: [9, 9, 9] },
  110: { block: "basic", stages: [18, 18, 18] },
} as const;

export interface ResnetOptions extends ImageClassifierOptions {
  /** Layers with weights: 18, 34, 50, 101 or 152, or for small images 8, 20, 32, 44, 56 or 110. Defaults to `18`. */
  depth?: keyof typeof shapes;
  /** Filters of the first stage, doubled in each. Defaults to `64`, and to `16` for small images. */
  filters?: number;
  /** Weigh the channels of each block, squeezed by this ratio; 16 in the paper (Hu, Shen and Sun, 2017). */
  squeezeExcite?: number;
  /** Part of the last block's branch that is dropped in training, falling linearly towards the first. Defaults to `0`. */
  stochasticDepth?: number;
}

/**
 * ResNet (He, Zhang, Ren and Sun, 2015), with strides in the 3 × 3 convolutions as in torchvision.
 *
 * Input `[batch, 224, 224, 3]` by default, `[batch, 32, 32, 3]` for small images; output `[batch, classes]`.
 * Trained parameters with 1,000 classes as in torchvision: depth 18 11,689,512; 34 21,797,672; 50 25,557,032;
 * 101 44,549,160; 152 60,192,808. Depth 20 with 10 classes: 272,474, as in Keras's example for CIFAR-10 without its biases.
 */
export function resnet(options: ResnetOptions = {}): tf.LayersModel {
  const { depth = 18, squeezeExcite: ratio, stochasticDepth: dropped = 0, seed } = options;
  requireOneOf("depth", depth, Object.keys(shapes).map(Number) as (typeof depth)[]);
  const { block, stages } = shapes[depth];
  const isSmall = stages.length === 3;
  const { inputShape = isSmall ? [32, 32, 3] : [224, 224, 3], classes = isSmall ? 10 : 1000 } = options;
  const { filters = isSmall ? 16 : 64 } = options;
  const blocks = stages.reduce<number>((sum, count) => sum + count, 0);
  return singleInput(`resnet_${depth}`, inputShape, seed, (input) => {
    const stem = isSmall
      ? chain(input, ...normalizedConvolution(filters, 3))
      : chain(
          input,
          ...normalizedConvolution(filters, 7, { strides: 2 }),
          tf.layers.maxPooling2d({ poolSize: 3, strides: 2, padding: "same" }),
        );
    let [x, built] = [stem, 0];
    stages.forEach((count, stage) => {
      for (let index = 0; index < count; index++) {
        built++;
        const strides = stage > 0 && index === 0 ? 2 : 1;
        const rate = (dropped * built) / blocks;
        x = residualBlock(x, {
          kind: block,
          filters: filters * 2 ** stage,
          strides,
          squeezeExcite: ratio,
          rate,
        });
      }
    });
    return chain(x, tf.layers.globalAveragePooling2d({ name: "average" }), softmaxHead(classes));
  });
}

interface BlockOptions {
  kind: "basic" | "bottleneck";
  filters: number;
  strides: number;
  squeezeExcite: number | undefined;
  rate: number;
}

function residualBlock(
  x: Symbolic,
  { kind, filters, strides, squeezeExcite: ratio, rate }: BlockOptions,
): Symbolic {
  const outputs = kind === "basic" ? filters : filters * 4;
  const layers =
    kind === "basic"
      ? [
          ...normalizedConvolution(filters, 3, { strides }),
          ...normalizedConvolution(filters, 3, { relu: false }),
        ]
      : [
          ...normalizedConvolution(filters, 1),
          ...normalizedConvolution(filters, 3, { strides }),
          ...normalizedConvolution(outputs, 1, { relu: false }),
        ];
  const branch = chain(x, ...layers);
  const weighed = ratio === undefined ? branch : squeezeExcite(branch, ratio);
  const kept = rate > 0 ? chain(weighed, stochasticDepth({ rate })) : weighed;
  const fits = strides === 1 && x.shape.at(-1) === outputs;
  const shortcut = fits ? x : chain(x, ...normalizedConvolution(outputs, 1, { strides, relu: false }));
  return chain(join(tf.layers.add(), kept, shortcut), tf.layers.reLU());
}

/** Weigh channels by what all places together say of them (Hu, Shen and Sun, 2017). */
function squeezeExcite(x: Symbolic, ratio: number): Symbolic {
  const channels = x.shape.at(-1) as number;
  const weights = chain(
    x,
    tf.layers.globalAveragePooling2d({}),
    tf.layers.reshape({ targetShape: [1, 1, channels] }),
    convolution(Math.max(1, Math.floor(channels / ratio)), 1, { activation: "relu" }),
    convolution(channels, 1, { activation: "sigmoid", kernelInitializer: "glorotUniform" }),
  );
  return join(tf.layers.multiply(), x, weights);
}
