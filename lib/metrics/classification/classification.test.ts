import assert from "node:assert/strict";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { displaySymbol } from "../../plot/display.ts";
import { assertClose, references } from "../battery/references.ts";
import * as metrics from "../index.ts";

await tf.setBackend("cpu");

const averages = ["micro", "macro", "weighted", "none"] as const;
const { yTrue, yPred } = references.classes;

const ratios = {
  precision: metrics.precisionScore,
  recall: metrics.recallScore,
  f1: metrics.f1Score,
  fbeta2: (...[a, b, options]: Parameters<typeof metrics.f1Score>) =>
    metrics.fbetaScore(a, b, { beta: 2, ...options }),
  fbetaHalf: (...[a, b, options]: Parameters<typeof metrics.f1Score>) =>
    metrics.fbetaScore(a, b, { beta: 0.5, ...options }),
  jaccard: metrics.jaccardScore,
  specificity: metrics.specificityScore,
};

for (const kind of ["plain", "weighted"]) {
  const expected = references.classes[kind];
  const weight = kind === "weighted" ? { sampleWeight: references.classes.sampleWeight } : {};

  test(`scores of the whole confusion matrix are scikit-learn's (${kind})`, () => {
    const found = {
      confusionMatrix: {
        None: metrics.confusionMatrix(yTrue, yPred, weight),
        true: metrics.confusionMatrix(yTrue, yPred, { normalize: "true", ...weight }),
        pred: metrics.confusionMatrix(yTrue, yPred, { normalize: "pred", ...weight }),
        all: metrics.confusionMatrix(yTrue, yPred, { normalize: "all", ...weight }),
      },
      confusionMatrixOf20: metrics.confusionMatrix(yTrue, yPred, { labels: [2, 0], ...weight }),
      accuracy: metrics.accuracyScore(yTrue, yPred, weight),
      accuracyCount: metrics.accuracyScore(yTrue, yPred, { normalize: false, ...weight }),
      balancedAccuracy: metrics.balancedAccuracyScore(yTrue, yPred, weight),
      balancedAccuracyAdjusted: metrics.balancedAccuracyScore(yTrue, yPred, { adjusted: true, ...weight }),
      mcc: metrics.matthewsCorrcoef(yTrue, yPred, weight),
      kappa: metrics.cohenKappaScore(yTrue, yPred, weight),
      kappaLinear: metrics.cohenKappaScore(yTrue, yPred, { weights: "linear", ...weight }),
      kappaQuadratic: metrics.cohenKappaScore(yTrue, yPred, { weights: "quadratic", ...weight }),
    };
    for (const [name, value] of Object.entries(found)) assertClose(value, expected[name], name);
  });

  test(`precision, recall, F, Jaccard and specificity are scikit-learn's in every average (${kind})`, () => {
    let compared = 0;
    for (const [name, score] of Object.entries(ratios)) {
      for (const average of averages) {
        const found = score(yTrue, yPred, { average: average as "macro", ...weight });
        assertClose(found, expected.averages[average][name], `${name} ${average}`);
        compared++;
        if (name === "specificity") continue;
        const some = score(yTrue, yPred, { average: average as "macro", labels: [3, 0, 2], ...weight });
        assertClose(some, expected.averagesOf302[average][name], `${name} ${average} of 3, 0, 2`);
      }
      if (name === "specificity") continue;
      const one = (labels: number[]) => labels.map((label) => label === 1);
      assertClose(score(one(yTrue), one(yPred), weight), expected.binary[name], `${name} binary`);
    }
    assert.equal(compared, 28);
  });

  test(`a division by zero gives what zeroDivision says (${kind})`, () => {
    for (const [key, zeroDivision] of [
      ["1", 1],
      ["nan", Number.NaN],
    ] as const) {
      for (const average of averages) {
        const found = metrics.precisionScore(yTrue, yPred, { average, zeroDivision, ...weight });
        assertClose(found, expected.precisionZeroDivision[key][average], `${average} ${zeroDivision}`);
      }
    }
  });

  test(`scores of probabilities are scikit-learn's (${kind})`, () => {
    const { yTrue, yProb, sampleWeight, [kind]: expected } = references.probabilities;
    const options = kind === "weighted" ? { sampleWeight } : {};
    assertClose(metrics.logLoss(yTrue, yProb, options), expected.logLoss, "log-loss");
    assertClose(metrics.brierScoreLoss(yTrue, yProb, options), expected.brier, "Brier");
    const half = { scaleByHalf: true, ...options };
    assertClose(metrics.brierScoreLoss(yTrue, yProb, half), expected.brierHalf, "Brier, halved");
    for (const k of [1, 2, 3]) {
      assertClose(metrics.topKAccuracyScore(yTrue, yProb, { k, ...options }), expected.topK[k], `top ${k}`);
    }
    const count = { normalize: false, ...options };
    assertClose(metrics.topKAccuracyScore(yTrue, yProb, count), expected.topKCount, "top-k count");
    const binary = references.scores;
    assertClose(
      metrics.logLoss(
        binary.yTrue,
        binary.yScore,
        kind === "weighted" ? { sampleWeight: binary.sampleWeight } : {},
      ),
      binary[kind].logLoss,
    );
    const sum = { normalize: false, ...(kind === "weighted" && { sampleWeight: binary.sampleWeight }) };
    assertClose(metrics.logLoss(binary.yTrue, binary.yScore, sum), binary[kind].logLossSum);
    const brier = metrics.brierScoreLoss(
      binary.yTrue,
      binary.yScore,
      kind === "weighted" ? { sampleWeight: binary.sampleWeight } : {},
    );
    assertClose(brier, binary[kind].brier);
  });
}

