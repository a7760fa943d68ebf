// Models that make images: they learn, a seed decides what they do, nothing leaks, and their formulas are the papers'.

import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { use } from "../backend/index.ts";
import * as models from "./index.ts";

// Tensors are counted here, so none may go at a moment of the garbage collector's choice.
process.env.NABLAB_FORGOTTEN = "keep";

/** Squares at four places, `[count, 8, 8, 1]`, with values from `low` to 1. */
function squares(count: number, low: number): tf.Tensor {
  const values = Float32Array.from({ length: count * 64 }, (_, index) => {
    const [image, row, column] = [Math.floor(index / 64), Math.floor((index % 64) / 8), index % 8];
    const inRow = Math.floor(row / 4) === image % 2;
    const inColumn = Math.floor(column / 4) === Math.floor(image / 2) % 2;
    return inRow && inColumn ? 1 : low;
  });
  return tf.tensor4d(values, [count, 8, 8, 1]);
}

const inputShape = [8, 8, 1] as const;

describe("a variational autoencoder", () => {
  before(() => use("wasm"));
  const make = () => models.variationalAutoencoder({ inputShape, hidden: [8], code: 2, seed: 3 });

  it("learns, the same for the same seed, without leaks", async () => {
    const images = squares(16, 0);
    const run = async () => {
      const model = make();
      const losses = await model.fit(images, { epochs: 60, batchSize: 8 });
      const sample = model.sample(2, { seed: 1 });
      const values = sample.dataSync();
      assert.deepEqual(sample.shape, [2, 8, 8, 1]);
      assert.ok(values.every((value) => value >= 0 && value <= 1));
      const reconstruction = model.reconstruct(images);
      const error = tf.losses.meanSquaredError(images, reconstruction);
      assert.ok((error.dataSync()[0] as number) < 0.2);
      tf.dispose([sample, reconstruction, error]);
      model.dispose();
      return { losses, values };
    };
    const first = await run();
    const before = tf.memory().numTensors;
    const second = await run();
    assert.equal(tf.memory().numTensors, before);
    assert.deepEqual(second, first);
    const [start, end] = [first.losses[0], first.losses.at(-1)];
    assert.ok(end!.loss < 0.8 * start!.loss, `${start!.loss} to ${end!.loss}`);
    assert.ok(Math.abs(end!.loss - end!.reconstruction - end!.divergence) < 1e-3);
  });

  it("measures the divergence and the cross-entropy of the paper", () => {
    const model = make();
    // All weights 0: the means are the biases, every pixel has the probability 1/2.
    for (const part of [model.encoder, model.decoder]) {
      part.setWeights(part.getWeights().map((weight) => tf.zerosLike(weight)));
    }
    for (const [name, value] of [
      ["mean", 3],
      ["log_variance", Math.log(4)],
    ] as const) {
      const layer = model.encoder.getLayer(name);
      layer.setWeights([layer.getWeights()[0] as tf.Tensor, tf.fill([2], value)]);
    }
    const losses = model.trainStep(squares(4, 0));
    // Appendix B: −½ Σ (1 + log σ² − μ² − σ²), with two codes.
    assert.ok(Math.abs(losses.divergence - -(1 + Math.log(4) - 9 - 4)) < 1e-4);
    assert.ok(Math.abs(losses.reconstruction - 64 * Math.log(2)) < 1e-3);
  });
});

describe("a generative adversarial network", () => {
  before(() => use("wasm"));
  const make = () => models.adversarial({ inputShape, filters: 4, code: 5, learningRate: 2e-3, seed: 2 });

  it("begins at log 2 and 2 log 2, trains both in turn, the same for the same seed, without leaks", async () => {
    const images = squares(16, -1);
    const run = async () => {
      const model = make();
      const first = model.trainStep(images);
      assert.ok(Math.abs(first.discriminator - 2 * Math.log(2)) < 0.1);
      assert.ok(Math.abs(first.generator - Math.log(2)) < 0.1);
      const losses = await model.fit(images, { epochs: 10, batchSize: 8 });
      const sample = model.sample(3, { seed: 4 });
      const values = sample.dataSync();
      assert.deepEqual(sample.shape, [3, 8, 8, 1]);
      assert.ok(values.every((value) => value >= -1 && value <= 1));
      sample.dispose();
      model.dispose();
      return { losses, values };
    };
    const first = await run();
    const before = tf.memory().numTensors;
    assert.deepEqual(await run(), first);
    assert.equal(tf.memory().numTensors, before);
    assert.ok(first.losses.at(-1)!.discriminator < 1.3);
  });

  it("wants images that can be halved down to 4 × 4", () => {
    assert.throws(
      () => models.adversarial({ inputShape: [28, 28, 1] }),
      /The images are 28 × 28; they must be 8 × 8/,
    );
  });
});

