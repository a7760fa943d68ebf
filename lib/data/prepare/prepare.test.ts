import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { LabelledImages } from "../labelled-images.ts";
import {
  classWeights,
  Imputer,
  MinMaxScaler,
  OneHotEncoder,
  RobustScaler,
  StandardScaler,
  samplers,
  split,
} from "./index.ts";

await tf.setBackend("cpu");

// JSON has no NaN: null is a missing value.
const references = JSON.parse(
  readFileSync(new URL("../../../../tests/refs/prepare.json", import.meta.url), "utf8"),
  (_, value) => (value === null ? Number.NaN : value),
);

function assertClose(found: number[][], expected: number[][], tolerance = 1e-6): void {
  assert.equal(found.length, expected.length);
  for (const [row, cells] of expected.entries()) {
    assert.equal(found[row]?.length, cells.length);
    for (const [column, value] of cells.entries()) {
      const got = found[row]?.[column] as number;
      const near = Math.abs(got - value) <= tolerance * Math.max(1, Math.abs(value));
      assert.ok(Object.is(got, value) || near, `[${row}][${column}] is ${got}, expected ${value}`);
    }
  }
}

const makeScalers = {
  standard: () => new StandardScaler(),
  minMax: () => new MinMaxScaler(),
  minMaxOneToOne: () => new MinMaxScaler({ range: [-1, 1] }),
  robust: () => new RobustScaler(),
  robustWide: () => new RobustScaler({ quantiles: [0.1, 0.9] }),
};

for (const [name, make] of Object.entries(makeScalers)) {
  test(`${name}: what was learned from the training part scales the test part as scikit-learn does, and back`, () => {
    const { train, test: unseen, gaps, gapsTest } = references;
    const scaler = make().fit(train);
    const scaled = scaler.transform(unseen as number[][]);
    assertClose(scaled, references.scaled[name]);
    assertClose(scaler.inverse(scaled), unseen, 1e-12);
    const withGaps = make().fit(gaps);
    assertClose(withGaps.transform(gapsTest as number[][]), references.scaledWithGaps[name]);
  });

  test(`${name}: a tensor gives a tensor of its shape, and nothing is left behind`, () => {
    const before = tf.memory().numTensors;
    const x = tf.tensor2d([[1], [2], [4], [8]]);
    const scaler = make();
    const scaled = scaler.fitTransform(x);
    const back = scaler.inverse(scaled);
    assert.deepEqual(scaled.shape, [4, 1]);
    assertClose([[...back.dataSync()]], [[1, 2, 4, 8]]);
    tf.dispose([x, scaled, back]);
    const column = scaler.fitTransform([1, 2, 4, 8]);
    assert.deepEqual(scaler.inverse(column).map(Math.round), [1, 2, 4, 8]);
    assert.equal(tf.memory().numTensors, before);
  });
}

test("gaps are filled as scikit-learn does", () => {
  for (const strategy of ["mean", "median", "mostFrequent"] as const) {
    const imputer = new Imputer({ strategy }).fit(references.gaps);
    assertClose(imputer.transform(references.gapsTest as number[][]), references.imputed[strategy]);
  }
});

test("one-hot columns equal scikit-learn's and lead back", () => {
  const encoder = new OneHotEncoder();
  const encoded = encoder.fitTransform(references.towns);
  assert.deepEqual(encoded, references.oneHot);
  assert.deepEqual(encoder.inverse(encoded), references.towns);
  assert.deepEqual(encoder.categories, [
    ["Aachen", "Ulm", "Zürich", "ulm"],
    [1, 2, 3, 10],
  ]);
  const lenient = new OneHotEncoder({ unknown: "ignore" }).fit(["a", "b"]);
  assert.deepEqual(lenient.transform(["b", "c"]), [
    [0, 1],
    [0, 0],
  ]);
  assert.deepEqual(lenient.inverse([[0, 0]]), [[undefined]]);
});

test("class weights equal scikit-learn's", () => {
  assertClose([Object.values(classWeights(references.labels))], [references.classWeights], 1e-12);
  const balanced = samplers.balancedWeights(["a", "a", "a", "b"]);
  assert.deepEqual([...balanced], [1 / 3, 1 / 3, 1 / 3, 1]);
});

