// Every builder of `dl.models` comes back from a file with the same answers, and its weights go into a second one.

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { use } from "../backend/index.ts";
import * as models from "../models/index.ts";
import { load, save } from "./index.ts";

const image = { inputShape: [16, 16, 1], classes: 3 } as const;
const large = { inputShape: [32, 32, 1], classes: 3, width: 0.1, dropout: 0 } as const;
const tokens = { features: 8, heads: 2, dropout: 0 } as const;

/** Small models; those of several networks by network. */
const builders: Record<
  keyof typeof models,
  (seed: number) => tf.LayersModel | Record<string, tf.LayersModel>
> = {
  perceptron: (seed) => models.perceptron({ seed }),
  mlp: (seed) => models.mlp({ inputShape: [6, 6], hidden: [8], outputs: 3, seed }),
  lenet: (seed) => models.lenet({ seed }),
  smallCnn: (seed) => models.smallCnn({ classes: 3, filters: [4, 8], seed }),
  alexnet: (seed) => models.alexnet({ inputShape: [67, 67, 1], classes: 3, width: 0.1, units: 8, seed }),
  vgg: (seed) => models.vgg({ ...large, depth: 11, units: 8, batchNormalization: true, seed }),
  resnet: (seed) =>
    models.resnet({ ...image, depth: 8, filters: 4, squeezeExcite: 2, stochasticDepth: 0.1, seed }),
  googlenet: (seed) => models.googlenet({ ...large, seed }),
  densenet: (seed) => models.densenet({ ...image, blocks: [2, 2], growth: 4, stem: false, seed }),
  mobilenet: (seed) => models.mobilenet({ ...large, seed }),
  vit: (seed) => models.vit({ inputShape: [8, 8, 1], classes: 3, blocks: 1, ...tokens, seed }),
  mixer: (seed) => models.mixer({ inputShape: [8, 8, 1], classes: 3, features: 8, blocks: 1, seed }),
  pointnet: (seed) => models.pointnet({ classes: 3, width: 0.1, seed }),
  unet: (seed) => models.unet({ ...image, filters: 4, levels: 2, seed }),
  fcn: (seed) => models.fcn({ ...image, filters: [4, 8, 8], units: 8, stride: 2, seed }),
  autoencoder: (seed) => models.autoencoder({ inputShape: [4, 4], hidden: [8], code: 3, seed }),
  convolutionalAutoencoder: (seed) =>
    models.convolutionalAutoencoder({ inputShape: [8, 8, 1], hidden: [4, 8], seed }),
  yolo: (seed) => models.yolo({ inputShape: [32, 32, 1], classes: 2, seed }),
  siamese: (seed) => {
    const { model } = models.siamese({ inputShape: [8, 8, 1], filters: [4], embedding: 4, seed });
    return { model };
  },
  sequenceClassifier: (seed) =>
    models.sequenceClassifier({
      cell: "gru",
      units: [4],
      vocabulary: 7,
      bidirectional: true,
      classes: 3,
      seed,
    }),
  recurrentLanguageModel: (seed) =>
    models.recurrentLanguageModel({ vocabulary: 7, units: [8], embedding: 4, seed }),
  sequenceToSequence: (seed) =>
    models.sequenceToSequence({ sourceVocabulary: 7, targetVocabulary: 5, embedding: 4, units: 6, seed }),
  transformerClassifier: (seed) =>
    models.transformerClassifier({ vocabulary: 7, classes: 3, ...tokens, seed }),
  transformer: (seed) => models.transformer({ sourceVocabulary: 7, targetVocabulary: 5, ...tokens, seed }),
  gpt: (seed) => models.gpt({ vocabulary: 7, steps: 6, ...tokens, seed }),
  diffusionUnet: (seed) =>
    models.diffusionUnet({ inputShape: [8, 8, 1], channels: 4, multipliers: [1, 2], attention: [4], seed }),
  variationalAutoencoder: (seed) => {
    const { encoder, decoder } = models.variationalAutoencoder({ seed });
    return { encoder, decoder };
  },
  VariationalAutoencoder: () => ({}),
  adversarial: (seed) => {
    const { generator, discriminator } = models.adversarial({ seed });
    return { generator, discriminator };
  },
  Adversarial: () => ({}),
  diffusion: (seed) => {
    const { network } = models.diffusion({ inputShape: [8, 8, 1], channels: 4, multipliers: [1, 2], seed });
    return { network };
  },
  Diffusion: () => ({}),
  yoloGrid: () => ({}),
};

let folder: string;
before(async () => {
  await use("wasm");
  folder = await mkdtemp(join(tmpdir(), "builders-"));
});
after(() => rm(folder, { recursive: true }));

/** A model's weights and what it answers to the same numbers. */
function state(model: tf.LayersModel) {
  return tf.tidy(() => {
    const inputs = model.inputs.map(({ shape }) => {
      const size = shape.map((each, axis) => each ?? (axis === 0 ? 2 : 6));
      // Whole numbers 0 … 4 are tokens as well.
      return tf.cast(tf.randomUniform(size, 0, 5, "int32", 1), "float32");
    });
    const outputs = [model.predict(inputs.length === 1 ? (inputs[0] as tf.Tensor) : inputs)].flat();
    return {
      answers: outputs.map((output) => output.dataSync()),
      weights: model.getWeights().map((weight) => weight.dataSync()),
    };
  });
}

describe("every builder", () => {
  for (const [name, make] of Object.entries(builders)) {
    it(name, async () => {
      const made = make(1);
      if (made instanceof tf.LayersModel) return goesThroughFiles(name, made, make(2) as tf.LayersModel);
      const others = make(2) as Record<string, tf.LayersModel>;
      for (const [part, model] of Object.entries(made)) {
        await goesThroughFiles(`${name}-${part}`, model, others[part] as tf.LayersModel);
      }
    });
  }
});

function vary(model: tf.LayersModel, seed: number): void {
  tf.tidy(() => {
    model.setWeights(
      model.getWeights().map((weight, index) => {
        return tf.add(weight, tf.randomUniform(weight.shape, 0, 0.05, "float32", seed + 10 * index));
      }),
    );
  });
}

async function goesThroughFiles(name: string, model: tf.LayersModel, other: tf.LayersModel): Promise<void> {
  // Some models begin with zeros in their last layer.
  vary(model, 1);
  vary(other, 2);
  const found = state(model);
  const strange = state(other);
  const initial = other.getWeights().map((weight) => tf.clone(weight));
  for (const ending of ["", ".safetensors", ".keras", ".weights.h5", ".h5"]) {
    const path = join(folder, `${name}${ending}`);
    const forKeras = ending === ".keras" || ending === ".h5";
    if (forKeras && String(model.toJSON()).includes("hard_sigmoid")) {
      await assert.rejects(save(model, path), /which is .* in Keras 3/);
      continue;
    }
    await save(model, path);
    if (ending === "" || forKeras) {
      const before = tf.memory().numTensors;
      const loaded = await load(path);
      assert.deepEqual(state(loaded), found, `${ending} as a model`);
      for (const weight of loaded.weights) weight.dispose();
      assert.equal(tf.memory().numTensors, before, `${ending} leaves tensors`);
    }
    other.setWeights(initial);
    assert.deepEqual(state(other), strange);
    assert.notDeepEqual(strange.weights, found.weights);
    await load(path, { into: other });
    assert.deepEqual(state(other), found, `${ending} into a model`);
  }
}
