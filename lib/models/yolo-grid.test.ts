import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { testedBackends } from "../backend/battery/backends.ts";
import { use } from "../backend/index.ts";
import { shapes } from "../data/synthetic/index.ts";
import { assertClose } from "../metrics/battery/references.ts";
import { meanAveragePrecision } from "../metrics/index.ts";
import { fit, losses } from "../train/index.ts";
import { yolo } from "./yolo.ts";
import { yoloGrid } from "./yolo-grid.ts";

/** Images of 32 rows and 64 columns, 2 × 4 cells of 16 pixels, 2 boxes, 3 classes. */
const grid = yoloGrid({
  inputs: [{ shape: [null, 32, 64, 3] }],
  outputs: [{ shape: [null, 2, 4, 13] }],
} as unknown as tf.LayersModel);

test("a box is told by the cell of its centre", () => {
  const y = tf.tensor3d([
    [
      [16, 4, 32, 8, 2],
      [-1, -1, -1, -1, -1],
    ],
    [
      [0, 0, 64, 32, 0],
      [33, 17, 47, 31, 1],
    ],
  ]);
  const targets = grid.encode(y);
  assert.deepEqual(targets.shape, [2, 2, 4, 8]);
  const cells = targets.arraySync();
  assertClose(cells[0]?.[0]?.[1], [0.5, 0.375, 0.5, Math.sqrt(1 / 8), 1, 0, 0, 1], "cell", 1e-7);
  assert.deepEqual(cells[1]?.[1]?.[2], [0, 0, 1, 1, 1, 1, 0, 0], "of two objects in a cell the first counts");
  const told = tf.sum(tf.slice(targets, [0, 0, 0, 4], [-1, -1, -1, 1]));
  assert.equal(told.dataSync()[0], 2);
  tf.dispose([y, targets, told]);
});

test("decoding gives back the boxes that were encoded", () => {
  const { detection } = shapes({ samples: 40, imageSize: [64, 96], objects: [0, 4], seed: 3 });
  const fine = yoloGrid(yolo({ inputShape: [64, 96, 3], classes: 3 }));
  const { x, y } = detection.batch(Int32Array.from({ length: 40 }, (_, index) => index));
  const targets = fine.encode(y);
  const sorted = ({ boxes, labels }: { boxes: readonly (readonly number[])[]; labels: number[] }) =>
    boxes
      .map((box, index) => [...box, labels[index]])
      .sort((a, b) => (a[0] as number) - (b[0] as number) || (a[1] as number) - (b[1] as number));
  // Those that are not the first in their cell can't be told.
  const ownCell = detection.objects.map(({ boxes, labels }) => {
    const cells = boxes.map(([left, top, right, bottom]) => `${(left + right) >> 4},${(top + bottom) >> 4}`);
    const first = boxes.map((_, index) => cells.indexOf(cells[index] as string) === index);
    return {
      boxes: boxes.filter((_, index) => first[index]),
      labels: labels.filter((_, index) => first[index]),
    };
  });
  const found = fine.decode(targets);
  assertClose(
    found.map((image) =>
      sorted(image).map((row) => row.map((value) => Math.round((value as number) * 1e3) / 1e3)),
    ),
    ownCell.map(sorted),
  );
  assert.ok(found.flatMap(({ scores }) => scores).every((score) => score === 1));
  tf.dispose([x, y, targets]);
});

test("decoding keeps confident boxes, clips them, and of many on one object the best", () => {
  const cell = (...values: number[]) => [...values, ...new Array(13 - values.length).fill(0)];
  const none = cell();
  const output = tf.tensor4d([
    [
      // Both boxes of the cell on one object, of class 1 rather than 2; then one that reaches over the corner.
      [
        cell(0.5, 0.5, 0.5, 0.5, 1, 0.5, 0.5, 0.5, 0.5, 0.5, 0, 1, 0.5),
        none,
        none,
        cell(1, 0, 0.5, 0.5, 0.9, 0, 0, 0, 0, 0, 0.5),
      ],
      [none, none, none, none],
    ],
  ]);
  const [found] = grid.decode(output, { scoreThreshold: 0.4 });
  assertClose(
    found,
    {
      boxes: [
        [0, 4, 16, 12],
        [0, 4, 16, 12],
        [56, 0, 64, 4],
      ],
      labels: [1, 2, 0],
      scores: [1, 0.5, 0.45],
    },
    "found",
    1e-6,
  );
  assert.deepEqual(grid.decode(output, { scoreThreshold: 0.6 })[0]?.labels, [1]);
  output.dispose();
});

test("what does not fit is named", () => {
  assert.throws(
    () => yoloGrid(yolo({ classes: 3 }), { boxes: 3 }),
    /gives \[8,8,13\]; with 3 boxes a cell it must/,
  );
  const bad = (box: number[]) => () => tf.tidy(() => grid.encode(tf.tensor3d([[box]])));
  assert.throws(bad([0, 0, 65, 10, 0]), /box \[0, 0, 65, 10\].* 32 × 64 pixels/);
  assert.throws(bad([0, 0, 10, 10, 3]), /class 3; with 3 classes they go from 0 to 2/);
  assert.throws(bad([0, 0, 10, 10]), /y has the shape \[1,1,4\]/);
  const output = tf.zeros([1, 2, 4, 12]);
  assert.throws(() => grid.decode(output), /must be \[n, 2, 4, 13\]/);
  output.dispose();
});

// The cpu backend needs a minute for these convolutions; the loss is tested on it.
for (const backend of testedBackends().filter(({ name }) => name !== "cpu")) {
  describe(`a detector on ${backend.name}`, { skip: backend.available ? false : backend.reason }, () => {
    before(() => use(backend.name));

    test("finds shapes after a short training", async () => {
      const before = tf.memory().numTensors;
      // Without TensorFlow's convolutions it only learns a little, which takes seconds too.
      const slow = backend.name === "wasm";
      const [samples, side] = slow ? [15, 16] : [240, 32];
      const { detection } = shapes({ samples, imageSize: [side, side], objects: [1, 1], seed: 1 });
      const [training, test] = detection.split(0.2);
      const model = yolo({ inputShape: [side, side, 3], classes: 3, seed: 1 });
      const detector = yoloGrid(model);
      const score = () => {
        const { x, y } = test.batch(Int32Array.from({ length: test.size }, (_, index) => index));
        const output = model.predict(x) as tf.Tensor;
        const found = detector.decode(output, { scoreThreshold: 0.01 });
        tf.dispose([x, y, output]);
        return meanAveragePrecision(test.objects, found, { convention: "every-point" }).meanAveragePrecision;
      };
      const untrained = score();
      const { loss } = await fit(model, detector.examples(training), {
        loss: losses.yolo(),
        optimizer: tf.train.adam(0.003),
        epochs: slow ? 6 : 12,
        batchSize: slow ? 4 : 16,
        show: false,
      });
      assert.ok(untrained < 0.05, `untrained ${untrained}`);
      assert.ok((loss.at(-1) as number) < (loss[0] as number) / 2, String(loss));
      if (!slow) assert.ok(score() > 0.4, `trained ${score()}`);
      model.optimizer.dispose();
      model.dispose();
      assert.equal(tf.memory().numTensors, before);
    });
  });
}
