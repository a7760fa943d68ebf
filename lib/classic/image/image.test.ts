import assert from "node:assert/strict";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { assertClose } from "../../metrics/battery/references.ts";
import { references } from "../battery/references.ts";
import * as image from "./index.ts";

const reference = references.image;

function pixelsOf(rows: number[][] | number[][][]): image.FilteredPixels {
  const [first] = rows[0] as (number | number[])[];
  const channels = Array.isArray(first) ? first.length : 1;
  return {
    data: Float64Array.from(rows.flat(2)),
    height: rows.length,
    width: (rows[0] as unknown[]).length,
    channels,
  };
}

const x = pixelsOf(reference.x);
const colour = pixelsOf(reference.colour);
const cross = [
  [0, 1, 0],
  [1, 1, 1],
  [0, 1, 0],
];
const corner = [
  [0, 1, 1],
  [0, 1, 0],
  [0, 0, 0],
];

const compared: Record<string, () => image.FilteredPixels> = {
  box: () => image.box(x, { size: 5 }),
  gaussian: () => image.gaussian(x, { sigma: 1.3 }),
  gaussianColour: () => image.gaussian(colour, { sigma: 0.8 }),
  median: () => image.median(x),
  bilateral: () => image.bilateral(colour, { sigma: 1.2, sigmaValue: 0.3, size: 5 }),
  sobelX: () => image.sobel(x).x,
  sobelY: () => image.sobel(x).y,
  laplacian: () => image.laplacian(x),
  sharpen: () => image.sharpen(x, { sigma: 1.5, amount: 2 }),
  grey: () => image.grey(colour),
  equalize: () => image.equalizeHistogram(x, { bins: 64 }),
  adaptiveMean: () => image.adaptiveThreshold(x, { size: 5, method: "mean", offset: 0.05 }),
  adaptiveGaussian: () => image.adaptiveThreshold(x, { size: 7 }),
  erode: () => image.erode(x),
  dilate: () => image.dilate(x, { element: corner }),
  open: () => image.open(x, { element: cross }),
  close: () => image.close(x, { element: corner }),
  gradient: () => image.morphologicalGradient(x, { element: cross }),
};

for (const [name, make] of Object.entries(compared)) {
  test(`${name} is that of SciPy or scikit-image`, () => {
    const found = make();
    assert.deepEqual([found.height, found.width], [reference[name].length, reference[name][0].length]);
    assertClose([...found.data], reference[name].flat(2).map(Number), name, 1e-9);
  });
}

for (const border of ["reflect", "mirror", "nearest", "wrap", "constant"] as const) {
  test(`a filter at the border "${border}" is SciPy's`, () => {
    const kernel = Array.from({ length: 3 }, (_, i) => Array.from({ length: 5 }, (__, j) => 5 * i + j - 4));
    assertClose(
      [...image.filter(x, kernel, { border }).data],
      reference.filter[border].flat(),
      border,
      1e-10,
    );
  });
}

test("borders reach over images smaller than the window", () => {
  const tiny = { data: [1, 2], height: 1, width: 2 };
  assertClose([...image.box(tiny, { size: 7 }).data], [11 / 7, 10 / 7], "reflect", 1e-12);
  assertClose([...image.box(tiny, { size: 3, border: "constant" }).data], [1 / 3, 1 / 3], "constant", 1e-12);
});

test("histogram and Otsu's threshold are scikit-image's", () => {
  const [counts, centers] = reference.histogram;
  assertClose(image.histogram(x, { bins: 16 }), { counts, centers }, "histogram", 1e-12);
  assertClose(image.otsu(x), reference.otsu, "otsu", 1e-12);
  const two = { data: [0.1, 0.12, 0.9, 0.88], height: 2, width: 2 };
  assert.deepEqual([...image.threshold(two, image.otsu(two)).data], [0, 0, 1, 1]);
  assert.equal(image.otsu({ data: [3, 3], height: 1, width: 2 }) > 2, true);
});

test("slopes have a length and a direction", () => {
  const ramp = {
    data: Array.from({ length: 25 }, (_, at) => (at % 5) + 2 * Math.floor(at / 5)),
    height: 5,
    width: 5,
  };
  const { x: across, y: down, magnitude, direction } = image.sobel(ramp);
  assert.deepEqual([across.data[12], down.data[12]], [8, 16]);
  assertClose(
    [magnitude.data[12], direction.data[12]],
    [Math.hypot(8, 16), Math.atan2(2, 1)],
    "slope",
    1e-12,
  );
});

/** The scene of make-classic.py: a disk, a slanted bar and uneven light. */
function scene(): image.FilteredPixels {
  const dyadic = (value: number) => {
    const scaled = value * 256;
    const rounded = Math.round(scaled);
    return (Math.abs(scaled % 1) === 0.5 && rounded % 2 === 1 ? rounded - 1 : rounded) / 256;
  };
  const data = Float64Array.from({ length: 60 * 80 }, (_, at) => {
    const [row, column] = [Math.floor(at / 80), at % 80];
    const disk = (row - 30) ** 2 + (column - 28) ** 2 < 225 ? 0.7 : 0;
    const bar = Math.abs(row - 25 - column / 8) < 12 && column > 50 ? 0.5 : 0;
    return dyadic(disk + bar + 0.002 * row);
  });
  return { data, height: 60, width: 80, channels: 1 };
}

