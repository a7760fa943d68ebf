// Sums with a bias at sizes that take the fast way, against "cpu", and the gradient of max pooling.
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

test("the gradient of max pooling goes to the first of equal numbers", async () => {
  await use("wasm");
  for (const size of [2, 3]) {
    const gradient = tf.tidy(() => {
      const pooled = tf.grad((x) => tf.maxPool(x as tf.Tensor4D, size, size, "valid").sum());
      return pooled(tf.ones([1, 6, 6, 1])).dataSync();
    });
    const isFirst = (_: unknown, index: number) => index % size === 0 && Math.floor(index / 6) % size === 0;
    assert.deepEqual(Array.from(gradient), Array.from({ length: 36 }, isFirst).map(Number));
  }
});
