// Adam in one pass against TensorFlow.js's own on "cpu".
import assert from "node:assert/strict";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { type BackendName, use } from "../index.ts";

type Gradients = Parameters<tf.AdamOptimizer["applyGradients"]>[0];

const values = (seed: number, size: number) =>
  Array.from({ length: size }, (_, i) => Math.sin(seed + 12.9898 * i) * 10 ** ((i % 9) - 6));

const shapes = [[20, 15], [7], [130, 150]];

/** Weights after each of some steps; the second variable has no gradient in the second step. */
async function weights(backend: BackendName): Promise<number[][]> {
  await use(backend);
  const optimizer = tf.train.adam(0.003, 0.8, 0.97, 1e-6);
  const tensor = (seed: number, shape: number[]) =>
    tf.tensor(values(seed, tf.util.sizeFromShape(shape)), shape);
  const variables = shapes.map((shape, index) => tf.tidy(() => tf.variable(tensor(index, shape))));
  const course: number[][] = [];
  for (let step = 0; step < 5; step++) {
    const gradients = shapes.map((shape, index) => tensor(10 * step + index, shape));
    const given = variables.map(({ name }, index) => ({
      name,
      tensor: step === 1 && index === 1 ? undefined : gradients[index],
    }));
    optimizer.applyGradients(given as Gradients);
    course.push(variables.flatMap((variable) => [...variable.dataSync()]));
    tf.dispose(gradients);
  }
  assert.equal(optimizer.iterations, 5);
  tf.dispose(variables);
  optimizer.dispose();
  return course;
}

test("Adam on wasm gives the numbers of TensorFlow.js to the last bit and leaves no tensors", async () => {
  const expected = await weights("cpu");
  const before = tf.memory().numTensors;
  assert.deepEqual(await weights("wasm"), expected);
  assert.equal(tf.memory().numTensors, before);
});
