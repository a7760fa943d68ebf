import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { random } from "../data/random.ts";
import type { Split } from "./splits.ts";
import { groupKFold, kFold, leaveOneOut, repeated, stratifiedKFold, timeSeriesSplit } from "./splitters.ts";

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
  for (const { groups } of cases()) {
    for (const { train, test } of groupKFold({ folds: 5 }).split({ groups })) {
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

test("impossible splits say why", () => {
  assert.throws(() => kFold({ folds: 1 }), /folds is 1; it must be a whole number of at least 2/);
  assert.throws(() => kFold().split(4), /4 examples and 5 folds/);
  assert.throws(() => kFold().split({}), /kFold needs to know size, y or groups/);
  assert.throws(() => kFold().split({ size: 3, y: ["a"] }), /size has 3 examples and y has 1/);
  assert.throws(() => stratifiedKFold().split(10), /stratifiedKFold needs y, the class of each example/);
  assert.throws(() => groupKFold().split(10), /groupKFold needs groups/);
  assert.throws(() => groupKFold().split({ groups: [1, 1, 2, 2] }), /2 groups and 5 folds/);
  assert.throws(() => timeSeriesSplit().split(5), /timeSeriesSplit got 5 examples; .* at least 6/);
});
