// Training steps that are started before the one ahead of them is computed: the numbers are those of steps one at a time,
// a failure takes back all that was built on it, and whoever looks at the model finds it after the last step.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { before, describe, it } from "node:test";
import { promisify } from "node:util";
import * as tf from "@tensorflow/tfjs";
import { list, memory, use } from "../backend/index.ts";
import { random } from "../data/random.ts";
import type { FitCallback } from "./callback.ts";
// Under its own name the linter takes it for a focused test.
import { fit as fitModel } from "./fit.ts";
import { initialize } from "./initialize.ts";
import type { StartedStep } from "./step.ts";
import { TrainingStep } from "./training-step.ts";

const status = list().find(({ name }) => name === "tensorflow");

const words = 12;
const length = 5;

/** Words of sentences, and the class of each sentence. */
function sentences(count: number): { x: tf.Tensor; y: tf.Tensor } {
  const source = random(8);
  const draw = (size: number, below: number) =>
    Int32Array.from({ length: size }, () => source.integer(below));
  return {
    x: tf.tensor(draw(count * length, words), [count, length], "int32"),
    y: tf.tensor(draw(count, 3), [count, 1], "int32"),
  };
}

/** Its statistics change with each step besides its weights. A word that it does not know makes a step fail. */
function classifier(optimizer: tf.Optimizer): tf.LayersModel {
  const model = tf.sequential({
    layers: [
      tf.layers.embedding({ inputDim: words, outputDim: 4, inputLength: length, name: "words" }),
      tf.layers.flatten(),
      tf.layers.batchNormalization(),
      tf.layers.dropout({ rate: 0.2 }),
      tf.layers.dense({ units: 3, activation: "softmax" }),
    ],
  });
  model.compile({ optimizer, loss: "sparseCategoricalCrossentropy", metrics: ["accuracy"] });
  return initialize(model, 3);
}

const weightsOf = (model: tf.LayersModel) =>
  model.getWeights().map((weight) => Array.from(weight.dataSync()));

const optimizers: Record<string, () => tf.Optimizer> = {
  // Changed in place, and as values.
  adam: () => tf.train.adam(0.01),
  rmsprop: () => tf.train.rmsprop(0.01),
  sgd: () => tf.train.sgd(0.05),
};

