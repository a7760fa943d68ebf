// Layer normalization against its formula, written in operations of which TensorFlow.js knows the gradients.
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { floats } from "./battery/case.ts";
import { memory, ready } from "./index.ts";

const epsilon = 1e-2;

function tensorOf(shape: number[], seed: number): tf.Tensor {
  return tf.tensor(floats(shape, seed).values as number[], shape);
}

function formula(x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor): tf.Tensor {
  const centred = tf.sub(x, tf.mean(x, -1, true));
  const variance = tf.mean(tf.square(centred), -1, true);
  return tf.add(tf.mul(tf.div(centred, tf.sqrt(tf.add(variance, epsilon))), gamma), beta);
}

describe("layer normalization", () => {
  before(ready);
  for (const shape of [
    [3, 5],
    [2, 4, 6],
    [2, 3, 2, 4],
  ]) {
    it(`of rank ${shape.length}: results and gradients are the formula's`, () => {
      const start = memory().tensors;
      const layer = tf.layers.layerNormalization({ epsilon });
      layer.build(shape);
      tf.tidy(() => {
        layer.setWeights(layer.getWeights().map((weight, index) => tensorOf(weight.shape, 5 + index)));
        const [gamma, beta] = layer.trainableWeights.map((weight) => weight.read() as tf.Tensor);
        const x = tensorOf(shape, 1);
        const slope = tensorOf(shape, 9);
        const score = (values: tf.Tensor) => tf.sum<tf.Scalar>(tf.mul(values, slope));
        const wanted = [
          formula(x, gamma, beta),
          ...tf.grads((a, b, c) => score(formula(a, b, c)))([x, gamma, beta]),
        ];
        const found = [
          layer.apply(x) as tf.Tensor,
          ...tf.grads((given) => score(layer.apply(given) as tf.Tensor))([x, gamma, beta]),
        ];
        found.forEach((each, index) => {
          assert.deepEqual(each.shape, wanted[index].shape);
          const difference = tf.max(tf.abs(tf.sub(each, wanted[index]))).dataSync()[0];
          assert.ok(difference < 1e-4, `result ${index} is ${difference} off`);
        });
      });
      tf.dispose(layer.weights.map((weight) => weight.read()));
      assert.equal(memory().tensors, start, "tensors are left over");
    });
  }

  it("gives gradients of gradients", () => {
    tf.tidy(() => {
      const x = tensorOf([2, 3], 1);
      const layer = tf.layers.layerNormalization({ epsilon });
      layer.build(x.shape);
      const [gamma, beta] = layer.weights.map((weight) => weight.read() as tf.Tensor);
      const second = (apply: (given: tf.Tensor) => tf.Tensor) => {
        const slope = tf.grad((given) => tf.sum(tf.mul(apply(given), tf.square(given))));
        return tf.grad((given) => tf.sum(tf.square(slope(given))))(x);
      };
      const wanted = second((given) => formula(given, gamma, beta));
      const found = second((given) => layer.apply(given) as tf.Tensor);
      const difference = tf.max(tf.abs(tf.sub(found, wanted))).dataSync()[0];
      assert.ok(difference < 1e-3, `${difference} off`);
      tf.dispose([gamma, beta]);
    });
  });
});
