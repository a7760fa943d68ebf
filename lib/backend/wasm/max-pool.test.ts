// The gradient of max pooling where inputs are equal; the battery compares the rest with "cpu".
import assert from "node:assert/strict";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { use } from "../index.ts";

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
