// Adam in one pass against TensorFlow.js's own on "cpu".
import assert from "node:assert/strict";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { type BackendName, use } from "../index.ts";

type Gradients = Parameters<tf.AdamOptimizer["applyGradients"]>[0];

const values = (seed: number, size: number) =>
  Array.from({ length: size }, (_, i) => Math.sin(seed + 12.9898 * i) * 10 ** ((i % 9) - 6));

/** Weights after each of some steps; the second variable has no gradient in the second step. */
async function weights(backend: BackendName): Promise<number[][]> {
  await use(backend);
  const optimizer = tf.train.adam(0.003, 0.8, 0.97, 1e-6);
  const variable = (seed: number, shape: number[]) =>
    tf.tidy(() => tf.variable(tf.tensor(values(seed, tf.util.sizeFromShape(shape)), shape)));
  const [a, b] = [variable(1, [20, 15]), variable(2, [7])] as const;
  const course: number[][] = [];
  for (let step = 0; step < 5; step++) {
    const gradients = [tf.tensor(values(10 + step, 300), [20, 15]), tf.tensor1d(values(20 + step, 7))];
    optimizer.applyGradients([
      { name: a.name, tensor: gradients[0] },
      { name: b.name, tensor: step === 1 ? (undefined as unknown as tf.Tensor) : gradients[1] },
    ] as Gradients);
    course.push([...a.dataSync(), ...b.dataSync()]);
    tf.dispose(gradients);
  }
  assert.equal(optimizer.iterations, 5);
  tf.dispose([a, b]);
  optimizer.dispose();
  return course;
}

test("Adam on wasm gives the numbers of TensorFlow.js to the last bit and leaves no tensors", async () => {
  const expected = await weights("cpu");
  const before = tf.memory().numTensors;
  assert.deepEqual(await weights("wasm"), expected);
  assert.equal(tf.memory().numTensors, before);
});
