// Autoencoders: an image is squeezed into a short code and made again from it.

import * as tf from "@tensorflow/tfjs";
import {
  chain,
  convolution,
  type ImageShape,
  type ModelOptions,
  requireDivisible,
  singleInput,
} from "./build.ts";

export interface AutoencoderOptions extends ModelOptions {
  /** Shape of one input. Defaults to `[784]` for the dense and `[28, 28, 1]` for the convolutional one. */
  inputShape?: readonly number[];
  /** Size of the code. Defaults to `32`. */
  code?: number;
  /** Neurons, or filters, of the encoder's layers; the decoder has them in reverse. Defaults to `[128, 64]`, or `[16, 32]`. */
  hidden?: readonly number[];
  /** Activation of the output: `"sigmoid"` for values from 0 to 1. Defaults to `"sigmoid"`. */
  outputActivation?: "sigmoid" | "linear" | "tanh";
}

/**
 * Autoencoder of dense layers (Hinton and Salakhutdinov, 2006): its layer `"code"` is the compressed input.
 *
 * Input and output `[batch, …inputShape]`; 222,384 parameters by default.
 */
export function autoencoder(options: AutoencoderOptions = {}): tf.LayersModel {
  const { inputShape = [784], code = 32, hidden = [128, 64], outputActivation = "sigmoid", seed } = options;
  const size = inputShape.reduce((a, b) => a * b, 1);
  const dense = (units: number) =>
    tf.layers.dense({ units, activation: "relu", kernelInitializer: "heNormal" });
  return singleInput("autoencoder", inputShape, seed, (input) =>
    chain(
      input,
      ...(inputShape.length > 1 ? [tf.layers.flatten()] : []),
      ...hidden.map(dense),
      tf.layers.dense({ units: code, name: "code" }),
      ...[...hidden].reverse().map(dense),
      tf.layers.dense({ units: size, activation: outputActivation, name: "reconstruction" }),
      ...(inputShape.length > 1 ? [tf.layers.reshape({ targetShape: [...inputShape] })] : []),
    ),
  );
}

/**
 * Autoencoder of convolutions that halve and double the maps: its layer `"code"` is the compressed image.
 *
 * Input and output `[batch, height, width, channels]`, height and width multiples of 2^hidden.length; 111,521 parameters
 * by default.
 *
 * @throws RangeError if height or width can't be halved as often.
 */
export function convolutionalAutoencoder(options: AutoencoderOptions = {}): tf.LayersModel {
  const {
    inputShape = [28, 28, 1],
    code = 32,
    hidden = [16, 32],
    outputActivation = "sigmoid",
    seed,
  } = options;
  const shape = inputShape as unknown as ImageShape;
  requireDivisible("The autoencoder", shape, 2 ** hidden.length);
  return singleInput("convolutional_autoencoder", inputShape, seed, (input) => {
    const maps = chain(
      input,
      ...hidden.map((filters) => convolution(filters, 3, { strides: 2, activation: "relu" })),
    );
    const coded = chain(maps, tf.layers.flatten(), tf.layers.dense({ units: code, name: "code" }));
    return chain(coded, ...imageDecoder(shape, hidden, outputActivation));
  });
}

/** From a vector to an image by transposed convolutions. */
export function imageDecoder(
  [height, width, channels]: ImageShape,
  hidden: readonly number[],
  activation: "sigmoid" | "linear" | "tanh",
): tf.layers.Layer[] {
  const factor = 2 ** hidden.length;
  const small = [height / factor, width / factor, hidden.at(-1) ?? channels];
  const filters = [...[...hidden].reverse().slice(1), channels];
  return [
    tf.layers.dense({
      units: small.reduce((a, b) => a * b, 1),
      activation: "relu",
      kernelInitializer: "heNormal",
    }),
    tf.layers.reshape({ targetShape: small }),
    ...filters.map((count, index) =>
      tf.layers.conv2dTranspose({
        ...{ filters: count, kernelSize: 3, strides: 2, padding: "same" },
        activation: index < filters.length - 1 ? "relu" : activation,
      }),
    ),
  ];
}
