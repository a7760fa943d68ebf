// Siamese networks: the same embedding for two inputs, and how far they are apart.

import * as tf from "@tensorflow/tfjs";
import { l2Normalization } from "../layers/index.ts";
import { chain, convolution, type ImageShape, type ModelOptions, type Symbolic, seeded } from "./build.ts";

export interface SiameseOptions extends ModelOptions {
  /** Height, width and channels of an image. Defaults to `[28, 28, 1]`. */
  inputShape?: ImageShape;
  /** Size of the embedding. Defaults to `32`. */
  embedding?: number;
  /** Filters of the convolutions, each followed by halving. Defaults to `[16, 32]`. */
  filters?: readonly number[];
}

export interface Siamese {
  /** Takes `[left, right]`, images of the same shape; gives the probability that they show the same, `[batch, 1]`. */
  model: tf.LayersModel;
  /** The part that both share: images to vectors of length 1, `[batch, embedding]`. */
  embedding: tf.LayersModel;
}

/**
 * Siamese network (Bromley et al., 1993; Koch, Zemel and Salakhutdinov, 2015): the cosine between two embeddings of
 * length 1, scaled and shifted to a probability.
 *
 * 55,010 parameters by default, those of the embedding once and two more.
 */
export function siamese(options: SiameseOptions = {}): Siamese {
  const { inputShape = [28, 28, 1], embedding: size = 32, filters = [16, 32], seed } = options;
  return seeded(seed, () => {
    const image = tf.input({ shape: [...inputShape], name: "image" });
    const layers = filters.flatMap((count) => [
      convolution(count, 3, { activation: "relu" }),
      tf.layers.maxPooling2d({ poolSize: 2 }),
    ]);
    const vector = chain(
      image,
      ...layers,
      tf.layers.flatten(),
      tf.layers.dense({ units: size }),
      l2Normalization(),
    );
    const embedding = tf.model({ inputs: image, outputs: vector, name: "embedding" });
    const [left, right] = ["left", "right"].map((name) => tf.input({ shape: [...inputShape], name })) as [
      Symbolic,
      Symbolic,
    ];
    const pair = [left, right].map((input) => embedding.apply(input) as Symbolic);
    const cosine = tf.layers.dot({ axes: -1 }).apply(pair) as Symbolic;
    const same = tf.layers.dense({
      units: 1,
      activation: "sigmoid",
      kernelInitializer: "ones",
      name: "same",
    });
    return {
      model: tf.model({ inputs: [left, right], outputs: chain(cosine, same), name: "siamese" }),
      embedding,
    };
  });
}
