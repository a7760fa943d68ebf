import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { use } from "../../backend/index.ts";
import { fit } from "../../train/index.ts";
import { film } from "./film.ts";

function makeModel(): tf.LayersModel {
  return tf.sequential({
    layers: [
      tf.layers.conv2d({ inputShape: [6, 6, 1], filters: 3, kernelSize: 3, activation: "relu" }),
      tf.layers.flatten(),
      tf.layers.dense({ units: 2 }),
    ],
  });
}

describe("a film of explanations", () => {
  before(() => use("cpu"));

  it("keeps a picture an epoch of the network as it was then, and frees everything", async () => {
    const model = makeModel();
    const data = { x: tf.randomNormal([12, 6, 6, 1], 0, 1, "float32", 1), y: tf.tensor1d(Array(12).fill(1)) };
    const images = tf.slice(data.x, [0, 0, 0, 0], [2, -1, -1, -1]);
    const filmed = film(images, { target: 1, labels: ["a", "b"] });
    assert.throws(() => filmed.strip(), /no picture yet/);
    await fit(model, data, { epochs: 1, batchSize: 4, show: false, callbacks: [filmed] });
    const start = tf.memory().numTensors;
    await fit(model, data, { epochs: 2, batchSize: 4, show: false, callbacks: [filmed] });
    assert.equal(tf.memory().numTensors, start);
    assert.equal(filmed.frames.length, 3);
    const [first, , last] = filmed.frames;
    assert.equal(first?.maps.length, 2);
    assert.equal(first?.maps[0]?.length, 36);
    // All labels are class 1, so its logit grows.
    assert.ok((last?.scores?.[0] as number) > (first?.scores?.[0] as number));
    assert.notDeepEqual(first?.maps[0], last?.maps[0]);

    const strip = await filmed.strip().toMime();
    assert.match(decodeURIComponent(String(strip["text/html"])), />image<.*>epoch 2</s);
    const animation = await (await filmed.animation()).toMime();
    assert.equal(decodeURIComponent(String(animation["text/html"])).match(/<animate /g)?.length, 3);
    tf.dispose([data.x, data.y, images]);
    model.dispose();
  });

  it("takes any explanation, every few epochs", async () => {
    const model = makeModel();
    const data = { x: tf.ones([4, 6, 6, 1]), y: tf.zeros([4]) };
    const filmed = film(data.x, { every: 2, explain: (_, x) => tf.mul(x, -2) });
    await fit(model, data, { epochs: 4, show: false, callbacks: [filmed] });
    assert.deepEqual(
      filmed.frames.map(({ epoch }) => epoch),
      [1, 3],
    );
    assert.equal(filmed.frames[0]?.maps[3]?.[35], -2);
    tf.dispose([data.x, data.y]);
    model.dispose();
  });

  it("refuses what can't be filmed", () => {
    const x = tf.ones([2, 6, 6, 1]);
    assert.throws(() => film(x, { labels: ["a"] }), /1 labels for 2 images/);
    assert.throws(() => film(x, { every: 0 }), /every is 0/);
    x.dispose();
  });
});
