import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { random } from "../data/random.ts";
import type { Split } from "./splits.ts";
import { groupKFold, kFold, leaveOneOut, repeated, stratifiedKFold, timeSeriesSplit } from "./splitters.ts";
import { trainTestSplit } from "./train-test-split.ts";

const { splits: reference } = JSON.parse(
  readFileSync(new URL("../../../tests/refs/classic.json", import.meta.url), "utf8"),
);

function pairs(splits: Split[]): number[][][] {
  return splits.map(({ train, test }) => [train, test]);
}

/** Cases with random sizes, classes and groups. */
function cases(): { size: number; y: string[]; groups: number[]; seed: number }[] {
  const source = random(11);
  return Array.from({ length: 60 }, (_, seed) => {
    const size = 40 + source.integer(200);
    const classes = 2 + source.integer(4);
    const groups = 8 + source.integer(10);
    return {
      size,
      y: Array.from({ length: size }, () => "abcdef"[source.integer(1 + source.integer(classes))] as string),
      groups: Array.from({ length: size }, () => source.integer(groups)),
      seed,
    };
  });
}

function assertPartition(splits: Split[], size: number): void {
  const tested = splits.flatMap(({ test }) => test).sort((a, b) => a - b);
  assert.deepEqual(
    tested,
    Array.from({ length: size }, (_, index) => index),
  );
  for (const { train, test } of splits) {
    assert.equal(new Set([...train, ...test]).size, size);
    assert.equal(train.length + test.length, size);
  }
}

test("without shuffling the folds are scikit-learn's", () => {
  const { y, groups } = reference;
  const size = y.length;
  assert.deepEqual(pairs(kFold().split(size)), reference.kFold);
  assert.deepEqual(pairs(stratifiedKFold({ folds: 4 }).split({ y })), reference.stratifiedKFold);
  assert.deepEqual(pairs(groupKFold({ folds: 3 }).split({ groups })), reference.groupKFold);
  assert.deepEqual(pairs(leaveOneOut().split(size)), reference.leaveOneOut);
  assert.deepEqual(pairs(timeSeriesSplit({ folds: 4 }).split(size)), reference.timeSeries);
  const gap = timeSeriesSplit({ folds: 3, testSize: 4, gap: 2, maximumTrainSize: 6 });
  assert.deepEqual(pairs(gap.split(size)), reference.timeSeriesGap);
});

test("folds are a partition, and even", () => {
  for (const { size, y, groups, seed } of cases()) {
    for (const splitter of [
      kFold({ folds: 7 }),
      kFold({ folds: 7, seed }),
      stratifiedKFold({ folds: 4, seed }),
    ]) {
      const splits = splitter.split({ y, groups });
      assertPartition(splits, size);
      const sizes = splits.map(({ test }) => test.length);
      assert.ok(Math.max(...sizes) - Math.min(...sizes) <= 1);
    }
    assertPartition(groupKFold({ folds: 4 }).split({ groups }), size);
  }
});

test("stratified folds hold every class's share within one example", () => {
  for (const { y, seed } of cases()) {
    for (const { test } of stratifiedKFold({ folds: 4, seed }).split({ y })) {
      for (const label of new Set(y)) {
        const share = y.filter((each) => each === label).length / 4;
        const found = test.filter((index) => y[index] === label).length;
        assert.ok(Math.abs(found - share) < 1, `${label}: ${found} of ${share}`);
      }
    }
  }
});

test("groups are never split", () => {
  for (const { groups, size, seed } of cases()) {
    const splits = [...groupKFold({ folds: 5 }).split({ groups }), trainTestSplit(size, { groups, seed })];
    for (const { train, test } of splits) {
      const learned = new Set(train.map((index) => groups[index]));
      assert.ok(test.length > 0 && test.every((index) => !learned.has(groups[index])));
    }
  }
});

test("the future is never learned from", () => {
  for (const { size } of cases()) {
    for (const { train, test } of timeSeriesSplit({ folds: 5, gap: 1 }).split(size)) {
      assert.ok(Math.max(...train) + 1 < Math.min(...test));
    }
  }
});

