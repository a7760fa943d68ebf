import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { ready } from "../../backend/index.ts";
import { ArrayExamples } from "../arrays.ts";
import * as synthetic from "./index.ts";

await ready();

let before: number;
beforeEach(() => {
  before = tf.memory().numTensors;
});
afterEach(() => {
  assert.equal(tf.memory().numTensors, before, "tensors leak");
});

const arrays: Record<
  string,
  (options: { samples: number; seed: number }) => ArrayExamples & synthetic.Synthetic
> = {
  moons: synthetic.moons,
  circles: synthetic.circles,
  blobs: synthetic.blobs,
  spirals: synthetic.spirals,
  gaussianQuantiles: synthetic.gaussianQuantiles,
  xor: synthetic.xor,
  linearRegression: synthetic.linearRegression,
  sineRegression: synthetic.sineRegression,
  galaxyColours: synthetic.galaxyColours,
  hazyPairs: (options) => synthetic.hazyPairs({ ...options, imageSize: [8, 12] }),
  sampledMeshes: (options) => synthetic.sampledMeshes({ ...options, points: 16 }),
};

for (const [name, make] of Object.entries(arrays)) {
  test(`${name}: as many as asked for, the same for the same seed, finite, marked as synthetic`, () => {
    const [first, again, other] = [
      make({ samples: 30, seed: 1 }),
      make({ samples: 30, seed: 1 }),
      make({ samples: 30, seed: 2 }),
    ];
    assert.equal(first.size, 30);
    assert.deepEqual([first.inputs, first.targets], [again.inputs, again.targets]);
    assert.notDeepEqual(first.inputs, other.inputs);
    assert.ok([...first.inputs, ...first.targets].every(Number.isFinite));
    assert.equal(first.synthetic && first.card.synthetic, true);
    assert.match(String(first.card), /synthetic +computed from a seed, not measured\n.*seed 1/);
    const { x, y } = first.batch([3, 1]);
    assert.deepEqual(x.shape, [2, ...first.inputShape]);
    assert.deepEqual(y.shape, [2, ...first.targetShape]);
    assert.equal(y.dtype, first.classNames.length ? "int32" : "float32");
    tf.dispose([x, y]);
    if (first.classNames.length) {
      assert.deepEqual(
        [...new Set(first.targets)].sort(),
        [...first.classNames.keys()],
        "every class occurs",
      );
    }
    assert.throws(
      () => make({ samples: 0.5, seed: 0 }),
      /samples is 0\.5; a whole number from \d+ on is expected/,
    );
  });
}

function points(set: ArrayExamples): { x: number; y: number; label: number }[] {
  return Array.from({ length: set.size }, (_, index) => ({
    x: set.inputs[2 * index] as number,
    y: set.inputs[2 * index + 1] as number,
    label: set.targets[index] as number,
  }));
}

test("without noise every point lies on its curve", () => {
  for (const { x, y, label } of points(synthetic.moons({ noise: 0 }))) {
    const distance = label === 0 ? Math.hypot(x, y) : Math.hypot(x - 1, y - 0.5);
    assert.ok(Math.abs(distance - 1) < 1e-6 && (label === 0 ? y > -1e-6 : y < 0.5 + 1e-6));
  }
  for (const { x, y, label } of points(synthetic.circles({ noise: 0, factor: 0.3 }))) {
    assert.ok(Math.abs(Math.hypot(x, y) - (label === 0 ? 1 : 0.3)) < 1e-6);
  }
  for (const { x, y, label } of points(synthetic.xor())) assert.equal(label, x > 0 === y > 0 ? 0 : 1);
  const spiral = synthetic.spirals({ noise: 0, arms: 2, turns: 1 });
  for (const { x, y, label } of points(spiral)) {
    const angle = Math.atan2(y, x) / (2 * Math.PI);
    const expected = Math.hypot(x, y) + label / 2;
    assert.ok(Math.abs(angle - expected - Math.round(angle - expected)) < 1e-5);
  }
});

