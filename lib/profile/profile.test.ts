// What is measured is what ran, and TensorFlow.js is as before afterwards.

import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { compile, ready } from "../backend/index.ts";
import * as models from "../models/index.ts";
import { displaySymbol } from "../plot/display.ts";
import { profile } from "./index.ts";

describe("dl.profile", () => {
  before(() => ready());

  it("counts operations, with shapes, time and memory", async () => {
    const x = tf.ones([100, 200]);
    const found = await profile(() =>
      tf.tidy(() => void tf.matMul(x, x, false, true).add(1).add(2).dataSync()),
    );
    const counts = Object.fromEntries(found.operations.map(({ name, calls }) => [name, calls]));
    assert.ok((counts.BatchMatMul ?? 0) >= 1);
    assert.equal(counts.Add, 2);
    const product = found.operations.find(({ name }) => name === "BatchMatMul");
    assert.ok((product?.bytes ?? 0) >= 100 * 100 * 4);
    assert.ok(found.peakBytes >= 3 * 100 * 100 * 4, `${found.peakBytes}`);
    const sum = found.operations.reduce((total, { milliseconds }) => total + milliseconds, 0);
    assert.ok(sum > 0 && sum <= found.milliseconds);
    assert.ok(found.operations.every(({ milliseconds }) => milliseconds >= 0));
    assert.match(String(found), /Add +2 +[\d.]+ [mµ]?s +[\d.]+ % +80\.0 KB/);
  });

  it("tells layers forward and backward, also inside of models and in training", async () => {
    const model = models.siamese({ inputShape: [8, 8, 1], filters: [4], embedding: 4 }).model;
    const x = [tf.ones([4, 8, 8, 1]), tf.zeros([4, 8, 8, 1])];
    const y = tf.ones([4, 1]);
    model.compile({ optimizer: "adam", loss: "binaryCrossentropy" });
    const convolution = (found: Awaited<ReturnType<typeof profile>>) =>
      found.layers.find(({ type }) => type === "Conv2D");
    const forward = await profile(() => tf.dispose(model.predict(x)));
    // Both inputs go through the same layers.
    assert.equal(convolution(forward)?.calls, 2);
    assert.equal(convolution(forward)?.backward, 0);
    const step = await profile(async () => void (await model.trainOnBatch(x, y)));
    assert.equal(convolution(step)?.calls, 2);
    assert.ok((convolution(step)?.backward ?? 0) > 0);
    assert.ok(step.layers.every(({ share }) => share >= 0 && share <= 1));
    assert.ok(step.operations.some(({ name }) => name.startsWith("Conv2DBackprop")));
    tf.dispose([x, y]);
  });

  it("runs compiled steps operation by operation, and they are compiled afterwards", async () => {
    const double = compile((x: tf.Tensor) => tf.mul(x, 2));
    const x = tf.ones([2]);
    for (let call = 0; call < 3; call++) tf.dispose(double(x));
    const { engine } = double.report;
    const found = await profile(() => tf.dispose(double(x)));
    assert.equal(found.operations.find(({ name }) => name === "Multiply")?.calls, 1);
    tf.dispose(double(x));
    assert.equal(double.report.engine, engine);
    double.dispose();
  });

  it("shows tables and a flame chart", async () => {
    const model = models.smallCnn({ classes: 3, filters: [4, 8] });
    const found = await profile(() => tf.dispose(model.predict(tf.ones([2, 28, 28, 1]))));
    const bundle = await found[displaySymbol]();
    assert.match(
      String(bundle["text/html"]),
      /<img src="data:image\/svg.*<table>.*Operations.*Layers.*Conv2D/s,
    );
    const { "image/svg+xml": svg } = await found.flameChart().toMime();
    assert.match(String(svg), /<svg.*Where the time goes/s);
    const empty = await profile(() => {});
    assert.equal(empty.operations.length, 0);
    assert.match(
      String(
        await empty
          .flameChart()
          .toMime()
          .then((mime) => mime["image/svg+xml"]),
      ),
      /<svg/,
    );
  });

  it("leaves TensorFlow.js as it was, also after a failure", async () => {
    const engine = tf.engine() as unknown as Record<string, unknown>;
    const dense = tf.layers.dense({ units: 1 });
    const before = [engine.runKernelFunc, engine.addTapeNode, dense.call, dense.apply];
    await assert.rejects(
      profile(() => {
        throw new Error("no");
      }),
      /no/,
    );
    const x = tf.ones([2]);
    let inner: Awaited<ReturnType<typeof profile>> | undefined;
    const outer = await profile(async () => {
      tf.dispose(tf.neg(x));
      inner = await profile(() => tf.dispose(tf.square(x)));
      tf.dispose(tf.abs(x));
    });
    assert.deepEqual(
      [outer, inner].map((each) => each?.operations.map(({ name }) => name)),
      [["Neg"], ["Square"]],
    );
    x.dispose();
    assert.deepEqual([engine.runKernelFunc, engine.addTapeNode, dense.call, dense.apply], before);
    const start = tf.memory().numTensors;
    const model = models.perceptron();
    await profile(() => tf.dispose(model.predict(tf.ones([1, 2]))));
    model.dispose();
    assert.ok(tf.memory().numTensors - start <= 1);
  });
});
