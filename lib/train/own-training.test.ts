// TensorFlow.js's own training by recorded steps against the same without recording.
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { type BackendName, list, suspendRecording, use } from "../backend/index.ts";
// Training is recorded from the import of this on.
import "./index.ts";

const x = () => tf.randomUniform([40, 6], -1, 1, "float32", 3);
const y = () =>
  tf.tidy(() =>
    tf
      .argMax(tf.randomUniform([40, 3], 0, 1, "float32", 4), 1)
      .expandDims(1)
      .cast("float32"),
  );

/** A model, and how often its first layer's JavaScript has run. */
function build() {
  const first = tf.layers.dense({ units: 8, activation: "relu", inputShape: [6] });
  const last = tf.layers.dense({ units: 3, activation: "softmax" });
  const model = tf.sequential({ layers: [first, last] });
  let seed = 0;
  model.setWeights(
    model.getWeights().map(({ shape }) => tf.randomUniform(shape, -0.5, 0.5, "float32", seed++)),
  );
  const counts = { calls: 0 };
  const { call } = first;
  first.call = (...given) => {
    counts.calls++;
    return call.apply(first, given);
  };
  return { model, counts };
}

/** What `train` gives, and the weights at the end, with and without recording. */
async function both(
  train: (model: tf.Sequential, examples: { x: tf.Tensor; y: tf.Tensor }) => Promise<number[]>,
) {
  const run = async (recorded: boolean) => {
    const goOn = recorded ? () => {} : suspendRecording();
    const { model, counts } = build();
    const examples = { x: x(), y: y() };
    const before = tf.memory().numTensors;
    model.compile({ optimizer: tf.train.adam(0.02), loss: "sparseCategoricalCrossentropy" });
    const losses = await train(model, examples);
    const weights = model.getWeights().flatMap((weight) => Array.from(weight.dataSync()));
    const { iterations } = model.optimizer as unknown as { iterations: number };
    model.optimizer.dispose();
    const leftOver = tf.memory().numTensors - before;
    tf.dispose(examples);
    model.dispose();
    goOn();
    return { losses, weights, calls: counts.calls, iterations, leftOver };
  };
  return { eager: await run(false), recorded: await run(true) };
}

function assertClose(actual: number[], wanted: number[], tolerance: number): void {
  assert.equal(actual.length, wanted.length);
  actual.forEach((value, index) => {
    const expected = wanted[index] as number;
    assert.ok(
      Math.abs(value - expected) <= tolerance * Math.max(1, Math.abs(expected)),
      `${value}, not ${expected}`,
    );
  });
}

for (const backend of ["tensorflow", "wasm"] satisfies BackendName[]) {
  const status = list().find(({ name }) => name === backend);
  describe(`TensorFlow.js's own training on ${backend}`, {
    skip: status?.available ? false : status?.reason,
  }, () => {
    before(() => use(backend));

    it("fit: the same losses, its layers' JavaScript runs a few times", async () => {
      const { eager, recorded } = await both(async (model, examples) => {
        const { history } = await model.fit(examples.x, examples.y, {
          epochs: 8,
          batchSize: 8,
          shuffle: false,
        });
        return history.loss as number[];
      });
      assertClose(recorded.losses, eager.losses, 1e-5);
      assertClose(recorded.weights, eager.weights, 1e-4);
      assert.deepEqual([recorded.iterations, recorded.leftOver], [eager.iterations, eager.leftOver]);
      assert.equal(eager.calls, 40);
      assert.ok(recorded.calls < 8, `${recorded.calls} calls`);
    });

    it("trainOnBatch: the same losses, also when the learning rate or a layer is changed between two", async () => {
      const { eager, recorded } = await both(async (model, examples) => {
        const losses: number[] = [];
        for (let step = 0; step < 12; step++) {
          if (step === 6) Object.assign(model.optimizer, { learningRate: 0.05 });
          if (step === 9) {
            const [first] = model.layers as unknown as { activation: object }[];
            const tanh = tf.layers.dense({ units: 1, activation: "tanh" }) as unknown as {
              activation: object;
            };
            (first as { activation: object }).activation = tanh.activation;
          }
          losses.push((await model.trainOnBatch(examples.x, examples.y)) as number);
        }
        return losses;
      });
      assertClose(recorded.losses, eager.losses, 1e-5);
      assertClose(recorded.weights, eager.weights, 1e-4);
      assert.deepEqual([recorded.iterations, recorded.leftOver], [eager.iterations, eager.leftOver]);
    });

    it("is recorded anew after the model was compiled again", async () => {
      const { eager, recorded } = await both(async (model, examples) => {
        const losses: number[] = [];
        for (const optimizer of [tf.train.sgd(0.1), tf.train.momentum(0.1, 0.9)]) {
          model.compile({ optimizer, loss: "sparseCategoricalCrossentropy" });
          for (let step = 0; step < 5; step++) {
            losses.push((await model.trainOnBatch(examples.x, examples.y)) as number);
          }
        }
        return losses;
      });
      assertClose(recorded.losses, eager.losses, 1e-5);
    });
  });
}
