// Fused batch normalization against TensorFlow.js's own on the "cpu" backend: outputs, moving averages, gradients.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { floats, type Input } from "../../battery/case.ts";
import { list, memory, use } from "../../index.ts";

const status = list().find(({ name }) => name === "tensorflow");
const tensorOf = ({ values, shape }: Input) => tf.tensor(values as number[], shape);

function dispose(layer: tf.layers.Layer): void {
  tf.dispose(layer.weights.map((weight) => weight.read()));
}

function results(shape: number[], options: object): Float32Array[] {
  const layer = tf.layers.batchNormalization({ epsilon: 1e-3, ...options });
  layer.build(shape);
  const read = (tensor: tf.Tensor) => tensor.dataSync() as Float32Array;
  const values = tf.tidy(() => {
    layer.setWeights(
      layer.getWeights().map((weight, index) => tensorOf(floats(weight.shape, 20 + index)).abs()),
    );
    const x = tensorOf(floats(shape));
    const apply = (given: tf.Tensor) => layer.call(given, { training: true }) as tf.Tensor;
    const outputs = [read(apply(x)), ...layer.getWeights().map(read)];
    const weights = layer.trainableWeights.map((weight) => weight.read() as tf.Variable);
    const score = (given: tf.Tensor) => tf.sum(tf.mul(apply(given), tensorOf(floats(shape, 9))));
    return [
      ...outputs,
      ...tf
        .grads(score)([x, ...weights])
        .map(read),
    ];
  });
  dispose(layer);
  return values;
}

describe("fused batch normalization", { skip: status?.available ? false : status?.reason }, () => {
  const cases: [string, number[], object][] = [
    ["of images", [4, 5, 6, 3], {}],
    ["of rows", [7, 3], { momentum: 0.5, epsilon: 0.1 }],
    ["of sequences", [3, 4, 2], {}],
  ];
  for (const [title, shape, options] of cases) {
    it(title, async () => {
      await use("cpu");
      const wanted = results(shape, options);
      await use("tensorflow");
      const start = memory().tensors;
      const actual = results(shape, options);
      assert.equal(memory().tensors, start, "tensors are left over");
      assert.equal(actual.length, wanted.length);
      actual.forEach((values, index) => {
        const largest = Math.max(1, ...wanted[index].map(Math.abs));
        values.forEach((value, position) => {
          assert.ok(
            Math.abs(value - wanted[index][position]) <= 1e-5 * largest,
            `result ${index}: value ${position} is ${value} instead of ${wanted[index][position]}`,
          );
        });
      });
    });
  }

  it("without scale or center", async () => {
    await use("tensorflow");
    const layer = tf.layers.batchNormalization({ scale: false, center: false });
    tf.tidy(() => {
      const x = tensorOf(floats([50, 3]));
      layer.build(x.shape);
      const normalized = layer.call(x, { training: true }) as tf.Tensor;
      const { mean, variance } = tf.moments(normalized, 0);
      for (const value of mean.dataSync()) assert.ok(Math.abs(value) < 1e-5);
      for (const value of variance.dataSync()) assert.ok(Math.abs(value - 1) < 0.01);
    });
    dispose(layer);
  });
});