test("Canny's edges are those of scikit-image but for a few pixels", () => {
  const edges = image.canny(scene(), { sigma: 1.5, low: 0.1, high: 0.3 });
  const found = new Set([...edges.data.keys()].filter((at) => edges.data[at] === 1));
  const expected = reference.scene as number[];
  const both = expected.filter((at) => found.has(at)).length;
  assert.ok(
    both / (found.size + expected.length - both) > 0.95,
    `${both} of ${found.size} and ${expected.length}`,
  );
  const none = image.canny({ data: new Float64Array(25), height: 5, width: 5 });
  assert.ok(none.data.every((value) => value === 0));
});

test("Hough finds the lines that were drawn", () => {
  const data = new Float64Array(40 * 50);
  for (let at = 0; at < 40; at++) {
    data[at * 50 + 12] = 1;
    if (at < 30) data[at * 50 + at + 15] = 1;
  }
  const lines = image.houghLines({ data, height: 40, width: 50 }, { lines: 2 });
  assertClose(lines[0], { angle: 0, distance: 12, votes: 40 }, "upright", 1e-12);
  assert.ok(Math.abs((lines[1]?.angle ?? 0) + Math.PI / 4) < 0.04);
  assert.ok(Math.abs((lines[1]?.distance ?? 0) - 15 / Math.SQRT2) <= 1);
  assert.deepEqual(image.houghLines({ data: new Float64Array(9), height: 3, width: 3 }), []);
});

test("a homography is scikit-image's, takes four points exactly, and goes back", () => {
  const { from, to, matrix, warped } = reference.homography;
  const found = image.estimateHomography(from, to);
  assertClose(found, matrix, "matrix", 1e-9);
  assertClose(
    [...image.warp(x, matrix, { height: 8, width: 10, fill: 0.5 }).data],
    warped.flat(),
    "warped",
    1e-6,
  );
  const exact = image.estimateHomography(from.slice(0, 4), to.slice(0, 4));
  assertClose(image.projectPoints(exact, from.slice(0, 4)), to.slice(0, 4), "points", 1e-9);
  const same = [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ] as const;
  assert.deepEqual(image.warp(x, same), x);
  const shift = [
    [1, 0, 2],
    [0, 1, 0],
    [0, 0, 1],
  ] as const;
  assert.deepEqual(
    [...image.warp(x, shift, { interpolation: "nearest", width: 4, height: 1 }).data],
    [0, 0, x.data[0], x.data[1]],
  );
});

test("a tensor gives a tensor of its form, and nothing leaks", () => {
  tf.tidy(() => {
    const plain = tf.tensor2d(reference.x);
    const deep = tf.tensor3d(reference.colour);
    const before = tf.memory().numTensors;
    const results = [
      image.box(plain),
      image.grey(deep),
      image.gaussian(deep),
      image.median(plain.expandDims(2)),
    ];
    assert.deepEqual(
      results.map(({ shape }) => shape),
      [
        [9, 11],
        [5, 6, 1],
        [5, 6, 3],
        [9, 11, 1],
      ],
    );
    assert.equal(tf.memory().numTensors - before, 5);
    assertClose([...(results[0] as tf.Tensor).dataSync()], [...image.box(x).data], "box", 1e-6);
    assert.deepEqual(image.sobel(plain).direction.shape, [9, 11]);
  });
});

test("what can't be filtered says why", () => {
  assert.throws(
    () => image.box({ data: [1], height: 2, width: 2 }),
    /has 1 values; 2 × 2 pixels of 1 channel are 4/,
  );
  assert.throws(() => image.box(tf.tensor1d([1])), /has the shape \[1\]; it must be \[height, width\]/);
  assert.throws(() => image.box({ data: [Number.NaN], height: 1, width: 1 }), /holds NaN at 0/);
  assert.throws(() => image.box(x, { size: 4 }), /size is 4; it must be an odd whole number/);
  assert.throws(
    () => image.canny(colour),
    /canny takes images of 1 channel, this one has 3; convert it with grey/,
  );
  assert.throws(() => image.canny(x, { low: 2, high: 1 }), /low is 2 and high is 1/);
  assert.throws(() => image.filter(x, [[1, 2]]), /kernel has 1 rows and 2 columns/);
  assert.throws(() => image.erode(x, { element: [[0]] }), /element holds only zeros/);
  const line = [
    [0, 0],
    [1, 1],
    [2, 2],
    [3, 3],
  ] as const;
  assert.throws(() => image.estimateHomography(line, line), /Too many of the points lie on a line/);
  assert.throws(
    () => image.estimateHomography(line.slice(1), line),
    /There are 3 points and 4 to take them to/,
  );
});
