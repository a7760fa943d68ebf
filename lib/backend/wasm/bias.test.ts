// Sums with a bias at sizes that take the fast way, against "cpu".
import assert from "node:assert/strict";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { type BackendName, use } from "../index.ts";

const values = (size: number) => Float32Array.from({ length: size }, (_, i) => Math.sin(12.9898 * i) * 10);

async function computed(backend: BackendName, body: () => tf.Tensor[]): Promise<Float32Array[]> {
  await use(backend);
  const before = tf.memory().numTensors;
  const results = tf.tidy(() => body().map((tensor) => tensor.dataSync() as Float32Array));
  assert.equal(tf.memory().numTensors, before);
  return results;
}

test("a bias of few channels is added to every position", async () => {
  const body = () =>
    [
      [20, 28, 28, 6],
      [5000, 10],
      [3, 40, 50, 7],
      [300, 64],
      [17_000, 1],
      [20, 30, 40],
    ].map((shape) => {
      const image = tf.tensor(values(tf.util.sizeFromShape(shape)), shape);
      return tf.add(image, tf.tensor1d(values(shape.at(-1) as number)));
    });
  assert.deepEqual(await computed("wasm", body), await computed("cpu", body));
});
