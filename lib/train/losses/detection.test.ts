// The loss of YOLO beside its equation written out cell by cell, in float64.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { testedBackends } from "../../backend/battery/backends.ts";
import { use } from "../../backend/index.ts";
import { random } from "../../data/random.ts";
import { yolo } from "./detection.ts";

const [samples, rows, columns, boxes, classes] = [3, 2, 3, 2, 2];
const [size, wide] = [5 + classes, 5 * boxes + classes];

type Cell = Float64Array;

/** Edges in parts of the image, from x, y, √width and √height. */
function edges(box: Cell): [number, number, number, number] {
  const [x, y, a, b] = box as unknown as [number, number, number, number];
  return [x / columns - a ** 2 / 2, y / rows - b ** 2 / 2, x / columns + a ** 2 / 2, y / rows + b ** 2 / 2];
}

function iouOf(a: Cell, b: Cell): number {
  const [p, q] = [edges(a), edges(b)];
  const side = (axis: 0 | 1) =>
    Math.max(0, Math.min(p[axis + 2] as number, q[axis + 2] as number) - Math.max(p[axis], q[axis]));
  const area = (box: number[]) =>
    ((box[2] as number) - (box[0] as number)) * ((box[3] as number) - (box[1] as number));
  const shared = side(0) * side(1);
  return shared === 0 ? 0 : shared / (area(p) + area(q) - shared);
}

/** Which box of each cell answers, and the overlap that its confidence has to be. */
function answering(target: Float64Array, prediction: Float64Array): { box: number; iou: number }[] {
  return Array.from({ length: target.length / size }, (_, cell) => {
    const truth = target.subarray(cell * size, cell * size + 4);
    const given = [0, 1].map((box) => prediction.subarray(cell * wide + 5 * box, cell * wide + 5 * box + 4));
    const ious = given.map((each) => iouOf(truth, each));
    const apart = given.map((each) =>
      edges(each).reduce((sum, edge, at) => sum + (edge - (edges(truth)[at] as number)) ** 2, 0),
    );
    const [first, second] = Math.max(...ious) > 0 ? ious : apart.map((value) => -value);
    const box = Number((second as number) > (first as number));
    return { box, iou: ious[box] as number };
  });
}

/** Equation 3 of the paper for each image. */
function equation(
  target: Float64Array,
  prediction: Float64Array,
  answers = answering(target, prediction),
): number[] {
  const sums = new Array<number>(samples).fill(0);
  answers.forEach((answer, cell) => {
    const t = target.subarray(cell * size, (cell + 1) * size);
    const p = prediction.subarray(cell * wide, (cell + 1) * wide);
    const squared = (a: Cell, b: Cell) =>
      a.reduce((sum, value, at) => sum + (value - (b[at] as number)) ** 2, 0);
    let sum = 0;
    for (let box = 0; box < boxes; box++) {
      const given = p.subarray(5 * box, 5 * box + 5);
      if (t[4] === 1 && box === answer.box) {
        sum += 5 * squared(t.subarray(0, 4), given.subarray(0, 4)) + ((given[4] as number) - answer.iou) ** 2;
      } else sum += 0.5 * (given[4] as number) ** 2;
    }
    if (t[4] === 1) sum += squared(t.subarray(5), p.subarray(5 * boxes));
    sums[Math.floor(cell / (rows * columns))] = (sums[Math.floor(cell / (rows * columns))] as number) + sum;
  });
  return sums;
}

function example(): { target: Float64Array; prediction: Float64Array } {
  const source = random(4);
  const target = new Float64Array(samples * rows * columns * size);
  for (let cell = 0; cell < target.length / size; cell += 2) {
    const places = [
      source.uniform(),
      source.uniform(),
      0.3 + 0.5 * source.uniform(),
      0.3 + 0.5 * source.uniform(),
    ];
    target.set([...places, 1], cell * size);
    target[cell * size + 5 + source.integer(classes)] = 1;
  }
  const prediction = Float64Array.from({ length: samples * rows * columns * wide }, () => source.uniform());
  // In one cell neither box overlaps, the second is nearer.
  target.set([0, 0, 0.2, 0.2], 0);
  prediction.set([1, 1, 0.1, 0.1, 0.5, 0.5, 0.5, 0.1, 0.1, 0.5], 0);
  return {
    target: Float64Array.from(Float32Array.from(target)),
    prediction: Float64Array.from(Float32Array.from(prediction)),
  };
}

