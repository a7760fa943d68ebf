// How models are put together: layers in chains, blocks that take and give symbolic tensors, weights by a seed.

import * as tf from "@tensorflow/tfjs";
import { random, withRandomSource } from "../data/random.ts";

export type Symbolic = tf.SymbolicTensor;

/** Height, width and channels of an image. */
export type ImageShape = readonly [height: number, width: number, channels: number];

export interface ModelOptions {
  /** Decides the initial weights. Defaults to `0`. */
  seed?: number;
}

export interface ImageClassifierOptions extends ModelOptions {
  /** Height, width and channels of an image. */
  inputShape?: ImageShape;
  /** Number of classes; the output is their probabilities, `[batch, classes]`. */
  classes?: number;
}

/** Put `x` through the layers, one after the other. */
export function chain(x: Symbolic, ...layers: tf.layers.Layer[]): Symbolic {
  return layers.reduce((value, layer) => layer.apply(value) as Symbolic, x);
}

/** Put several values into one layer. */
export function join(layer: tf.layers.Layer, ...inputs: Symbolic[]): Symbolic {
  return layer.apply(inputs) as Symbolic;
}

/** Build with initial weights that `seed` decides. */
export function seeded<Model>(seed: number | undefined, build: () => Model): Model {
  return withRandomSource(random(seed), build);
}

/** A model with one input. */
export function singleInput(
  name: string,
  inputShape: readonly (number | null)[],
  seed: number | undefined,
  wire: (input: Symbolic) => Symbolic | Symbolic[],
): tf.LayersModel {
  return seeded(seed, () => {
    const inputs = tf.input({ shape: [...inputShape], name: `${name}_input` });
    return tf.model({ inputs, outputs: wire(inputs), name });
  });
}

type ConvolutionOptions = Parameters<typeof tf.layers.conv2d>[0];

/** A convolution with padding and the initial weights for rectified linear units (He et al., 2015). */
export function convolution(
  filters: number,
  kernelSize: number,
  more: Partial<ConvolutionOptions> = {},
): tf.layers.Layer {
  return tf.layers.conv2d({
    filters,
    kernelSize,
    padding: "same",
    kernelInitializer: "heNormal",
    ...more,
  } as ConvolutionOptions);
}

/** Convolution without bias, batch normalization, ReLU: the brick of the networks since 2015. */
export function normalizedConvolution(
  filters: number,
  kernelSize: number,
  {
    epsilon = 1e-5,
    relu = true,
    ...more
  }: Partial<ConvolutionOptions> & { epsilon?: number; relu?: boolean } = {},
): tf.layers.Layer[] {
  const layers: tf.layers.Layer[] = [
    convolution(filters, kernelSize, { useBias: false, ...more }),
    tf.layers.batchNormalization({ epsilon }),
  ];
  return relu ? [...layers, tf.layers.reLU()] : layers;
}

/** Probabilities of classes from features `[batch, features]`. */
export function softmaxHead(classes: number): tf.layers.Layer {
  return tf.layers.dense({ units: classes, activation: "softmax", name: "probabilities" });
}

/**
 * @throws RangeError if the image can't be halved `times` times without a rest.
 */
export function requireDivisible(model: string, [height, width]: ImageShape, factor: number): void {
  if (height % factor === 0 && width % factor === 0) return;
  throw new RangeError(
    `${model} got images of ${height} × ${width}; height and width must be multiples of ${factor}.`,
  );
}