test("split: nothing is lost or doubled, sizes and proportions hold, the seed decides", () => {
  for (let trial = 0; trial < 60; trial++) {
    const source = seeded(trial);
    const size = 40 + Math.floor(source() * 100);
    const labels = Array.from({ length: size }, () => Math.floor(3.9 * source() ** 2));
    const fractions = trial % 2 ? [0.75, 0.25] : [0.5, 0.3, 0.2];
    const options = { fractions, stratify: labels, seed: trial };
    const count = (indices: Iterable<number>, label: number) =>
      [...indices].filter((index) => labels[index] === label).length;
    const all = Array.from({ length: size }, (_, index) => index);
    if ([0, 1, 2, 3].some((label) => count(all, label) > 0 && count(all, label) < fractions.length)) continue;
    const parts = split(size, options);
    assert.deepEqual(
      parts.flatMap((part) => [...part]).sort((a, b) => a - b),
      all,
    );
    let reached = 0;
    let together: number[] = [];
    for (const [part, indices] of parts.entries()) {
      reached += fractions[part] as number;
      together = [...together, ...indices];
      assert.ok(Math.abs(together.length - reached * size) < 1);
      for (const label of [0, 1, 2, 3]) {
        const difference = count(together, label) - reached * count(all, label);
        assert.ok(Math.abs(difference) < 1, `trial ${trial}, part ${part}, class ${label}: ${difference}`);
      }
    }
    assert.deepEqual(split(size, options), parts);
    assert.notDeepEqual(split(size, { ...options, seed: trial + 1 }), parts);
  }
});

test("split gives parts of the kind of the data", () => {
  const before = tf.memory().numTensors;
  const x = tf.tensor2d([[0], [1], [2], [3], [4]]);
  const y = tf.tensor1d([0, 10, 20, 30, 40]);
  const [first, second] = split({ x, y }, { fractions: [0.6, 0.4] });
  assert.deepEqual([first?.x.shape, second?.y.shape], [[3, 1], [2]]);
  assert.deepEqual(
    [...(first?.y.dataSync() ?? [])],
    [...(first?.x.dataSync() ?? [])].map((value) => value * 10),
  );
  tf.dispose([x, y, first?.x, first?.y, second?.x, second?.y] as tf.Tensor[]);
  assert.equal(tf.memory().numTensors, before);
  const images = new LabelledImages({
    images: Uint8Array.from({ length: 20 }, (_, index) => index),
    labels: Uint8Array.from({ length: 20 }, (_, index) => index % 2),
    shape: [1, 1, 1],
    classNames: ["even", "odd"],
  });
  const [, test] = split(images, { stratify: true });
  assert.deepEqual([...(test?.labels ?? [])].sort(), [0, 0, 1, 1]);
  assert.deepEqual(
    split(["a", "b"], { fractions: [0.5, 0.5] })
      .flat()
      .sort(),
    ["a", "b"],
  );
  const columns = split({ x: ["a", "b", "c"], y: [1, 2, 3] }, { fractions: [0.67, 0.33] });
  assert.deepEqual(
    columns.map((part) => part.x.map((name) => "abc".indexOf(name) + 1)),
    columns.map((part) => part.y),
  );
});

test("split takes columns of any names, typed arrays and data sets, and leaves nothing behind", () => {
  const before = tf.memory().numTensors;
  tf.tidy(() => {
    const x = tf.range(0, 20).reshape([10, 2]);
    const name = Array.from({ length: 10 }, (_, index) => `row ${index}`);
    const n = Int32Array.from({ length: 10 }, (_, index) => index);
    const [train, test] = split({ x, name, n }, { fractions: [0.7, 0.3], seed: 4 });
    assert.deepEqual(
      [train?.x.shape, test?.x.shape],
      [
        [7, 2],
        [3, 2],
      ],
    );
    assert.ok(test?.n instanceof Int32Array);
    assert.deepEqual(
      test.name,
      Array.from(test.n, (index) => `row ${index}`),
    );
    assert.deepEqual(
      [...test.x.dataSync()],
      [...test.n].flatMap((index) => [2 * index, 2 * index + 1]),
    );
    const examples = {
      size: 10,
      batch: (indices: ArrayLike<number>) => ({ x: tf.tensor1d(Array.from(indices)), y: tf.scalar(0) }),
    };
    const [, held] = split(examples, { fractions: [0.7, 0.3], seed: 4 });
    assert.equal(held?.size, 3);
    assert.deepEqual([...(held?.batch([2, 0]).x.dataSync() ?? [])], [test.n[2], test.n[0]]);
  });
  assert.equal(tf.memory().numTensors, before);
});

test("split keeps groups whole, and the order where asked to", () => {
  for (let seed = 0; seed < 20; seed++) {
    const groups = Array.from({ length: 60 }, (_, index) => `patient ${(index * 7 + seed) % 11}`);
    const parts = split(60, { groups, fractions: [0.5, 0.3, 0.2], seed });
    assert.deepEqual(
      parts.flatMap((part) => [...part]).sort((a, b) => a - b),
      Array.from(groups.keys()),
    );
    const owners = parts.map((part) => new Set([...part].map((index) => groups[index])));
    assert.equal(
      owners.reduce((sum, { size }) => sum + size, 0),
      11,
    );
  }
  assert.deepEqual(
    split(5, { shuffle: false, fractions: [0.6, 0.4] }).map((part) => [...part]),
    [
      [0, 1, 2],
      [3, 4],
    ],
  );
  assert.throws(() => split(2, { groups: [1] }), /There are 1 groups and 2 examples/);
  assert.throws(() => split(2, { groups: [1, 2], stratify: [1, 2] }), /Both stratify and groups are given/);
  assert.throws(() => split(2, { shuffle: false, stratify: [1, 2] }), /stratify needs the examples shuffled/);
  assert.throws(() => split({ x: [1, 2, 3], y: [1] }), /x has 3 examples and y has 1/);
});

