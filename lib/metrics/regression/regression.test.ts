import assert from "node:assert/strict";
import { test } from "node:test";
import { assertClose, references } from "../battery/references.ts";
import * as metrics from "../index.ts";

const { yTrue, yPred, sampleWeight, maxError } = references.regression;
const first = (rows: number[][]) => rows.map((row) => row[0] as number);

const scores: Record<string, typeof metrics.meanSquaredError> = {
  meanSquaredError: metrics.meanSquaredError,
  rootMeanSquaredError: metrics.rootMeanSquaredError,
  meanAbsoluteError: metrics.meanAbsoluteError,
  medianAbsoluteError: metrics.medianAbsoluteError,
  meanSquaredLogError: metrics.meanSquaredLogError,
  meanAbsolutePercentageError: metrics.meanAbsolutePercentageError,
  r2Score: metrics.r2Score as typeof metrics.meanSquaredError,
  explainedVarianceScore: metrics.explainedVarianceScore as typeof metrics.meanSquaredError,
};

for (const kind of ["plain", "weighted"]) {
  for (const [name, score] of Object.entries(scores)) {
    test(`${name} is scikit-learn's (${kind})`, () => {
      const expected = references.regression[kind][name];
      const weight = kind === "weighted" ? { sampleWeight } : {};
      assertClose(score(first(yTrue), first(yPred), weight), expected.first, "first output");
      assertClose(score(yTrue, yPred, weight), expected.uniformAverage, "mean");
      const of = (multioutput: unknown) =>
        score(yTrue, yPred, { multioutput: multioutput as "uniformAverage", ...weight });
      assertClose(of("rawValues"), expected.rawValues, "each");
      assertClose(of([0.25, 0.75]), expected.mixed, "mixed");
      if (expected.varianceWeighted)
        assertClose(of("varianceWeighted"), expected.varianceWeighted, "by variance");
    });
  }
}

test("the largest error is scikit-learn's", () => {
  assertClose(metrics.maxError(first(yTrue), first(yPred)), maxError);
});

test("medians in the middle of two errors, with and without weights", () => {
  assert.equal(metrics.medianAbsoluteError([0, 0, 0, 0], [1, 2, 4, 8]), 3);
  assert.equal(metrics.medianAbsoluteError([0, 0, 0], [1, 2, 4], { sampleWeight: [1, 0, 1] }), 2.5);
  assert.equal(metrics.medianAbsoluteError([0, 0, 0], [1, 2, 4], { sampleWeight: [1, 0, 3] }), 4);
});

test("constant values and single examples are defined", () => {
  assert.equal(metrics.r2Score([2, 2], [2, 2]), 1);
  assert.equal(metrics.r2Score([2, 2], [2, 3]), 0);
  assert.equal(metrics.r2Score([2, 2], [2, 3], { forceFinite: false }), -Infinity);
  assert.equal(metrics.r2Score([2, 2], [2, 2], { forceFinite: false }), Number.NaN);
  assert.equal(metrics.r2Score([2], [3]), Number.NaN);
  assert.equal(metrics.explainedVarianceScore([2, 2], [5, 5]), 1);
  assert.equal(metrics.meanAbsolutePercentageError([0], [1]), 1 / Number.EPSILON);
});

test("a large offset costs no digits", () => {
  const shift = (rows: number[][]) => first(rows).map((value) => value + 2 ** 30);
  assertClose(metrics.r2Score(shift(yTrue), shift(yPred)), references.regression.plain.r2Score.first);
});

test("bad input is named", () => {
  assert.throws(() => metrics.meanSquaredError([1, 2], [1]), /yTrue has 2 examples and yPred has 1/);
  assert.throws(() => metrics.meanSquaredError([[1, 2]], [[1]]), /yTrue has 2 outputs and yPred 1/);
  assert.throws(() => metrics.meanSquaredError([[1, 2], [1]], [[1]]), /yTrue\[1\] has the shape \[1\]/);
  assert.throws(() => metrics.meanSquaredError([1], [Infinity]), /yPred holds Infinity at 0/);
  assert.throws(() => metrics.meanSquaredLogError([1], [-1]), /yPred holds -1 in row 0/);
  assert.throws(
    () => metrics.r2Score([1], [1], { multioutput: "raw" as "rawValues" }),
    /multioutput is "raw"/,
  );
  assert.throws(() => metrics.meanSquaredError([1], [1], { multioutput: [1, 2] }), /2 weights for 1 outputs/);
});