test("the report reads as scikit-learn's, and a notebook shows it as a table", () => {
  const report = metrics.classificationReport(yTrue, yPred);
  assert.equal(String(report), references.classes.report);
  const some = { labels: [1, 3], targetNames: ["first", "third one, long"], digits: 3 };
  const part = metrics.classificationReport(yTrue, yPred, some);
  assert.equal(String(part), references.classes.reportOf13);
  assert.equal(part.accuracy, undefined);
  assert.equal(report.accuracy, metrics.accuracyScore(yTrue, yPred));
  assert.equal(report.classes[3]?.precision, 0);
  const html = metrics.classificationReport(["<a>"], ["<a>"])[displaySymbol]()["text/html"];
  assert.match(String(html), /&lt;a&gt;.*<td[^>]*>1\.00<\/td>/);
});

test("names are classes too", () => {
  const [truth, guess] = [
    ["cat", "dog", "ant", "dog"],
    ["cat", "cat", "ant", "dog"],
  ];
  assert.deepEqual(metrics.confusionMatrix(truth, guess), [
    [1, 0, 0],
    [0, 1, 0],
    [0, 1, 1],
  ]);
  assert.deepEqual(metrics.recallScore(truth, guess, { average: "none" }), [1, 1, 0.5]);
  assert.equal(metrics.precisionScore(["a", "b", "b"], ["b", "b", "a"], { posLabel: "b" }), 0.5);
  assert.ok(Math.abs(metrics.logLoss(["no", "yes"], [0.5, 0.25]) - Math.log(8) / 2) < 1e-15);
});