describe("a diffusion model", () => {
  before(() => use("wasm"));
  const make = (more: models.DiffusionOptions = {}) =>
    models.diffusion({
      ...{
        inputShape,
        channels: 8,
        multipliers: [1, 2],
        attention: [4],
        blocks: 1,
        dropout: 0,
        steps: 50,
        seed: 1,
      },
      ...{ learningRate: 3e-3, ...more },
    });

  it("has the schedules of the papers", () => {
    const models = [make({ steps: 1000 }), make({ schedule: "cosine", steps: 1000 })] as const;
    const [linear, cosine] = [models[0].signal, models[1].signal];
    for (const model of models) model.dispose();
    assert.ok(Math.abs((linear[0] as number) - (1 - 1e-4)) < 1e-12);
    assert.ok(Math.abs((linear[1] as number) - (1 - 1e-4) * (1 - 1e-4 - 0.0199 / 999)) < 1e-12);
    // Ho et al., section 4: the prior's divergence is about 10⁻⁵ bits, √signal about 0.0063.
    assert.ok(Math.abs(Math.sqrt(linear[999] as number) - 0.00635) < 1e-4);
    const level = (step: number) => Math.cos(((step / 1000 + 0.008) / 1.008) * (Math.PI / 2)) ** 2;
    assert.ok(Math.abs((cosine[499] as number) - level(500) / level(0)) < 1e-9);
    assert.ok(cosine.every((value, index) => index === 0 || value < (cosine[index - 1] as number)));
  });

  it("learns, draws the same for the same seed, without leaks", async () => {
    const images = squares(16, -1);
    const run = async () => {
      const model = make();
      const losses = await model.fit(images, { epochs: 10, batchSize: 8 });
      const [slow, fast] = [await model.sample(2, { seed: 3 }), await model.sample(2, { seed: 3, steps: 5 })];
      const values = [slow, fast].map((sample) => Array.from(sample.dataSync()));
      assert.deepEqual([slow.shape, fast.shape], Array(2).fill([2, 8, 8, 1]));
      assert.ok(values.flat().every((value) => Math.abs(value) <= 1 + 1e-5));
      tf.dispose([slow, fast]);
      model.dispose();
      return { losses, values };
    };
    const first = await run();
    const before = tf.memory().numTensors;
    assert.deepEqual(await run(), first);
    assert.equal(tf.memory().numTensors, before);
    // A network that says nothing has the variance of the noise, 1.
    assert.ok(Math.abs(first.losses[0]!.loss - 1) < 0.3);
    assert.ok(first.losses.at(-1)!.loss < 0.8, `${first.losses.at(-1)!.loss}`);
  });

  it("finds the image itself where the network knows the noise", async () => {
    const model = make();
    const image = tf.fill([1, 8, 8, 1], 0.5);
    // The noise in x at a time is (x − √signal · image) / √(1 − signal).
    model.network.predict = ((inputs: tf.Tensor[]) => {
      const [x, time] = inputs as [tf.Tensor, tf.Tensor];
      const signal = model.signal[time.dataSync()[0] as number] as number;
      return tf.div(tf.sub(x, tf.mul(image, Math.sqrt(signal))), Math.sqrt(1 - signal));
    }) as typeof model.network.predict;
    for (const steps of [50, 7]) {
      const found = (await model.sample(1, { steps })).dataSync();
      for (const value of found) assert.ok(Math.abs(value - 0.5) < 1e-3, `${value}`);
    }
  });

  it("stops at a signal and refuses more steps than it has", async () => {
    const model = make();
    const before = tf.memory().numTensors;
    await assert.rejects(model.sample(1, { signal: AbortSignal.abort(new Error("enough")) }), /enough/);
    await assert.rejects(
      model.sample(1, { steps: 51 }),
      /steps is 51; it must be a whole number from 1 to 50/,
    );
    assert.equal(tf.memory().numTensors, before);
    const history = await model.fit(squares(4, -1), { signal: AbortSignal.abort() });
    assert.deepEqual(history, []);
  });
});
