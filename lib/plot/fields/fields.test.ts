import assert from "node:assert/strict";
import { afterEach, before, beforeEach, test } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { use } from "../../backend/index.ts";
import type { Figure } from "../figure.ts";
import { contour } from "./contour.ts";
import { decisionBoundary } from "./decision-boundary.ts";
import { heatMap } from "./heat-map.ts";
import { isolines } from "./isolines.ts";

let atStart: number;
before(() => use("cpu"));
beforeEach(() => {
  atStart = tf.memory().numTensors;
});
afterEach(() => assert.equal(tf.memory().numTensors, atStart, "tensors are left over"));

const text = async (figure: Figure) => String((await figure.toMime())["text/plain"]);

function grid(f: (x: number, y: number) => number, count = 41) {
  const places = Array.from({ length: count }, (_, index) => -2 + (4 * index) / (count - 1));
  return { x: places, y: places, values: places.flatMap((y) => places.map((x) => f(x, y))) };
}

test("the line of a circle is closed and has its radius", () => {
  const lines = isolines(
    grid((x, y) => x * x + y * y),
    1,
  );
  assert.equal(lines.length, 1);
  const [line = []] = lines;
  assert.deepEqual(line[0], line.at(-1));
  for (const [x, y] of line) assert.ok(Math.abs(Math.hypot(x, y) - 1) < 0.01);
  const length = line.slice(1).reduce((sum, [x, y], index) => {
    const [px, py] = line[index] as [number, number];
    return sum + Math.hypot(x - px, y - py);
  }, 0);
  assert.ok(Math.abs(length - 2 * Math.PI) < 0.02, `length ${length}`);
});

test("open lines go from border to border, and each saddle has two", () => {
  const [line = []] = isolines(
    grid((x, y) => x + 0 * y),
    0.03,
  );
  assert.deepEqual([line[0]?.[1], line.at(-1)?.[1]].map(Math.abs as (value: unknown) => number), [2, 2]);
  for (const [x] of line) assert.ok(Math.abs(x - 0.03) < 1e-12);
  for (const level of [-0.01, 0.01]) {
    assert.equal(
      isolines(
        grid((x, y) => x * y),
        level,
      ).length,
      2,
    );
  }
  assert.deepEqual(
    isolines(
      grid(() => 1),
      2,
    ),
    [],
  );
});

test("contour maps say their heights and refuse what has none", async () => {
  const box = { xRange: [-1, 1], yRange: [0, 2] } as const;
  assert.match(await text(contour((x, y) => x + y, { ...box, levels: [1] })), /-1 to 3, lines at 1$/);
  assert.match(await text(contour(() => 5, box)), /5 to 5/);
  const path = [
    [0, 1],
    [0.5, 1.5],
  ] as const;
  const walked = await contour((x, y) => x + y, { ...box, path }).toMime();
  assert.match(String(walked["text/plain"]), /with a path of 2 points/);
  assert.match(String(walked["image/svg+xml"]), /D55E00/i);
  assert.throws(() => contour((x) => x, { ...box, path: [[0, Number.NaN]] }), /path\[0\] is \[0, NaN\]/);
  assert.throws(() => contour(() => Number.NaN, box), /f\(-1, 0\) is NaN/);
  assert.throws(() => contour((x) => x, { ...box, xRange: [1, 1] }), /xRange is \[1, 1\]/);
  assert.throws(() => contour((x) => x, { ...box, levels: [] }), /levels is empty/);
});

test("heat maps show rows downwards, with numbers that can be read on their colours", async () => {
  const values = tf.tensor2d([[-1, 0, 0.5]]);
  const figure = heatMap(values, { rows: ["only"], columns: ["a", "b", "c"], z: "correlation" });
  values.dispose();
  const svg = String((await figure.toMime())["image/svg+xml"]);
  for (const word of ["only", "a", "b", "c", "correlation", "-1", "0.5"])
    assert.ok(svg.includes(`>${word}</text>`), word);
  assert.match(svg, /fill="rgb\(33, ?102, ?172\)"/);
  assert.throws(() => heatMap([[1, 2], [3]]), /values\[1\] has the shape \[1\]/);
  assert.throws(() => heatMap([[1]], { rows: [] }), /0 names of rows for 1 rows/);
  assert.throws(() => heatMap([]), /at least one cell/);
});

test("a decision boundary marks examples on the wrong side, whatever kind of answer there is", async () => {
  const points = { x: [-1, 1, 2], y: [0, 0, 0], labels: [0, 1, 0] };
  const right = (input: tf.Tensor2D) => tf.tidy(() => tf.slice(input, [0, 0], [-1, 1]));
  const answers = {
    scores: (input: tf.Tensor2D) => tf.tidy(() => tf.concat([tf.neg(right(input)), right(input)], 1)),
    probabilities: (input: tf.Tensor2D) => tf.tidy(() => tf.sigmoid(right(input))),
    classes: (input: tf.Tensor2D) => tf.tidy(() => tf.cast(tf.greater(right(input), 0), "int32")),
    array: (input: tf.Tensor2D) => {
      const values = [...input.dataSync()];
      return values.filter((_, index) => index % 2 === 0).map((value) => Number(value > 0));
    },
  };
  for (const [name, answer] of Object.entries(answers)) {
    const figure = decisionBoundary(answer, points, { resolution: 9 });
    assert.match(await text(figure), /between 0, 1: 2 of 3 examples on the right side, 1 not/, name);
  }
});

test("a model of two inputs is a classifier; others are refused", async () => {
  const model = tf.sequential({
    layers: [tf.layers.dense({ units: 3, inputShape: [2], activation: "softmax" })],
  });
  const points = { x: [-1, 1], y: [0, 1], labels: ["b", "a"] };
  assert.ok(
    (await text(decisionBoundary(model, { ...points, labels: [0, 2] }, { resolution: 5 }))).length > 20,
  );
  model.dispose();
  const byName = decisionBoundary((input) => Array<string>(input.shape[0]).fill("a"), points, {
    resolution: 5,
  });
  assert.match(await text(byName), /between a, b: 1 of 2/);
  assert.throws(() => decisionBoundary(() => [1], points), /gave 1 answers for 6400 points/);
  assert.throws(() => decisionBoundary(() => [1], { ...points, x: [1] }), /x has 1 examples and y has 2/);
  assert.throws(() => decisionBoundary(() => [1], points, { xRange: [1, 0] }), /xRange is \[1, 0\]/);
});
