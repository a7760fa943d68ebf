import assert from "node:assert/strict";
import { test } from "node:test";
import { random } from "../../data/random.ts";
import { assertClose, references } from "../battery/references.ts";
import * as metrics from "../index.ts";
import { normalQuantile } from "./normal-quantile.ts";

const { yTrue, yScore } = references.scores;

for (const kind of ["plain", "weighted"]) {
  const expected = references.scores[kind];
  const weight = kind === "weighted" ? { sampleWeight: references.scores.sampleWeight } : {};

  test(`ROC curve and area are scikit-learn's, ties and all (${kind})`, () => {
    const curve = (dropIntermediate: boolean) =>
      Object.values(metrics.rocCurve(yTrue, yScore, { dropIntermediate, ...weight }));
    assertClose(curve(true), expected.roc, "curve");
    assertClose(curve(false), expected.rocAll, "whole curve");
    assertClose(metrics.rocAucScore(yTrue, yScore, weight), expected.rocAuc, "area");
    for (const [maxFpr, area] of Object.entries(expected.rocAucTo)) {
      assertClose(metrics.rocAucScore(yTrue, yScore, { maxFpr: Number(maxFpr), ...weight }), area, maxFpr);
    }
  });

  test(`precision-recall curve and average precision are scikit-learn's (${kind})`, () => {
    const curve = (dropIntermediate: boolean) =>
      Object.values(metrics.precisionRecallCurve(yTrue, yScore, { dropIntermediate, ...weight }));
    assertClose(curve(false), expected.pr, "curve");
    assertClose(curve(true), expected.prDropped, "short curve");
    assertClose(metrics.averagePrecisionScore(yTrue, yScore, weight), expected.averagePrecision, "area");
    const inverse = yScore.map((score: number) => 1 - score);
    const ofZero = metrics.averagePrecisionScore(yTrue, inverse, { posLabel: 0, ...weight });
    assertClose(ofZero, expected.averagePrecisionOf0, "area of 0");
  });

  test(`areas for several classes are scikit-learn's (${kind})`, () => {
    const { yTrue, yProb, sampleWeight, [kind]: expected } = references.probabilities;
    const weight = kind === "weighted" ? { sampleWeight } : {};
    for (const average of ["micro", "macro", "weighted", "none"] as const) {
      assertClose(metrics.rocAucScore(yTrue, yProb, { average, ...weight }), expected.ovr[average], average);
      const precision = metrics.averagePrecisionScore(yTrue, yProb, { average, ...weight });
      assertClose(precision, expected.averagePrecision[average], average);
    }
  });
}

test("areas of pairs of classes are scikit-learn's", () => {
  const { yTrue, yProb, ovo } = references.probabilities;
  for (const average of ["macro", "weighted"] as const) {
    assertClose(metrics.rocAucScore(yTrue, yProb, { multiClass: "ovo", average }), ovo[average], average);
  }
});

test("operating points are the best of scikit-learn's curve", () => {
  const { precisionAtRecall, recallAtPrecision } = references.scores;
  for (const [recall, expected] of Object.entries(precisionAtRecall)) {
    const {
      precision,
      recall: found,
      threshold,
    } = metrics.precisionAtRecall(yTrue, yScore, { recall: Number(recall) });
    assertClose([precision, found, threshold], expected, `at ${recall}`);
  }
  for (const [precision, expected] of Object.entries(recallAtPrecision)) {
    const found = metrics.recallAtPrecision(yTrue, yScore, { precision: Number(precision) });
    assertClose([found.recall, found.precision, found.threshold], expected, `at ${precision}`);
  }
});

test("calibration is scikit-learn's, its error that of the paper", () => {
  const { calibration, calibrationError } = references.scores;
  for (const [key, [probTrue, probPred]] of Object.entries<number[][]>(calibration)) {
    const [strategy, nBins] = key.split(" ") as ["uniform", string];
    const { counts, ...found } = metrics.calibrationCurve(yTrue, yScore, { strategy, nBins: Number(nBins) });
    assertClose(found, { probTrue, probPred }, key);
    assert.equal(
      counts.reduce((sum, count) => sum + count),
      yTrue.length,
    );
  }
  for (const norm of ["l1", "l2", "max"] as const) {
    assertClose(
      metrics.expectedCalibrationError(yTrue, yScore, { nBins: 10, norm }),
      calibrationError[norm],
      norm,
    );
  }
  const { probabilities } = references;
  const error = metrics.expectedCalibrationError(probabilities.yTrue, probabilities.yProb);
  assertClose(error, probabilities.calibrationError);
});

test("DeLong's interval is that of the paper", () => {
  for (const [level, expected] of Object.entries(references.scores.deLong)) {
    assertClose(metrics.rocAucInterval(yTrue, yScore, { level: Number(level) }), expected, level);
  }
});

test("quantiles of the normal distribution", () => {
  // Abramowitz and Stegun, table 26.1, inverted.
  assertClose(normalQuantile(0.975), 1.959963984540054);
  assertClose(normalQuantile(0.75), 0.6744897501960817);
  assertClose(normalQuantile(0.001), -3.090232306167813);
  assert.equal(normalQuantile(0.5), 0);
});

