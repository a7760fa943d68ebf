// Variational autoencoder: codes are normal distributions, kept near the standard one, so that images can be drawn.

import * as tf from "@tensorflow/tfjs";
import { randomNormal } from "../backend/index.ts";
import { random, withRandomSource } from "../data/random.ts";
import { reparameterize } from "../layers/index.ts";
import { imageDecoder } from "./autoencoder.ts";
import { chain, convolution, type ImageShape, type ModelOptions, requireDivisible, seeded } from "./build.ts";
import { descend, GenerativeModel, inTraining } from "./generative.ts";

export interface VariationalAutoencoderOptions extends ModelOptions {
  /** Height, width and channels of an image with values from 0 to 1. Defaults to `[28, 28, 1]`. */
  inputShape?: ImageShape;
  /** Size of the code. Defaults to `2`, which can be drawn as a map. */
  code?: number;
  /** Filters of the encoder's convolutions, each of which halves the maps; the decoder has them in reverse. Defaults to `[32, 64]`. */
  hidden?: readonly number[];
  /** Weight of the divergence (Higgins et al., 2017, β-VAE). Defaults to `1`. */
  beta?: number;
  /** Defaults to Adam with learning rate 0.001; it stays the caller's. */
  optimizer?: tf.Optimizer;
}

/** Means over the images, in nats. */
export interface VariationalLosses extends Record<string, number> {
  /** Reconstruction and β times the divergence. */
  loss: number;
  /** Cross-entropy summed over the pixels. */
  reconstruction: number;
  /** Kullback-Leibler divergence of the codes from the standard normal distribution. */
  divergence: number;
}

/** Variational autoencoder (Kingma and Welling, 2013); see `dl.models.variationalAutoencoder`. */
export class VariationalAutoencoder extends GenerativeModel<VariationalLosses> {
  /** Images to mean, logarithm of the variance and a draw of the code, `[batch, code]` each. */
  readonly encoder: tf.LayersModel;
  /** Codes `[batch, code]` to images. */
  readonly decoder: tf.LayersModel;
  readonly #beta: number;
  readonly #optimizer: tf.Optimizer;
  readonly #ownsOptimizer: boolean;

  constructor(encoder: tf.LayersModel, decoder: tf.LayersModel, options: VariationalAutoencoderOptions) {
    super([encoder, decoder], options.seed);
    this.encoder = encoder;
    this.decoder = decoder;
    this.#beta = options.beta ?? 1;
    this.#optimizer = options.optimizer ?? tf.train.adam(1e-3);
    this.#ownsOptimizer = options.optimizer === undefined;
  }

  override trainStep(batch: tf.Tensor): VariationalLosses {
    let parts = { reconstruction: 0, divergence: 0 };
    const loss = this.withOwnRandom(() =>
      descend(this.#optimizer, [this.encoder, this.decoder], () => {
        const { reconstruction, divergence } = this.#losses(batch);
        parts = { reconstruction: scalar(reconstruction), divergence: scalar(divergence) };
        return tf.add(reconstruction, tf.mul(divergence, this.#beta)) as tf.Scalar;
      }),
    );
    return { loss, ...parts };
  }

  /** Images from the means of their codes; the caller disposes the tensor. */
  reconstruct(images: tf.Tensor): tf.Tensor {
    return tf.tidy(() => {
      const [mean] = this.encoder.predict(images) as tf.Tensor[];
      return this.decoder.predict(mean as tf.Tensor) as tf.Tensor;
    });
  }

  /** New images `[count, …]` from random codes; the caller disposes the tensor. */
  sample(count: number, { seed = 0 }: { seed?: number } = {}): tf.Tensor {
    const [input] = this.decoder.inputs as [tf.SymbolicTensor];
    const size = input.shape[1] as number;
    return tf.tidy(() => {
      const codes = withRandomSource(random(seed), () => randomNormal([count, size]));
      return this.decoder.predict(codes) as tf.Tensor;
    });
  }

  override dispose(): void {
    super.dispose();
    if (this.#ownsOptimizer) this.#optimizer.dispose();
  }

  #losses(images: tf.Tensor): { reconstruction: tf.Tensor; divergence: tf.Tensor } {
    const [mean, logVariance, code] = inTraining(this.encoder, images) as [tf.Tensor, tf.Tensor, tf.Tensor];
    const [found] = inTraining(this.decoder, code) as [tf.Tensor];
    const likely = tf.clipByValue(found, 1e-7, 1 - 1e-7);
    const crossEntropy = tf.neg(
      tf.add(tf.mul(images, tf.log(likely)), tf.mul(tf.sub(1, images), tf.log(tf.sub(1, likely)))),
    );
    const [batch] = images.shape as [number];
    const excess = tf.sub(tf.add(tf.square(mean), tf.exp(logVariance)), tf.add(1, logVariance));
    return {
      reconstruction: tf.div(tf.sum(crossEntropy), batch),
      divergence: tf.div(tf.sum(excess), 2 * batch),
    };
  }
}

function scalar(value: tf.Tensor): number {
  return value.dataSync()[0] as number;
}

/**
 * A variational autoencoder (Kingma and Welling, 2013) of convolutions; train it with `fit`, draw images with `sample`.
 *
 * Images `[batch, height, width, channels]` with values from 0 to 1, height and width multiples of 2^hidden.length;
 * 62,149 parameters by default.
 *
 * @throws RangeError if height or width can't be halved as often.
 */
export function variationalAutoencoder(options: VariationalAutoencoderOptions = {}): VariationalAutoencoder {
  const { inputShape = [28, 28, 1], code = 2, hidden = [32, 64], seed } = options;
  requireDivisible("The autoencoder", inputShape, 2 ** hidden.length);
  return seeded(seed, () => {
    const image = tf.input({ shape: [...inputShape], name: "image" });
    const layers = hidden.map((filters) => convolution(filters, 3, { strides: 2, activation: "relu" }));
    const features = chain(image, ...layers, tf.layers.flatten());
    const mean = chain(features, tf.layers.dense({ units: code, name: "mean" }));
    const logVariance = chain(features, tf.layers.dense({ units: code, name: "log_variance" }));
    const drawn = reparameterize({ name: "draw" }).apply([mean, logVariance]) as tf.SymbolicTensor;
    const encoder = tf.model({ inputs: image, outputs: [mean, logVariance, drawn], name: "encoder" });
    const given = tf.input({ shape: [code], name: "code" });
    const made = chain(given, ...imageDecoder(inputShape, hidden, "sigmoid"));
    const decoder = tf.model({ inputs: given, outputs: made, name: "decoder" });
    return new VariationalAutoencoder(encoder, decoder, options);
  });
}