for (const backend of testedBackends()) {
  describe(`YOLO's loss on ${backend.name}`, { skip: backend.available ? false : backend.reason }, () => {
    before(() => use(backend.name));

    test("is the sum that one reckons by hand", () => {
      tf.tidy(() => {
        // One cell, two boxes, one class: the first box is the object's but twice as high and wide, IoU 1/4… of the image.
        const target = tf.tensor4d([[[[0.5, 0.5, 0.5, 0.5, 1, 1]]]]);
        const given = tf.tensor4d([[[[0.5, 0.5, 1, 1, 1, 9, 9, 0, 0, 2, 3]]]]);
        // 5·(½² + ½²) for the size, (1 − 1/16)² for the overlap, ½·2² for the other box, (3 − 1)² for the class.
        assert.deepEqual([...yolo()(target, given).dataSync()], [2.5 + (15 / 16) ** 2 + 2 + 4]);
        assert.deepEqual(
          [...yolo({ coordinates: 2, noObject: 0 })(target, given).dataSync()],
          [1 + (15 / 16) ** 2 + 4],
        );
        // Without an object only confidence counts.
        assert.deepEqual([...yolo()(tf.zerosLike(target), given).dataSync()], [0.5 * (1 + 4)]);
      });
    });

    test("is the paper's equation, and so is its gradient", () => {
      const { target, prediction } = example();
      const before = tf.memory().numTensors;
      const [values, gradient] = tf.tidy(() => {
        const t = tf.tensor4d(Float32Array.from(target), [samples, rows, columns, size]);
        const p = tf.tensor4d(Float32Array.from(prediction), [samples, rows, columns, wide]);
        const value = yolo()(t, p).dataSync();
        return [
          value,
          tf
            .grad((x) => tf.sum(yolo()(t, x)))(p)
            .dataSync(),
        ];
      });
      assert.equal(tf.memory().numTensors, before);
      for (const [at, expected] of equation(target, prediction).entries()) {
        assert.ok(
          Math.abs((values[at] as number) - expected) < 1e-5 * expected,
          `${values[at]}, not ${expected}`,
        );
      }
      // Which box answers and the overlap wanted are constants of the step.
      const answers = answering(target, prediction);
      assert.deepEqual([...new Set(answers.map(({ box }) => box))].sort(), [0, 1]);
      assert.deepEqual(answers[0], { box: 1, iou: 0 });
      const sum = (at: number, change: number) => {
        const moved = prediction.slice();
        moved[at] = (moved[at] as number) + change;
        return equation(target, moved, answers).reduce((total, value) => total + value, 0);
      };
      for (const at of prediction.keys()) {
        const slope = (sum(at, 1e-5) - sum(at, -1e-5)) / 2e-5;
        assert.ok(
          Math.abs((gradient[at] as number) - slope) < 1e-4,
          `at ${at} ${gradient[at]}, not ${slope}`,
        );
      }
    });
  });
}

test("shapes that don't belong together are named", () => {
  const loss = yolo();
  const shapes = (target: number[], given: number[]) => () =>
    tf.tidy(() => loss(tf.zeros(target), tf.zeros(given)));
  assert.throws(
    shapes([1, 2, 2, 7], [1, 2, 2, 11]),
    /target has the shape \[1,2,2,7\] and the prediction \[1,2,2,11\]/,
  );
  assert.throws(shapes([1, 2, 3, 7], [1, 2, 2, 12]), /same cells/);
  assert.throws(() => yolo({ noObject: -1 }), /noObject is -1; it must be a number at least 0/);
});
