// What decides which examples and layers count, and how much.

import assert from "node:assert/strict";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { images, smallNet, weightsOf } from "./battery/callbacks.ts";
// Under its own name the linter takes it for a focused test.
import { type FitOptions, fit as fitModel } from "./fit.ts";
import { discriminativeRates, freeze } from "./layer-rates.ts";
import { crossEntropy } from "./losses/index.ts";

await tf.setBackend("cpu");

const silent = { show: false, compile: false, epochs: 1, shuffle: false } as const;

/** Loss of one epoch with a rate of 0, over six examples of class 0 and two of class 1. */
async function lossWith(options: FitOptions): Promise<number> {
  const data = { x: tf.zeros([8, 1]), y: tf.tensor1d([0, 0, 0, 1, 0, 0, 1, 0], "int32") };
  const dense = tf.layers.dense({ inputShape: [1], units: 2, activation: "softmax" });
  const model = tf.sequential({ layers: [dense] });
  dense.setWeights([tf.zeros([1, 2]), tf.tensor1d([Math.log(3), 0])]);
  const { loss } = await fitModel(model, data, { ...silent, optimizer: tf.train.sgd(0), ...options });
  return loss[0] as number;
}

test("class and sample weights multiply the losses", async () => {
  const [often, seldom] = [-Math.log(3 / 4), -Math.log(1 / 4)];
  const near = (found: number, expected: number) =>
    assert.ok(Math.abs(found - expected) < 1e-6, `${found}, ${expected}`);
  near(await lossWith({}), (6 * often + 2 * seldom) / 8);
  near(await lossWith({ classWeight: { 1: 3 } }), (6 * often + 6 * seldom) / 8);
  near(await lossWith({ classWeight: [0.5, 3] }), (3 * often + 6 * seldom) / 8);
  // 8 / (2 · 6) and 8 / (2 · 2).
  near(await lossWith({ classWeight: "balanced" }), (4 * often + 4 * seldom) / 8);
  const sampleWeight = [1, 0, 0, 2, 0, 0, 0, 1];
  near(await lossWith({ sampleWeight, batchSize: 3 }), (2 * often + 2 * seldom) / 8);
  near(await lossWith({ sampleWeight, classWeight: [2, 1] }), (4 * often + 2 * seldom) / 8);
  const loss = crossEntropy({ fromLogits: false });
  near(await lossWith({ loss, metrics: [], sampleWeight }), (2 * often + 2 * seldom) / 8);
});

test("weights that don't fit are told", async () => {
  await assert.rejects(lossWith({ sampleWeight: [1, 2] }), /sampleWeight has 2 weights for 8 examples/);
  await assert.rejects(lossWith({ sampleWeight: Array(8).fill(-1) }), /sampleWeight\[0\] is -1/);
  await assert.rejects(
    lossWith({ classWeight: { 2: 1 } }),
    /weight for class 2; the model has the classes 0 to 1/,
  );
  const whole = (target: tf.Tensor, prediction: tf.Tensor) => tf.mean(tf.sub(prediction, target));
  await assert.rejects(
    lossWith({ loss: whole, sampleWeight: Array(8).fill(1) }),
    /one number for a whole batch/,
  );
});

test("a run that could not begin leaves nothing", async () => {
  const [data, model] = [images(), smallNet()];
  const optimizer = tf.train.adam(0.01);
  const options = { ...silent, optimizer, classWeight: [1, 2] };
  await fitModel(model, data, options);
  const before = tf.memory().numTensors;
  await assert.rejects(fitModel(model, data, { ...options, layerRates: { none: 1 } }), /no layer "none"/);
  await assert.rejects(fitModel(model, data, { ...options, sampleWeight: [1] }), /has 1 weights/);
  await assert.rejects(fitModel(model, data, { ...options, resume: "/nowhere" }), /no checkpoint/);
  assert.equal(tf.memory().numTensors, before);
  assert.equal(Object.hasOwn(optimizer, "applyGradients"), false);
});

