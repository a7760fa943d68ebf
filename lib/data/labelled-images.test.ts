import assert from "node:assert/strict";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { toExamples } from "./examples.ts";
import { LabelledImages } from "./labelled-images.ts";

await tf.setBackend("cpu");

// Image i has the pixels i, i and the class i % 3.
function makeImages(size: number): LabelledImages {
  return new LabelledImages({
    images: Uint8Array.from({ length: size * 2 }, (_, index) => Math.floor(index / 2)),
    labels: Uint8Array.from({ length: size }, (_, index) => index % 3),
    shape: [1, 2, 1],
    classNames: ["a", "b", "c"],
  });
}

function counts({ labels }: LabelledImages): number[] {
  return [0, 1, 2].map((label) => labels.filter((found) => found === label).length);
}

test("batches hold the chosen images, scaled, and their labels", () => {
  const { x, y } = makeImages(30).batch([5, 1]);
  assert.deepEqual(x.shape, [2, 1, 2, 1]);
  assert.deepEqual([...x.dataSync()], [...Float32Array.from([5, 5, 1, 1], (value) => value / 255)]);
  assert.equal(y.dtype, "int32");
  assert.deepEqual([...y.dataSync()], [2, 1]);
  tf.dispose([x, y]);
});

test("split keeps proportions, loses nothing and depends on the seed alone", () => {
  const [rest, part] = makeImages(60).split(0.25, { seed: 1 });
  assert.deepEqual(
    [counts(rest), counts(part)],
    [
      [15, 15, 15],
      [5, 5, 5],
    ],
  );
  const together = [...rest.images, ...part.images].sort((a, b) => a - b);
  assert.deepEqual(together, [...makeImages(60).images]);
  const again = makeImages(60).split(0.25, { seed: 1 })[1];
  assert.deepEqual(again.images, part.images);
  assert.notDeepEqual(makeImages(60).split(0.25, { seed: 2 })[1].images, part.images);
});

test("limit and perClass keep classes in proportion", () => {
  const limited = makeImages(60).limit(20, { seed: 1 });
  assert.equal(limited.size, 20);
  assert.ok(counts(limited).every((count) => count === 6 || count === 7));
  assert.deepEqual(counts(makeImages(60).perClass(2)), [2, 2, 2]);
  assert.deepEqual(
    [
      ...makeImages(60)
        .perClass(2)
        .images.filter((_, i) => i % 2),
    ],
    [0, 1, 2, 3, 4, 5],
  );
});

test("bad input is named", () => {
  const images = makeImages(6);
  assert.throws(() => images.select([6]), /no image 6; indices go from 0 to 5/);
  assert.throws(() => images.limit(7), /7 images were asked for; a whole number from 1 to 6/);
  assert.throws(() => images.perClass(3), /Class "a" has 2 images, 3 were asked for/);
  assert.throws(() => images.split(20), /fraction is 20/);
  const shape = [1, 1, 1] as const;
  const content = { images: new Uint8Array(1), shape, classNames: ["a"] };
  assert.throws(
    () => new LabelledImages({ ...content, labels: Uint8Array.of(1) }),
    /Label 0 is 1; with 1 classes/,
  );
  assert.throws(
    () => new LabelledImages({ ...content, labels: Uint8Array.of(0, 0) }),
    /2 labels need 2 pixel values/,
  );
});

test("tensors are examples and stay the caller's", () => {
  const pair = { x: tf.tensor2d([[1], [2], [3]]), y: tf.tensor1d([4, 5, 6]) };
  const { x, y } = toExamples(pair).batch([2, 0]);
  assert.deepEqual(
    [[...x.dataSync()], [...y.dataSync()]],
    [
      [3, 1],
      [6, 4],
    ],
  );
  assert.throws(() => toExamples({ x: pair.x, y: tf.tensor1d([1]) }), /x has the shape \[3,1\] and y \[1\]/);
  tf.dispose([x, y]);
  assert.equal(pair.x.isDisposed, false);
});