test("quantiles have equally many points and nested radii; blobs have the asked centres", () => {
  const rings = points(synthetic.gaussianQuantiles({ samples: 90, classes: 3 }));
  const radii = [0, 1, 2].map((ring) =>
    rings.filter(({ label }) => label === ring).map(({ x, y }) => Math.hypot(x, y)),
  );
  assert.deepEqual(
    radii.map((ring) => ring.length),
    [30, 30, 30],
  );
  assert.ok(Math.max(...(radii[0] as number[])) <= Math.min(...(radii[1] as number[])));
  const clouds = points(
    synthetic.blobs({
      samples: 4000,
      centers: [
        [5, -5],
        [-5, 5],
      ],
      deviation: 0.5,
    }),
  );
  const mean = clouds.filter(({ label }) => label === 0).reduce((sum, { x }) => sum + x, 0) / 2000;
  assert.ok(Math.abs(mean - 5) < 0.05, `mean ${mean}`);
  assert.throws(
    () => synthetic.blobs({ centers: [[1, 2], [3]] }),
    /centers\[1\] has 1 coordinates, the first has 2/,
  );
});

test("least squares finds the weights of the linear set", () => {
  const { inputs, targets, size } = synthetic.linearRegression({
    samples: 2000,
    weights: [2],
    bias: 1,
    noise: 0.1,
  });
  const mean = (values: ArrayLike<number>) =>
    Array.from(values).reduce((sum, value) => sum + value, 0) / size;
  const [x, y] = [mean(inputs), mean(targets)];
  const covariance = mean(inputs.map((input, index) => (input - x) * ((targets[index] as number) - y)));
  const slope = covariance / mean(inputs.map((input) => (input - x) ** 2));
  assert.ok(Math.abs(slope - 2) < 0.01 && Math.abs(y - slope * x - 1) < 0.01);
  const curve = synthetic.sineRegression({ noise: 0, frequency: 2 });
  curve.inputs.forEach((input, index) => {
    assert.ok(Math.abs((curve.targets[index] as number) - Math.sin(4 * Math.PI * input)) < 1e-6);
  });
});

test("the border of Williams et al. separates most galaxies", () => {
  const galaxies = points(synthetic.galaxyColours({ samples: 2000 }));
  const right = galaxies.filter(({ x, y, label }) => y > 0.88 * x + 0.69 === (label === 1)).length / 2000;
  assert.ok(right > 0.93 && right < 1, `${right}`);
});

test("haze only mixes in the light of the air, and none where its density is 0", () => {
  const clear = synthetic.hazyPairs({ samples: 2, imageSize: [16, 16], density: [0, 0] });
  assert.deepEqual(clear.inputs, clear.targets);
  const { inputs, targets } = synthetic.hazyPairs({ samples: 4, imageSize: [32, 32] });
  const spread = (values: ArrayLike<number>) => {
    const all = Array.from(values);
    const mean = all.reduce((sum, value) => sum + value, 0) / all.length;
    return all.reduce((sum, value) => sum + (value - mean) ** 2, 0) / all.length;
  };
  assert.ok(inputs.every((value) => value >= 0 && value <= 1));
  assert.ok(spread(inputs) < 0.7 * spread(targets), "haze lowers the contrast");
});

test("every point of a mesh lies on its solid", () => {
  const set = synthetic.sampledMeshes({ samples: 8, points: 200, noise: 0, turned: false });
  const near = (a: number, b: number) => Math.abs(a - b) < 1e-6;
  const onSolid = [
    (x: number, y: number, z: number) => near(Math.hypot(x, y, z), 1),
    (x: number, y: number, z: number) => near(Math.max(...[x, y, z].map(Math.abs)), 1 / Math.sqrt(3)),
    (x: number, y: number, z: number) => near(Math.hypot(Math.hypot(x, y) - 0.7, z), 0.3),
    (x: number, y: number, z: number) =>
      near(Math.hypot(x, y), 0.6) || (near(Math.abs(z), 0.8) && Math.hypot(x, y) < 0.6),
  ];
  for (let point = 0; point < 8 * 200; point++) {
    const [x, y, z] = set.inputs.subarray(point * 3, point * 3 + 3);
    const label = set.targets[Math.floor(point / 200)] as number;
    assert.ok(onSolid[label]?.(x as number, y as number, z as number), set.classNames[label]);
  }
});