test("images as targets can be weighed by sample", async () => {
  const x = tf.zeros([2, 3, 3, 1]);
  const y = tf.tidy(() => tf.tensor1d([1, 2]).reshape([2, 1, 1, 1]).tile([1, 3, 3, 1]));
  const model = tf.sequential({
    layers: [tf.layers.conv2d({ inputShape: [3, 3, 1], filters: 1, kernelSize: 1 })],
  });
  const options = { ...silent, optimizer: tf.train.sgd(0), sampleWeight: [0, 3] };
  const { loss } = await fitModel(model, { x, y }, options);
  assert.ok(Math.abs((loss[0] as number) - 6) < 1e-6, String(loss));
});

test("frozen layers stay, others learn, and thawed ones learn again with the same optimizer", async () => {
  const data = images();
  const model = freeze(smallNet(), "normal");
  const kernels = () => [...(model.getLayer("filters").getWeights()[0] as tf.Tensor).dataSync()];
  const classes = () => [...(model.getLayer("classes").getWeights()[0] as tf.Tensor).dataSync()];
  const [start, startClasses] = [kernels(), classes()];
  const optimizer = tf.train.adam(0.01);
  await fitModel(model, data, { ...silent, optimizer });
  assert.deepEqual(kernels(), start);
  assert.notDeepEqual(classes(), startClasses);
  freeze(model, 0);
  await fitModel(model, data, silent);
  assert.notDeepEqual(kernels(), start);
  freeze(model, 2);
  const learned = kernels();
  await fitModel(model, data, silent);
  assert.deepEqual(kernels(), learned);
  assert.equal(optimizer.iterations, 3);
  assert.throws(() => freeze(model, "nothing"), /no layer "nothing"; its layers are filters, normal/);
  assert.throws(() => freeze(model, 9), /upTo is 9; the model has 5 layers/);
});

test("a layer's rate scales its steps, whatever the optimizer", async () => {
  const moved = async (optimizer: tf.Optimizer, layerRates: Record<string, number>) => {
    const data = images();
    const model = smallNet(0);
    const start = weightsOf(model);
    await fitModel(model, data, { ...silent, batchSize: 22, optimizer, layerRates });
    return weightsOf(model).map((weight, index) => weight - (start[index] as number));
  };
  for (const make of [() => tf.train.sgd(0.1), () => tf.train.adam(0.01)]) {
    const [whole, part] = [await moved(make(), {}), await moved(make(), { filters: 0.25, classes: 0 })];
    // The kernel and bias of the convolution come first, those of the last layer at the end of the trainable ones.
    for (let index = 0; index < 30; index++) {
      assert.ok(Math.abs((part[index] as number) - 0.25 * (whole[index] as number)) < 1e-6);
    }
    assert.ok(whole.slice(0, 27).some((step) => Math.abs(step) > 1e-4));
  }
  const model = smallNet();
  const data = images();
  const frozen = [...(model.getLayer("classes").getWeights()[0] as tf.Tensor).dataSync()];
  await fitModel(model, data, { ...silent, layerRates: { classes: 0 } });
  assert.deepEqual([...(model.getLayer("classes").getWeights()[0] as tf.Tensor).dataSync()], frozen);
  await assert.rejects(fitModel(model, data, { ...silent, layerRates: { none: 1 } }), /no layer "none"/);
});

test("discriminative rates grow evenly from layer to layer", () => {
  const rates = discriminativeRates(smallNet(), 0.01);
  assert.deepEqual(Object.keys(rates), ["filters", "normal", "classes"]);
  for (const [index, rate] of [0.01, 0.1, 1].entries()) {
    assert.ok(Math.abs((Object.values(rates)[index] as number) - rate) < 1e-12);
  }
  assert.throws(() => discriminativeRates(smallNet(), 0), /first is 0/);
});
