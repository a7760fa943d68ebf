import assert from "node:assert/strict";
import { afterEach, before, beforeEach, describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { use } from "../../backend/index.ts";
import { lossLandscape } from "./loss-landscape.ts";

let atStart: number;
before(() => use("cpu"));
beforeEach(() => {
  atStart = tf.memory().numTensors;
});
afterEach(() => assert.equal(tf.memory().numTensors, atStart, "tensors are left over"));

const bytes = (model: tf.LayersModel) => model.getWeights().map((weight) => [...weight.dataSync()]);
const squares = (labels: tf.Tensor, predictions: tf.Tensor) => tf.square(tf.sub(labels, predictions));

function line(weight: number): tf.LayersModel {
  const model = tf.sequential({ layers: [tf.layers.dense({ inputShape: [1], units: 1 })] });
  tf.tidy(() => model.setWeights([tf.tensor2d([[weight]]), tf.tensor1d([5])]));
  return model;
}

describe("lossLandscape", () => {
  it("of one weight is a parabola whose width is the weight's", async () => {
    const [inputs, labels] = [tf.tensor2d([[1]]), tf.tensor2d([[5]])];
    const model = line(2);
    // A filter of one weight has the direction ±2: the loss is (2 ± 2α)².
    const found = await lossLandscape(model, { inputs, labels, loss: squares, directions: 1, steps: 5 });
    assert.deepEqual(found.alphas, [-1, -0.5, 0, 0.5, 1]);
    assert.equal(found.center, 4);
    const expected = [0, 1, 4, 9, 16];
    const row = found.losses[0] as number[];
    const right = row[0] === 0 ? row : row.toReversed();
    for (const [index, value] of right.entries()) {
      assert.ok(Math.abs(value - (expected[index] as number)) < 1e-5);
    }
    assert.deepEqual(bytes(model), [[2], [5]]);
    model.dispose();
    tf.dispose([inputs, labels]);
  });

  it("over a plane holds the line, by the model's own loss, and repeats itself", async () => {
    const model = tf.sequential({
      layers: [
        tf.layers.conv2d({ inputShape: [4, 4, 1], filters: 2, kernelSize: 3, activation: "relu" }),
        tf.layers.batchNormalization(),
        tf.layers.flatten(),
        tf.layers.dense({ units: 3, activation: "softmax" }),
      ],
    });
    model.compile({ optimizer: "sgd", loss: "categoricalCrossentropy" });
    const inputs = tf.randomNormal([6, 4, 4, 1], 0, 1, "float32", 1);
    const labels = tf.tidy(() => tf.cast(tf.oneHot(tf.tensor1d([0, 1, 2, 0, 1, 2], "int32"), 3), "float32"));
    const before = bytes(model);
    const options = { inputs, labels, steps: 3, seed: 4 };
    const done: number[] = [];
    const plane = await lossLandscape(model, {
      ...options,
      onProgress: (progress) => done.push(progress.done),
    });
    assert.deepEqual(done, [1, 2, 3, 4, 5, 6, 7, 8, 9]);
    const along = await lossLandscape(model, { ...options, directions: 1 });
    assert.deepEqual(plane.losses[1], along.losses[0]);
    assert.equal(plane.losses[1]?.[1], plane.center);
    assert.deepEqual((await lossLandscape(model, options)).losses, plane.losses);
    assert.notDeepEqual((await lossLandscape(model, { ...options, seed: 5 })).losses, plane.losses);
    assert.deepEqual(bytes(model), before);
    assert.match(String((await plane.figure.toMime())["text/plain"]), /Loss around the model/);
    model.optimizer.dispose();
    model.dispose();
    tf.dispose([inputs, labels]);
  });

  it("is the same for weights scaled together, as filters are normalised", async () => {
    const [inputs, labels] = [tf.tensor2d([[1]]), tf.tensor2d([[5]])];
    const relative = async (weight: number, filterNormalized: boolean) => {
      const model = line(weight);
      const found = await lossLandscape(model, {
        inputs,
        labels,
        loss: squares,
        directions: 1,
        steps: 3,
        seed: 1,
        filterNormalized,
      });
      model.dispose();
      return (found.losses[0] as number[]).map((value) => Number((value / found.center).toFixed(5)));
    };
    assert.deepEqual(await relative(2, true), await relative(20, true));
    assert.notDeepEqual(await relative(2, false), await relative(20, false));
    tf.dispose([inputs, labels]);
  });

  it("puts the weights back when it is stopped or fails", async () => {
    const [inputs, labels] = [tf.tensor2d([[1]]), tf.tensor2d([[5]])];
    const model = line(2);
    const stop = new AbortController();
    const stopped = lossLandscape(model, {
      inputs,
      labels,
      loss: squares,
      signal: stop.signal,
      onProgress: ({ done }) => done === 3 && stop.abort(new Error("enough")),
    });
    await assert.rejects(stopped, /enough/);
    assert.deepEqual(bytes(model), [[2], [5]]);
    await assert.rejects(lossLandscape(model, { inputs, labels }), /The model has no loss yet/);
    await assert.rejects(lossLandscape(model, { inputs, labels, loss: squares, steps: 1 }), /steps is 1/);
    assert.deepEqual(bytes(model), [[2], [5]]);
    model.dispose();
    tf.dispose([inputs, labels]);
  });
});
