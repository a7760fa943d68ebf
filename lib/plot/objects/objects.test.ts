import assert from "node:assert/strict";
import { afterEach, before, beforeEach, test } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { decode } from "fast-png";
import { use } from "../../backend/index.ts";
import type { Figure } from "../figure.ts";
import { drawBoxes } from "./draw-boxes.ts";
import { drawMasks } from "./draw-masks.ts";

let atStart: number;
let images: tf.Tensor;
before(() => use("cpu"));
beforeEach(() => {
  atStart = tf.memory().numTensors;
  images = tf.ones([1, 8, 8]);
});
afterEach(() => {
  images.dispose();
  assert.equal(tf.memory().numTensors, atStart, "tensors are left over");
});

/** The colour at a pixel of the only image, which is 32 times as large; the grid has a border of 3 pixels. */
async function pixels(figure: Figure) {
  const png = decode(Buffer.from((await figure.toMime())["image/png"] as string, "base64"));
  return (x: number, y: number) => {
    const start = ((y * 32 + 16 + 3) * png.width + x * 32 + 16 + 3) * 3;
    return [...png.data.subarray(start, start + 3)];
  };
}

const white = [255, 255, 255];
const vermilion = [213, 94, 0];

test("the mask of an object is where it should be, in the colour of its class", async () => {
  const mask = Array.from({ length: 8 }, (_, y) =>
    Array.from({ length: 8 }, (_, x) => Number(x === 5 && y === 2)),
  );
  const objects = [{ boxes: [[4, 1, 7, 4]], labels: [1], masks: [mask] }];
  const at = await pixels(drawBoxes(images, objects, { alpha: 1 }));
  assert.deepEqual(at(5, 2), vermilion);
  assert.deepEqual(at(2, 5), white);
});

test("boxes in pixels, parts and other formats are the same", async () => {
  const options = [
    [{ boxes: [[2, 4, 6, 8]] }, {}],
    [{ boxes: [[2, 4, 4, 4]] }, { format: "xywh" }],
    [{ boxes: [[0.5, 0.75, 0.5, 0.5]] }, { format: "cxcywh", unit: "parts" }],
  ] as const;
  const drawn = await Promise.all(
    options.map(async ([boxes, option]) => (await drawBoxes(images, [boxes], option).toMime())["image/png"]),
  );
  assert.equal(new Set(drawn).size, 1);
  assert.notEqual(drawn[0], (await drawBoxes(images, [{ boxes: [] }]).toMime())["image/png"]);
});

test("names and scores are written over the box", async () => {
  const one = { boxes: [[1, 2, 6, 7]], labels: [1] };
  const png = async (figure: Figure) => (await figure.toMime())["image/png"];
  const plain = await png(drawBoxes(images, [one]));
  assert.notEqual(plain, await png(drawBoxes(images, [one], { classNames: ["cat", "dog"] })));
  assert.notEqual(plain, await png(drawBoxes(images, [{ ...one, scores: [0.5] }])));
});

test("classes of pixels are coloured but for the background", async () => {
  const masks = [
    Array.from({ length: 8 }, (_, y) => Array.from({ length: 8 }, (_, x) => Number(x < 3 && y < 3))),
  ];
  const at = await pixels(drawMasks(images, masks, { alpha: 1 }));
  assert.deepEqual(at(0, 0), vermilion);
  assert.deepEqual(at(2, 2), vermilion);
  assert.deepEqual(at(3, 3), white);
  const half = await pixels(drawMasks(images, masks));
  // The canvas may round either way.
  half(0, 0).forEach((channel, index) => {
    assert.ok(Math.abs(channel - (255 + (vermilion[index] as number)) / 2) <= 1, String(half(0, 0)));
  });
  const named = drawMasks(images, masks, { classNames: ["-", "sky"] });
  assert.notDeepEqual((await pixels(named))(1, 1), half(1, 1));
});

test("bad input is named", () => {
  const masks = tf.zeros([1, 8, 8], "int32");
  const ones = tf.ones([1, 8, 8], "int32");
  const small = tf.zeros([1, 4, 4]);
  try {
    assert.throws(() => drawBoxes(images, []), /1 images and objects of 0/);
    assert.throws(
      () => drawBoxes(images, [{ boxes: [[4, 4, 1, 1]] }]),
      /objects\[0\]\.boxes\[0\] is \[4, 4, 1, 1\]/,
    );
    assert.throws(() => drawBoxes(images, [{ boxes: [[0, 0, 1, 1]], labels: [0, 1] }]), /labels has 2/);
    assert.throws(
      () => drawBoxes(images, [{ boxes: [[0, 0, 1, 1]], labels: [2] }], { classNames: ["a"] }),
      /label is 2; there are names of 1 classes/,
    );
    assert.throws(
      () => drawBoxes(images, [{ boxes: [[0, 0, 1, 1]], masks: small }]),
      /shape \[1,4,4\]; it must be \[1, 8, 8\]/,
    );
    assert.throws(() => drawMasks(images, small), /shape \[1,4,4\]; it must be \[1, 8, 8\]/);
    assert.throws(
      () => drawMasks(images, ones, { classNames: ["a"] }),
      /class 1; classes are whole numbers from 0 to 0/,
    );
    assert.throws(() => drawMasks(images, masks, { alpha: 2 }), /alpha is 2/);
  } finally {
    tf.dispose([masks, ones, small]);
  }
});
