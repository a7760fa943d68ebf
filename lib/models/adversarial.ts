// Generative adversarial network: one network makes images, the other learns to tell them from real ones.

import * as tf from "@tensorflow/tfjs";
import { randomNormal } from "../backend/index.ts";
import { random, withRandomSource } from "../data/random.ts";
import { chain, type ImageShape, type ModelOptions, seeded } from "./build.ts";
import { descend, GenerativeModel, inTraining } from "./generative.ts";

export interface AdversarialOptions extends ModelOptions {
  /** Height, width and channels of an image with values from −1 to 1: square, 8, 16, 32, 64, … wide. Defaults to `[32, 32, 1]`. */
  inputShape?: ImageShape;
  /** Size of the random vector that an image is made from. Defaults to `100`. */
  code?: number;
  /** Filters of the largest maps, doubled at each halving. Defaults to `64`. */
  filters?: number;
  /** Learning rate of both Adam optimizers, whose first moment has the decay 0.5. Defaults to `2e-4`. */
  learningRate?: number;
}

/** Means over the images, in nats. */
export interface AdversarialLosses extends Record<string, number> {
  generator: number;
  discriminator: number;
}

/** Deep convolutional GAN; see `dl.models.adversarial`. */
export class Adversarial extends GenerativeModel<AdversarialLosses> {
  /** Random vectors `[batch, code]` to images with values from −1 to 1. */
  readonly generator: tf.LayersModel;
  /** Images to logits `[batch, 1]`, positive for those taken to be real. */
  readonly discriminator: tf.LayersModel;
  readonly #optimizers: readonly [generator: tf.Optimizer, discriminator: tf.Optimizer];

  constructor(generator: tf.LayersModel, discriminator: tf.LayersModel, options: AdversarialOptions) {
    super([generator, discriminator], options.seed);
    this.generator = generator;
    this.discriminator = discriminator;
    const adam = () => tf.train.adam(options.learningRate ?? 2e-4, 0.5);
    this.#optimizers = [adam(), adam()];
  }

  /** First the discriminator learns from real and made images, then the generator from what the discriminator says. */
  override trainStep(batch: tf.Tensor): AdversarialLosses {
    const [count] = batch.shape as [number];
    const [forGenerator, forDiscriminator] = this.#optimizers;
    return this.withOwnRandom(() => {
      const made = tf.tidy(() => inTraining(this.generator, this.#codes(count))[0] as tf.Tensor);
      const discriminator = descend(forDiscriminator, [this.discriminator], () =>
        tf.add(this.#judged(batch, 1), this.#judged(made, 0)),
      );
      made.dispose();
      const generator = descend(forGenerator, [this.generator], () =>
        this.#judged(inTraining(this.generator, this.#codes(count))[0] as tf.Tensor, 1),
      );
      return { generator, discriminator };
    });
  }

  /** New images `[count, …]`; the caller disposes the tensor. */
  sample(count: number, { seed = 0 }: { seed?: number } = {}): tf.Tensor {
    return tf.tidy(() => {
      const codes = withRandomSource(random(seed), () => this.#codes(count));
      return this.generator.predict(codes) as tf.Tensor;
    });
  }

  override dispose(): void {
    super.dispose();
    for (const optimizer of this.#optimizers) optimizer.dispose();
  }

  #codes(count: number): tf.Tensor {
    return randomNormal([count, this.generator.inputs[0]?.shape[1] as number]);
  }

  /** Mean cross-entropy of the discriminator if all images are real (1) or all are made (0). */
  #judged(images: tf.Tensor, real: 0 | 1): tf.Scalar {
    const [logits] = inTraining(this.discriminator, images) as [tf.Tensor];
    return tf.mean(tf.softplus(real === 1 ? tf.neg(logits) : logits)) as tf.Scalar;
  }
}

/**
 * A generative adversarial network (Goodfellow et al., 2014) of convolutions (Radford, Metz and Chintala, 2015, DCGAN),
 * where the generator maximizes the probability that its images are taken to be real.
 *
 * Images `[batch, height, width, channels]` with values from −1 to 1. With `inputShape: [64, 64, 3]` the generator has
 * 3,576,704 trained parameters and the discriminator 2,765,568, as in PyTorch's DCGAN example.
 *
 * @throws RangeError if the image is not square with a width of 4 times a power of 2, from 8 on.
 */
export function adversarial(options: AdversarialOptions = {}): Adversarial {
  const { inputShape = [32, 32, 1], code = 100, filters = 64, seed } = options;
  const [height, width, channels] = inputShape;
  const halvings = Math.log2(width / 4);
  if (height !== width || !Number.isInteger(halvings) || halvings < 1) {
    throw new RangeError(
      `The images are ${height} × ${width}; they must be 8 × 8, 16 × 16, 32 × 32, 64 × 64, ….`,
    );
  }
  const counts = Array.from({ length: halvings }, (_, index) => filters * 2 ** index);
  return seeded(seed, () => {
    const given = tf.input({ shape: [code], name: "code" });
    const [largest, ...rest] = [...counts].reverse() as [number, ...number[]];
    const made = chain(
      given,
      tf.layers.reshape({ targetShape: [1, 1, code] }),
      ...[enlarge(largest, "valid"), ...rest.map((count) => enlarge(count, "same"))].flatMap((layer) => [
        layer,
        tf.layers.batchNormalization({ epsilon: 1e-5, momentum: 0.9 }),
        tf.layers.reLU(),
      ]),
      enlarge(channels, "same", "tanh"),
    );
    const image = tf.input({ shape: [...inputShape], name: "image" });
    const judged = chain(
      image,
      ...counts.flatMap((count, index) => [
        shrink(count, "same"),
        ...(index > 0 ? [tf.layers.batchNormalization({ epsilon: 1e-5, momentum: 0.9 })] : []),
        tf.layers.leakyReLU({ alpha: 0.2 }),
      ]),
      shrink(1, "valid"),
      tf.layers.flatten({ name: "logit" }),
    );
    return new Adversarial(
      tf.model({ inputs: given, outputs: made, name: "generator" }),
      tf.model({ inputs: image, outputs: judged, name: "discriminator" }),
      options,
    );
  });
}

const small = () => tf.initializers.randomNormal({ mean: 0, stddev: 0.02 });

/** From 1 × 1 to 4 × 4 without padding, twice as large with it. */
function enlarge(filters: number, padding: "same" | "valid", activation?: "tanh"): tf.layers.Layer {
  return tf.layers.conv2dTranspose({
    ...{ filters, kernelSize: 4, strides: padding === "same" ? 2 : 1, padding, useBias: false, activation },
    kernelInitializer: small(),
  });
}

function shrink(filters: number, padding: "same" | "valid"): tf.layers.Layer {
  return tf.layers.conv2d({
    ...{ filters, kernelSize: 4, strides: padding === "same" ? 2 : 1, padding, useBias: false },
    kernelInitializer: small(),
  });
}