test("the seed decides; repetitions differ", () => {
  const folds = (seed: number) => kFold({ seed }).split(50);
  assert.deepEqual(folds(1), folds(1));
  assert.notDeepEqual(folds(1), folds(2));
  const splits = repeated((seed) => kFold({ folds: 4, seed }), { times: 3, seed: 1 }).split(50);
  assert.equal(splits.length, 12);
  assert.deepEqual(splits.slice(4, 8), kFold({ folds: 4, seed: 2 }).split(50));
});

test("trainTestSplit keeps every class's share within one example", () => {
  for (const { y, seed } of cases()) {
    const classes = [...new Set(y)].filter((label) => y.filter((each) => each === label).length >= 8);
    const usable = y.map((_, index) => index).filter((index) => classes.includes(y[index] as string));
    const labels = usable.map((index) => y[index] as string);
    const { train, test } = trainTestSplit(labels.length, { test: 0.3, stratify: labels, seed });
    assert.equal(test.length, Math.ceil(0.3 * labels.length - 1e-9));
    assertPartition(
      [
        { train, test },
        { train: test, test: train },
      ],
      labels.length,
    );
    for (const label of classes) {
      const whole = labels.filter((each) => each === label).length;
      const found = test.filter((index) => labels[index] === label).length;
      assert.ok(Math.abs(found - (whole * test.length) / labels.length) < 1);
    }
  }
});

test("trainTestSplit takes arrays, typed arrays, tensors and data sets", () => {
  const before = tf.memory().numTensors;
  tf.tidy(() => {
    const x = tf.range(0, 20).reshape([10, 2]);
    const y = Array.from({ length: 10 }, (_, index) => `row ${index}`);
    const n = Int32Array.from({ length: 10 }, (_, index) => index);
    const { train, test } = trainTestSplit({ x, y, n }, { test: 3, seed: 4 });
    assert.deepEqual(
      [train.x.shape, test.x.shape],
      [
        [7, 2],
        [3, 2],
      ],
    );
    assert.ok(test.n instanceof Int32Array);
    assert.deepEqual(
      test.y,
      Array.from(test.n, (index) => `row ${index}`),
    );
    assert.deepEqual(
      [...test.x.dataSync()],
      [...test.n].flatMap((index) => [2 * index, 2 * index + 1]),
    );
    const examples = {
      size: 10,
      batch: (indices: ArrayLike<number>) => ({ x: tf.tensor1d([...Array.from(indices)]), y: tf.scalar(0) }),
    };
    const parts = trainTestSplit(examples, { test: 3, seed: 4 });
    assert.equal(parts.train.size, 7);
    assert.deepEqual([...parts.test.batch([2, 0]).x.dataSync()], [test.n[2], test.n[0]]);
  });
  assert.equal(tf.memory().numTensors, before);
  assert.deepEqual(trainTestSplit(4, { shuffle: false, test: 0.5 }), { train: [0, 1], test: [2, 3] });
});

test("impossible splits say why", () => {
  assert.throws(() => kFold({ folds: 1 }), /folds is 1; it must be a whole number of at least 2/);
  assert.throws(() => kFold().split(4), /4 examples and 5 folds/);
  assert.throws(() => kFold().split({}), /kFold needs to know size, y or groups/);
  assert.throws(() => kFold().split({ size: 3, y: ["a"] }), /size has 3 examples and y has 1/);
  assert.throws(() => stratifiedKFold().split(10), /stratifiedKFold needs y, the class of each example/);
  assert.throws(() => groupKFold().split(10), /groupKFold needs groups/);
  assert.throws(() => groupKFold().split({ groups: [1, 1, 2, 2] }), /2 groups and 5 folds/);
  assert.throws(() => timeSeriesSplit().split(5), /timeSeriesSplit got 5 examples; .* at least 6/);
  assert.throws(() => trainTestSplit(10, { test: 10 }), /10 of 10 examples; at least one must be left/);
  assert.throws(() => trainTestSplit(10, { test: -1 }), /test is -1; it must be between 0 and 1/);
  assert.throws(() => trainTestSplit(3, { stratify: [1, 1, 2] }), /Class 2 has 1 example/);
  assert.throws(() => trainTestSplit({ x: [1, 2, 3], y: [1] }), /x has 3 examples and y has 1/);
});
