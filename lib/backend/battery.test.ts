// The backends that every computer can have, each compared with "cpu" by the battery of operations and models.
import assert from "node:assert/strict";
import { it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { compareWithCpu } from "./battery/compare.ts";
import { list, use } from "./index.ts";

for (const { name, available, reason } of list()) {
  if (name === "tensorflow" || name === "wasm") compareWithCpu(name, available ? undefined : reason);
}

it("a tensor outlives the change to another backend", async () => {
  await use("wasm");
  const x = tf.tensor1d([1, 2, 3]);
  await use("cpu");
  assert.deepEqual(Array.from(tf.tidy(() => x.add(1).dataSync())), [2, 3, 4]);
  x.dispose();
});