const labels = [0, 0, 0, 0, 0, 0, 1, 1, 1, 2];

function counted(order: Int32Array): number[] {
  return [0, 1, 2].map((label) => order.filter((index) => labels[index] === label).length);
}

test("samplers balance the classes, anew in every epoch and the same for a seed", () => {
  const over = samplers.over(labels, { seed: 1 });
  assert.deepEqual([over.size, counted(over.order(1))], [18, [6, 6, 6]]);
  assert.equal(new Set(over.order(1)).size, 10);
  const under = samplers.under(labels, { seed: 1 });
  assert.deepEqual([under.size, counted(under.order(1))], [3, [1, 1, 1]]);
  const weighted = samplers.weighted(samplers.balancedWeights(labels), { seed: 1, size: 30_000 });
  for (const count of counted(weighted.order(1))) assert.ok(Math.abs(count - 10_000) < 400, `${count}`);
  const shuffled = samplers.shuffled(10, { seed: 1 });
  assert.deepEqual([...shuffled.order(3)].sort(), [...labels.keys()]);
  for (const sampler of [over, under, weighted, shuffled, samplers.stratified(labels)]) {
    assert.equal(sampler.order(2).length, sampler.size);
    assert.deepEqual(sampler.order(2), sampler.order(2));
    assert.notDeepEqual(sampler.order(2), sampler.order(3));
  }
});

test("the first examples of a stratified order hold the classes in proportion, however many are taken", () => {
  for (let trial = 0; trial < 40; trial++) {
    const source = seeded(trial);
    const many = Array.from({ length: 30 + trial }, () => Math.floor((1 + (trial % 5)) * source() ** 3));
    const order = samplers.stratified(many, { seed: trial }).order(1);
    assert.deepEqual(
      [...order].sort((a, b) => a - b),
      [...many.keys()],
    );
    for (const label of new Set(many)) {
      const share = many.filter((each) => each === label).length / many.length;
      let found = 0;
      for (const [taken, index] of order.entries()) {
        if (many[index] === label) found++;
        assert.ok(
          Math.abs(found - share * (taken + 1)) < 1,
          `trial ${trial}, class ${label}, ${taken + 1} taken`,
        );
      }
    }
  }
});

test("bad input is named", () => {
  assert.throws(
    () => new StandardScaler().transform([[1]]),
    /StandardScaler has learned nothing yet: call fit/,
  );
  assert.throws(
    () => new StandardScaler().fit([[1, 2]]).transform([[1]]),
    /has 1 columns, but .* fitted on 2/,
  );
  assert.throws(() => new StandardScaler().fit([[1, 2], [1]]), /Row 1 has 1 columns and row 0 has 2/);
  assert.throws(() => new MinMaxScaler().fit([[1, Infinity]]), /holds Infinity in row 0, column 1/);
  assert.throws(() => new MinMaxScaler().fit([]), /0 rows and 0 columns: it is empty/);
  assert.throws(() => new RobustScaler().fit([[Number.NaN]]), /Column 0 has no value/);
  assert.throws(() => new MinMaxScaler({ range: [1, 1] }), /range is \[1,1\]/);
  assert.throws(() => new RobustScaler({ quantiles: [25, 75] }), /quantiles are \[25,75\]/);
  assert.throws(
    () => new Imputer({ strategy: "average" as "mean" }),
    /strategy is "average"; .* "mean", "median"/,
  );
  assert.throws(
    () => new OneHotEncoder().fit(["a"]).transform(["b"]),
    /Row 0, column 0 is "b", .*Known: "a"/,
  );
  assert.throws(() => split(10, { fractions: [0.8, 0.1] }), /fractions are \[0.8,0.1\], together 0.9/);
  assert.throws(() => split(3, { fractions: [0.9, 0.1] }), /Part 1 would be empty/);
  assert.throws(() => split(3, { stratify: ["a", "a", "b"] }), /Class "b" has 1 of the 3 examples/);
  assert.throws(() => split([1, 2, 3], { stratify: true }), /the data has no labels/);
  assert.throws(() => samplers.weighted([1, -1]), /Weight 1 is -1/);
  assert.throws(() => samplers.weighted([0, 0]), /All weights are 0/);
});

function seeded(seed: number): () => number {
  let state = seed + 1;
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
}
