// Stochastic weight averaging beside PyTorch's: tests/refs/averaging.json, made by make-averaging.py beside it.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, describe, test } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { testedBackends } from "../../backend/battery/backends.ts";
import { use } from "../../backend/index.ts";
import { assertClose } from "../../metrics/battery/references.ts";
import { updateBatchNormalization } from "../batch-normalization.ts";
import { run } from "../battery/callbacks.ts";
import type { FitCallback } from "../callback.ts";
// Under its own name the linter takes it for a focused test.
import { fit as fitModel } from "../fit.ts";
import { stochasticWeightAveraging } from "./weight-averaging.ts";

const file = new URL("../../../../tests/refs/averaging.json", import.meta.url);
const reference = JSON.parse(readFileSync(file, "utf8"));

function network(): tf.Sequential {
  const normal = tf.layers.batchNormalization({ epsilon: 1e-5, momentum: 0.9 });
  const model = tf.sequential({
    layers: [
      tf.layers.dense({ inputShape: [3], units: 4 }),
      normal,
      tf.layers.activation({ activation: "tanh" }),
      tf.layers.dense({ units: 1 }),
    ],
  });
  tf.tidy(() => {
    model.setWeights([
      ...reference.initial.map((values: tf.TensorLike) => tf.tensor(values)),
      tf.zeros([4]),
      tf.ones([4]),
    ]);
  });
  return model;
}

for (const backend of testedBackends()) {
  describe(`averaging on ${backend.name}`, { skip: backend.available ? false : backend.reason }, () => {
    before(() => use(backend.name));

    test("weights, means, variances and predictions are PyTorch's", async () => {
      const before = tf.memory().numTensors;
      const model = network();
      const data = { x: tf.tensor2d(reference.x), y: tf.tensor2d(reference.y) };
      const { batchSize, epochs, startEpoch } = reference;
      await fitModel(model, data, {
        ...{ batchSize, epochs, shuffle: false, show: false },
        ...{ optimizer: tf.train.sgd(0.05), loss: "meanSquaredError" },
        callbacks: [stochasticWeightAveraging({ startEpoch })],
      });
      const values = () => model.getWeights().map((weight) => weight.arraySync());
      assertClose(values().slice(0, 6), reference.averaged, "weights", 1e-5);
      // The callback mixes the examples; PyTorch's loader here did not.
      await updateBatchNormalization(model, data, { batchSize, shuffle: false });
      assertClose(values().slice(6), [reference.mean, reference.variance], "statistics", 1e-5);
      const output = model.predict(data.x) as tf.Tensor;
      assertClose(output.arraySync(), reference.predicted, "predictions", 1e-4);
      model.optimizer.dispose();
      model.dispose();
      tf.dispose([data, output]);
      assert.equal(tf.memory().numTensors, before);
    });
  });
}

test("a short last batch counts by its examples, and momentum stays as it was", async () => {
  const normal = tf.layers.batchNormalization({ inputShape: [1], momentum: 0.7 });
  const inner = tf.sequential({ layers: [normal] });
  const model = tf.sequential({ layers: [inner] });
  const x = tf.tensor2d([[0], [2], [8]]);
  await updateBatchNormalization(model, { x, y: x }, { batchSize: 2, shuffle: false });
  const [mean, variance] = model
    .getWeights()
    .slice(2)
    .map((weight) => weight.dataSync()[0] as number);
  assertClose([mean, variance], [10 / 3, 2 / 3], "statistics", 1e-6);
  assert.equal((normal as unknown as { momentum: number }).momentum, 0.7);
  model.dispose();
  x.dispose();
});

test("the learning rate changes at the start epoch, after three quarters by default", async () => {
  const rates: number[] = [];
  const spy: FitCallback = {
    onEpochEnd: ({ model }) =>
      void rates.push((model.optimizer as unknown as { learningRate: number }).learningRate),
  };
  await run([stochasticWeightAveraging({ learningRate: 0.5 }), spy], { epochs: 4 });
  assert.deepEqual(rates, [0.02, 0.02, 0.02, 0.5]);
  assert.throws(
    () => stochasticWeightAveraging({ every: 0 }),
    /every is 0; it must be a whole number of at least 1/,
  );
  assert.throws(() => stochasticWeightAveraging({ learningRate: 0 }), /learningRate is 0/);
});