describe("training steps that run ahead", { skip: status?.available ? false : status?.reason }, () => {
  before(() => {
    // Tensors are counted here, so none may go at a moment of the garbage collector's choice.
    process.env.NABLAB_FORGOTTEN = "keep";
    return use("tensorflow");
  });

  for (const [name, optimizer] of Object.entries(optimizers)) {
    for (const compile of ["graph", "xla"] as const) {
      it(`give the numbers of steps one at a time: ${name}, ${compile}`, async () => {
        const data = sentences(60);
        const run = async (callbacks: FitCallback[]) => {
          const model = classifier(optimizer());
          const options = { epochs: 6, batchSize: 8, seed: 1, show: false, compile, callbacks };
          const { loss, accuracy, engine } = await fitModel(model, data, options);
          const { iterations } = model.optimizer;
          return { loss, accuracy, engine, iterations, weights: weightsOf(model) };
        };
        const ahead = await run([]);
        const one = await run([{ onStepEnd: () => {} }]);
        assert.equal(ahead.engine, compile);
        assert.deepEqual(ahead, one);
        tf.dispose(data);
      });
    }

    it(`leave all as it was before a step that fails: ${name}`, async () => {
      const model = classifier(optimizer());
      const { x, y } = sentences(8);
      const strange = tf.tidy(() => tf.concat([x.slice(0, 7), tf.fill([1, length], 99, "int32")]));
      const source = random(1);
      const step = new TrainingStep(model, "graph");
      const start = (words: tf.Tensor) => step.start({ x: words.clone(), y: y.clone() }, source);
      for (let count = 0; count < 5; count++) await start(x).values();
      const known = { weights: weightsOf(model), iterations: model.optimizer.iterations };
      const held = memory();
      const message =
        /^TensorFlow failed at a recorded step, in the layer "words": indices\[35\] = 99 is not in \[0, 12\)$/;
      const failing = start(strange);
      let next: StartedStep | undefined;
      try {
        next = start(x);
      } catch (error) {
        // TensorFlow may already know.
        assert.match((error as Error).message, message);
      }
      await assert.rejects(failing.values(), { name: "TensorFlowError", message });
      await assert.rejects(next?.values() ?? Promise.reject(new Error("none")), Error);
      assert.deepEqual({ weights: weightsOf(model), iterations: model.optimizer.iterations }, known);
      for (let count = 0; count < 5; count++) await start(x).values();
      assert.equal(step.report.engine, "graph");
      assert.equal(model.optimizer.iterations, known.iterations + 5);
      assert.equal(memory().tensors, held.tensors);
      step.dispose();
      model.dispose();
      tf.dispose([x, y, strange]);
    });
  }

  it("are over for who looks at the weights, or assigns them", async () => {
    const model = classifier(tf.train.adam(0.01));
    const { x, y } = sentences(8);
    const source = random(1);
    const step = new TrainingStep(model, "graph");
    const start = () => step.start({ x: x.clone(), y: y.clone() }, source);
    for (let count = 0; count < 5; count++) await start().values();
    const started = start();
    const seen = weightsOf(model);
    await started.values();
    assert.deepEqual(seen, weightsOf(model));
    const another = start();
    model.setWeights(model.getWeights().map((weight) => tf.zerosLike(weight)));
    await another.values();
    assert.ok(weightsOf(model).every((values) => values.every((value) => value === 0)));
    step.dispose();
    model.dispose();
    tf.dispose([x, y]);
  });

  it("may be left by a model that is disposed", async () => {
    const { x, y } = sentences(8);
    const source = random(1);
    const held = memory();
    for (let round = 0; round < 3; round++) {
      const model = classifier(tf.train.adam(0.01));
      const step = new TrainingStep(model, "graph");
      const start = () => step.start({ x: x.clone(), y: y.clone() }, source);
      for (let count = 0; count < 5; count++) await start().values();
      const started = start();
      step.dispose();
      model.dispose();
      model.optimizer.dispose();
      await started.values();
    }
    assert.equal(memory().tensors, held.tensors);
    tf.dispose([x, y]);
  });

  it("don't keep a callback from seeing the model as it is after its step", async () => {
    const data = sentences(32);
    const model = classifier(tf.train.adam(0.01));
    const seen: number[] = [];
    const onStepEnd = () => void seen.push(model.optimizer.iterations);
    await fitModel(model, data, {
      epochs: 2,
      batchSize: 8,
      show: false,
      compile: "graph",
      callbacks: [{ onStepEnd }],
    });
    assert.deepEqual(seen, [1, 2, 3, 4, 5, 6, 7, 8]);
    tf.dispose(data);
  });

  it("end with a process that ends", async () => {
    const script = `
      import * as tf from "@tensorflow/tfjs";
      import { use } from "./dist/lib/backend/index.js";
      import { random } from "./dist/lib/data/random.js";
      import { TrainingStep } from "./dist/lib/train/training-step.js";
      await use("tensorflow");
      const model = tf.sequential({ layers: [tf.layers.dense({ units: 2000, inputShape: [2000] })] });
      model.compile({ optimizer: "adam", loss: "meanSquaredError" });
      const x = tf.ones([256, 2000]);
      const step = new TrainingStep(model, "graph");
      const start = () => step.start({ x: x.clone(), y: x.clone() }, random(1));
      for (let count = 0; count < 3; count++) await start().values();
      start();
      console.log("started");
      process.exit(0);
    `;
    const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", script]);
    assert.equal(stdout, "started\n");
  });
});