test("boxes are tight around the masks of their shapes", () => {
  const {
    detection,
    segmentation,
    synthetic: isSynthetic,
  } = synthetic.shapes({ samples: 20, imageSize: [40, 50], seed: 3 });
  assert.equal(isSynthetic, true);
  detection.objects.forEach(({ boxes, labels }, index) => {
    const mask = segmentation.masks.subarray(index * 2000, (index + 1) * 2000);
    let inside = 0;
    boxes.forEach(([left, top, right, bottom], position) => {
      const at = (row: number, column: number) =>
        mask[row * 50 + column] === (labels[position] as number) + 1;
      const rows = Array.from({ length: bottom - top }, (_, row) => top + row);
      const columns = Array.from({ length: right - left }, (_, column) => left + column);
      for (const edge of [top, bottom - 1]) assert.ok(columns.some((column) => at(edge, column)));
      for (const edge of [left, right - 1]) assert.ok(rows.some((row) => at(row, edge)));
      for (const row of rows) for (const column of columns) if (at(row, column)) inside++;
    });
    assert.equal(inside, mask.filter((label) => label > 0).length, "no pixel of a shape outside its box");
  });
  const { x, y } = detection.batch([0, 5]);
  assert.deepEqual(
    [x.shape, y.shape],
    [
      [2, 40, 50, 3],
      [2, 3, 5],
    ],
  );
  const values = y.dataSync();
  const first = detection.objects[0]?.boxes[0] as readonly number[];
  assert.deepEqual([...values.subarray(0, 4)], [...first]);
  const pair = segmentation.batch([5]);
  assert.deepEqual([pair.x.shape, pair.y.shape, pair.y.dtype], [[1, 40, 50, 3], [1, 40, 50], "int32"]);
  tf.dispose([x, y, pair.x, pair.y]);
  const [rest, part] = detection.split(0.25);
  assert.deepEqual([rest.size, part.size], [15, 5]);
  assert.deepEqual(part.select([0]).image(0), part.image(0));
  assert.throws(() => part.image(5), /no image 5; indices go from 0 to 4/);
});

test("a split holds every class in proportion and every example once", () => {
  const set = synthetic.galaxyColours({ samples: 400, quiescent: 0.25 });
  const [rest, part] = set.split(0.2, { seed: 5 });
  const count = ({ targets }: ArrayExamples) => targets.filter((label) => label === 1).length;
  assert.equal(rest.size + part.size, 400);
  assert.equal(count(part), Math.round(count(set) * 0.2));
  const rows = (some: ArrayExamples) => points(some).map(({ x, y }) => `${x} ${y}`);
  assert.deepEqual([...rows(rest), ...rows(part)].sort(), rows(set).sort());
  assert.throws(() => set.split(1), /fraction is 1; it must lie between 0 and 1/);
  assert.throws(() => set.select([400]), /no example 400; indices go from 0 to 399/);
});

test("arrays that don't fit each other are refused", () => {
  const content = {
    inputs: new Float32Array(5),
    inputShape: [2],
    targets: new Int32Array(3),
    targetShape: [],
  };
  assert.throws(
    () => new ArrayExamples(content),
    /3 target values of shape \[\] need 6 input values of shape \[2\], found 5/,
  );
  const labels = {
    ...content,
    inputs: new Float32Array(6),
    targets: Int32Array.of(0, 1, 2),
    classNames: ["a", "b"],
  };
  assert.throws(() => new ArrayExamples(labels), /Target 2 is 2; with 2 classes they go from 0 to 1/);
});