test("the bootstrap agrees with DeLong, repeats with its seed and varies with it", () => {
  const deLong = metrics.rocAucInterval(yTrue, yScore);
  const draw = (seed: number) =>
    metrics.rocAucInterval(yTrue, yScore, { method: "bootstrap", seed, repetitions: 400 });
  assert.deepEqual(draw(3), draw(3));
  assert.notDeepEqual(draw(3), draw(4));
  assert.equal(draw(3).value, deLong.value);
  for (const end of ["low", "high", "standardError"] as const) {
    assert.ok(Math.abs(draw(3)[end] - deLong[end]) < 0.03, `${end}: ${draw(3)[end]} and ${deLong[end]}`);
  }
});

test("the bootstrap's interval holds the truth about as often as it says", () => {
  const source = random(1);
  let held = 0;
  for (let trial = 0; trial < 100; trial++) {
    const values = Array.from({ length: 60 }, source.normal);
    const mean = (numbers: number[]) => numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
    const { low, high } = metrics.bootstrapInterval((take) => mean(take(values)), 60, {
      repetitions: 200,
      seed: trial,
      level: 0.9,
    });
    if (low <= 0 && high >= 0) held++;
  }
  assert.ok(held > 80 && held < 98, `${held} of 100`);
});

test("one class alone is defined", () => {
  assert.equal(metrics.rocAucScore([1, 1], [0.2, 0.4]), Number.NaN);
  const { tpr, fpr } = metrics.rocCurve([0, 0], [0.2, 0.4]);
  assert.deepEqual(tpr, [Number.NaN, Number.NaN, Number.NaN]);
  assert.deepEqual(fpr, [0, 0.5, 1]);
  assert.equal(metrics.averagePrecisionScore([0, 0], [0.2, 0.4]), 0);
  assert.equal(metrics.averagePrecisionScore([1, 1], [0.2, 0.4]), 1);
  assert.deepEqual(metrics.precisionRecallCurve([0, 0], [0.2, 0.4]).recall, [1, 1, 0]);
  const absent = [
    [0.5, 0.25, 0.25],
    [0.25, 0.5, 0.25],
  ];
  assert.equal(metrics.rocAucScore([0, 1], absent), Number.NaN);
  assert.equal(metrics.rocAucScore([0, 1], absent, { average: "weighted" }), 1);
  assert.equal(metrics.averagePrecisionScore([0, 1], absent), 2 / 3);
});

test("all tied is chance; two columns are the second one", () => {
  assert.equal(metrics.rocAucScore([0, 1, 1, 0], [3, 3, 3, 3]), 0.5);
  assert.equal(metrics.averagePrecisionScore([0, 1, 1, 0], [3, 3, 3, 3]), 0.5);
  assert.equal(
    metrics.rocAucScore(
      ["a", "b"],
      [
        [0.9, 0.1],
        [0.2, 0.8],
      ],
    ),
    1,
  );
});

test("the area under ROC is the part of pairs in the right order", () => {
  const source = random(5);
  for (let trial = 0; trial < 20; trial++) {
    const labels = Array.from({ length: 30 }, (_, index) => (index < 2 ? index : source.integer(2)));
    const scores = labels.map((label) => source.integer(6) + label);
    let [right, pairs] = [0, 0];
    for (const [a, labelA] of labels.entries()) {
      for (const [b, labelB] of labels.entries()) {
        if (labelA !== 1 || labelB !== 0) continue;
        pairs++;
        right += (Math.sign((scores[a] as number) - (scores[b] as number)) + 1) / 2;
      }
    }
    assertClose(metrics.rocAucScore(labels, scores), right / pairs);
  }
});

test("bad input is named", () => {
  const { rocCurve, rocAucScore, auc } = metrics;
  assert.throws(() => rocCurve([2, 3], [1, 2]), /posLabel is 1, and the classes are \[2,3\]/);
  assert.throws(
    () =>
      rocCurve(
        [0, 1],
        [
          [1, 2, 3],
          [1, 2, 3],
        ],
      ),
    /3 columns/,
  );
  assert.throws(() => rocAucScore([0, 1, 2], [1, 2, 3]), /3 classes and 1 column/);
  assert.throws(
    () =>
      rocAucScore(
        [0, 1, 2],
        [
          [1, 2, 3],
          [1, 2, 3],
          [1, 2, 3],
        ],
      ),
    /sums to 6 in row 0/,
  );
  assert.throws(() => rocAucScore([0, 1], [1, 2], { maxFpr: 0 }), /maxFpr is 0/);
  assert.throws(() => rocAucScore([0, 1], [1, Number.NaN]), /yScore holds NaN at 1/);
  assert.throws(() => auc([0, 1, 0], [0, 1, 2]), /x rises and falls/);
  assert.throws(() => auc([0], [0]), /1 x and 1 y/);
  assert.throws(() => metrics.rocAucInterval([0, 1, 1], [1, 2, 3]), /2 positive and 1 negative/);
  assert.throws(() => metrics.rocAucInterval([0, 1], [1, 2], { level: 95 }), /level is 95/);
  assert.throws(() => metrics.bootstrapInterval(() => Number.NaN, 2), /draw 0 is NaN.*stratify/);
  assert.throws(
    () => metrics.bootstrapInterval((take) => take([1]).length, 2),
    /given 1 values; there are 2/,
  );
  assert.throws(() => metrics.calibrationCurve([0, 1], [1, 2]), /yProb holds 2 in row 1/);
  assert.throws(() => metrics.precisionAtRecall([0, 1], [1, 2], { recall: 2 }), /recall is 2/);
  const stopped = AbortSignal.abort(new Error("stopped"));
  assert.throws(() => metrics.bootstrapInterval(() => 1, 2, { signal: stopped }), /stopped/);
});