test("a single class is defined", () => {
  const ones = [1, 1, 1];
  assert.equal(metrics.accuracyScore(ones, ones), 1);
  assert.equal(metrics.f1Score(ones, ones), 1);
  assert.equal(metrics.f1Score([0, 0], [0, 0]), 0);
  assert.equal(metrics.f1Score([0, 0], [0, 0], { zeroDivision: 1 }), 1);
  assert.equal(metrics.specificityScore(ones, ones), 0);
  assert.equal(metrics.matthewsCorrcoef(ones, ones), 0);
  assert.equal(metrics.cohenKappaScore(ones, ones), Number.NaN);
  assert.equal(metrics.balancedAccuracyScore(ones, [1, 0, 1]), 2 / 3);
  assert.deepEqual(metrics.confusionMatrix(ones, ones), [[3]]);
  assert.ok(Math.abs(metrics.logLoss(ones, [0.5, 0.5, 0.5]) - Math.log(2)) < 1e-15);
  assert.equal(metrics.brierScoreLoss([1], [[0, 0.5, 0.5]]), 0.5);
  assert.equal(metrics.precisionScore([0, 1], [0, 0], { average: "macro", zeroDivision: Number.NaN }), 0.5);
});

test("sure and wrong costs as much as the input's precision allows", () => {
  assert.equal(metrics.logLoss([1], [0]), -Math.log(Number.EPSILON));
  assert.equal(metrics.logLoss([1], Float32Array.of(0)), -Math.log(2 ** -23));
});

test("of equal scores the later class is nearer the top", () => {
  const scores = [[0.4, 0.4, 0.2]];
  assert.equal(metrics.topKAccuracyScore([1], scores, { k: 1 }), 1);
  assert.equal(metrics.topKAccuracyScore([0], scores, { k: 1 }), 0);
  assert.equal(metrics.topKAccuracyScore([2], scores, { k: 9 }), 1);
});

test("bad input is named", () => {
  const { f1Score, accuracyScore, logLoss, confusionMatrix } = metrics;
  assert.throws(() => accuracyScore([1, 2], [1]), /yTrue has 2 examples and yPred has 1/);
  assert.throws(() => accuracyScore([1], [0.7]), /yPred holds 0.7 at 0; .* threshold/);
  assert.throws(() => accuracyScore([[0, 1]], [1]), /yTrue has the shape \[1,2\].*argMax/);
  assert.throws(() => accuracyScore([1], ["1"]), /both numbers and names/);
  assert.throws(() => accuracyScore([1], 1 as never), /yPred is 1; it must be an array/);
  assert.throws(() => accuracyScore([1], [1], { sampleWeight: [-1] }), /sampleWeight is -1 at 0/);
  assert.throws(() => f1Score([0, 1, 2], [0, 1, 2]), /for two classes, and there are 3 \(0, 1, 2\)/);
  assert.throws(() => f1Score([2, 3], [2, 3]), /posLabel is 1, and the classes are 2, 3/);
  assert.throws(() => f1Score([1], [1], { average: "marco" as "macro" }), /average is "marco"; .* "macro"/);
  assert.throws(() => metrics.fbetaScore([1], [1], { beta: -1 }), /beta is -1/);
  assert.throws(() => confusionMatrix([1], [1], { labels: [2] }), /none of them is a true class/);
  assert.throws(() => confusionMatrix([1], [1], { normalize: "rows" as "true" }), /normalize is "rows"/);
  assert.throws(() => logLoss([0, 1], [2, 0]), /yProb holds 2 in row 0; .* softmax/);
  assert.throws(
    () =>
      logLoss(
        [0, 1],
        [
          [0.5, 0.6],
          [1, 0],
        ],
      ),
    /sums to 1.1 in row 0/,
  );
  assert.throws(
    () =>
      logLoss(
        [0, 3],
        [
          [0.5, 0.25, 0.25],
          [1, 0, 0],
        ],
      ),
    /3 columns of scores for the classes \[0,3\]/,
  );
  assert.throws(() => logLoss(["a"], [0.5]), /set labels/);
  assert.throws(() => metrics.topKAccuracyScore([1], [[1]], { k: 0 }), /k is 0/);
  assert.throws(
    () => metrics.classificationReport([1], [1], { targetNames: [] }),
    /0 targetNames for 1 classes/,
  );
  assert.throws(
    () => metrics.accuracyScore(tf.tensor([1, 2]), tf.tensor([[1, 2]])),
    /yPred has the shape \[1,2\]/,
  );
});
