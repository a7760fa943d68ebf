import assert from "node:assert/strict";
import { test } from "node:test";
import { assertClose } from "../metrics/battery/references.ts";
import { references } from "./battery/references.ts";
import { linearRegression, ridgeRegression } from "./linear/linear-regression.ts";
import { logisticRegression } from "./linear/logistic-regression.ts";
import { minimize } from "./linear/minimize.ts";
import { naiveBayes } from "./naive-bayes.ts";
import { kNN, kNNRegressor } from "./neighbours.ts";

const { x, y, xTest, yTest, two, ...classifiers } = references.classifiers;
const { x: measures, y: targets, xTest: measuresTest, ...regressors } = references.regressors;

type Transform = (rows: number[][]) => number[][];

const same: Transform = (rows) => rows;
const counts: Transform = (rows) => rows.map((row) => row.map((value) => Math.abs(roundEven(2 * value))));
const binary: Transform = (rows) => rows.map((row) => row.map((value) => Number(value > 1)));

// NumPy rounds halves to even.
function roundEven(value: number): number {
  const rounded = Math.round(value);
  return Math.abs(value % 1) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

const compared = [
  { name: "kNN", make: () => kNN({ neighbours: 4 }), tolerance: 1e-12 },
  { name: "kNNDistance", make: () => kNN({ neighbours: 4, weights: "distance" }), tolerance: 1e-10 },
  { name: "naiveBayes", make: () => naiveBayes(), tolerance: 1e-10 },
  {
    name: "naiveBayesCounts",
    make: () => naiveBayes({ features: "counts", alpha: 0.5 }),
    transform: counts,
    tolerance: 1e-10,
  },
  {
    name: "naiveBayesBinary",
    make: () => naiveBayes({ features: "binary" }),
    transform: binary,
    tolerance: 1e-10,
  },
  { name: "logisticRegression", make: () => logisticRegression({ c: 2, tolerance: 1e-9 }), tolerance: 1e-6 },
  {
    name: "logisticRegressionTwo",
    make: () => logisticRegression({ tolerance: 1e-9 }),
    labels: two,
    tolerance: 1e-6,
  },
];

for (const { name, make, tolerance, transform = same, labels = y } of compared) {
  test(`${name} classifies as scikit-learn does`, () => {
    const model = make().fit(transform(x), labels);
    assertClose(model.predictProbability(transform(xTest)), classifiers[name].probability, name, tolerance);
    assert.deepEqual(model.predict(transform(xTest)), classifiers[name].predicted);
  });
}

test("the score is the part that is right", () => {
  const model = kNN({ neighbours: 1 }).fit(x, y);
  assert.equal(model.score(x, y), 1);
  const right = model.predict(xTest).filter((label, index) => label === yTest[index]).length;
  assert.equal(model.score(xTest, yTest), right / yTest.length);
  assert.deepEqual(model.classes, ["ant", "bee", "cat"]);
});

for (const [name, make] of Object.entries({
  linearRegression: () => linearRegression(),
  linearRegressionOrigin: () => linearRegression({ intercept: false }),
  ridgeRegression: () => ridgeRegression({ alpha: 3 }),
  kNNRegressor: () => kNNRegressor({ neighbours: 3 }),
})) {
  test(`${name} predicts as scikit-learn does`, () => {
    const model = make().fit(measures, targets);
    assertClose(model.predict(measuresTest), regressors[name].predicted, name, 1e-10);
    assertClose(model.score(measures, targets), regressors[name].score, "R²", 1e-10);
  });
}

test("linear regression finds the line, and the shortest one of many", () => {
  const line = linearRegression().fit([[0], [1], [2]], [1, 3, 5]);
  assertClose([line.weights, line.intercept], [[2], 1], "line", 1e-12);
  const many = linearRegression({ intercept: false }).fit(
    [
      [1, 1],
      [2, 2],
    ],
    [2, 4],
  );
  assertClose(many.weights, [1, 1], "weights", 1e-12);
  const wide = linearRegression().fit(
    [
      [1, 0, 2],
      [0, 1, 1],
    ],
    [3, 1],
  );
  assertClose(
    wide.predict([
      [1, 0, 2],
      [0, 1, 1],
    ]),
    [3, 1],
    "wide",
    1e-10,
  );
});

test("minimize finds the bottom of Rosenbrock's valley", () => {
  const { x: found, converged } = minimize(
    (point) => {
      const [a, b] = point as unknown as [number, number];
      return {
        value: (1 - a) ** 2 + 100 * (b - a * a) ** 2,
        gradient: Float64Array.of(-2 * (1 - a) - 400 * a * (b - a * a), 200 * (b - a * a)),
      };
    },
    Float64Array.of(-1.2, 1),
    { iterations: 200, tolerance: 1e-9 },
  );
  assert.ok(converged);
  assertClose([...found], [1, 1], "minimum", 1e-8);
});
