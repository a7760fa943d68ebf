import assert from "node:assert/strict";
import { afterEach, before, beforeEach, describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { use } from "../../backend/index.ts";
import { deadUnits } from "./dead-units.ts";

let atStart: number;
before(() => use("cpu"));
beforeEach(() => {
  atStart = tf.memory().numTensors;
});
afterEach(() => assert.equal(tf.memory().numTensors, atStart, "tensors are left over"));

/** Channel 0 is the image, channel 1 its negative, channel 2 is below 0 on images up to 1. */
function pointwise(): tf.LayersModel {
  const model = tf.sequential({
    layers: [
      tf.layers.conv2d({
        inputShape: [2, 2, 1],
        filters: 3,
        kernelSize: 1,
        activation: "relu",
        name: "points",
      }),
      tf.layers.flatten(),
      tf.layers.dense({ units: 2, activation: "relu", name: "units" }),
      tf.layers.dense({ units: 2, activation: "softmax", name: "classes" }),
    ],
  });
  tf.tidy(() =>
    model.setWeights([
      tf.tensor([1, -1, 1], [1, 1, 1, 3]),
      tf.tensor([0, 1, -2]),
      tf.concat([tf.ones([12, 1]), tf.zeros([12, 1])], 1),
      tf.zeros([2]),
      tf.eye(2),
      tf.zeros([2]),
    ]),
  );
  return model;
}

// One bright pixel an image, at places 0, 3, 2 and 1.
const bright = [0.25, 1, 0.5, 0.75];
const pixels = [0, 3, 2, 1].flatMap((place, image) =>
  [0, 1, 2, 3].map((at) => (at === place ? (bright[image] as number) : 0)),
);

describe("deadUnits", () => {
  it("are those that no image makes fire", async () => {
    const model = pointwise();
    const images = tf.tensor(pixels, [4, 2, 2, 1]);
    const found = await deadUnits(model, images, { batchSize: 3 });
    assert.deepEqual(
      found.map(({ layer, units, dead, share }) => ({ layer, units, dead, share })),
      [
        { layer: "points", units: 3, dead: [2], share: 1 / 3 },
        { layer: "units", units: 2, dead: [1], share: 0.5 },
      ],
    );
    assert.deepEqual([...(found[0]?.largest ?? [])], [1, 1, 0]);
    const [classes] = await deadUnits(model, images, { layers: ["classes"], threshold: 0.5 });
    assert.deepEqual(classes?.dead, [1]);
    images.dispose();
    model.dispose();
  });

  it("refuses no images and unknown layers, and stops at a signal", async () => {
    const model = pointwise();
    const none = tf.zeros([0, 2, 2, 1]);
    await assert.rejects(deadUnits(model, none), /There are no images/);
    const images = tf.zeros([2, 2, 2, 1]);
    await assert.rejects(deadUnits(model, images, { layers: ["nothing"] }), /no layer "nothing"/);
    const signal = AbortSignal.abort(new Error("enough"));
    await assert.rejects(deadUnits(model, images, { signal }), /enough/);
    tf.dispose([none, images]);
    model.dispose();
  });
});
