// What every estimator must keep to, whatever it learns.

import assert from "node:assert/strict";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { random } from "../data/random.ts";
import type { Labels, Matrix, Vector } from "../metrics/values.ts";
import { crossValidate } from "../selection/index.ts";
import * as classic from "./index.ts";

const source = random(9);
const y = Array.from({ length: 36 }, (_, row) => row % 3);
const names = y.map((label) => ["ant", "bee", "cat"][label] as string);
const x = y.map((label) =>
  Array.from({ length: 4 }, (_, axis) => source.normal() + (axis === label ? 4 : 0)),
);
const targets = x.map(([a, b]) => (a as number) - 2 * (b as number));

const classifiers = {
  adaBoost: () => classic.adaBoost({ trees: 10 }),
  decisionTree: () => classic.decisionTree({ features: 2, seed: 1 }),
  gradientBoosting: () => classic.gradientBoosting({ rounds: 5, subsample: 0.8, seed: 1 }),
  kNN: () => classic.kNN(),
  logisticRegression: () => classic.logisticRegression(),
  naiveBayes: () => classic.naiveBayes(),
  randomForest: () => classic.randomForest({ trees: 10, seed: 1 }),
  svm: () => classic.svm(),
};
const regressors = {
  decisionTreeRegressor: () => classic.decisionTreeRegressor({ features: 2, seed: 1 }),
  gradientBoostingRegressor: () => classic.gradientBoostingRegressor({ rounds: 20, subsample: 0.8, seed: 1 }),
  kNNRegressor: () => classic.kNNRegressor(),
  linearRegression: () => classic.linearRegression(),
  randomForestRegressor: () => classic.randomForestRegressor({ trees: 10, seed: 1 }),
  ridgeRegression: () => classic.ridgeRegression(),
  svmRegressor: () => classic.svmRegressor({ c: 10 }),
};
const clusterers = {
  dbscan: () => classic.dbscan({ radius: 2.6 }),
  gaussianMixture: () => classic.gaussianMixture({ components: 3, seed: 1 }),
  hierarchical: () => classic.hierarchical({ clusters: 3 }),
  kMeans: () => classic.kMeans({ clusters: 3, seed: 1 }),
};
const detectors = {
  isolationForest: () => classic.isolationForest({ trees: 20, seed: 1 }),
  localOutlierFactor: () => classic.localOutlierFactor({ neighbours: 5 }),
  mahalanobis: () => classic.mahalanobis(),
};
const transformers = {
  pca: () => classic.pca({ components: 2 }),
  umap: () => classic.umap({ neighbours: 5, epochs: 30, seed: 1 }),
};

/** An estimator with what it learns and what it tells of examples. */
interface Case {
  name: string;
  fit(rows: Matrix): (rows: Matrix) => unknown;
  unfitted(): unknown;
}

function supervised<Target extends Labels | Vector>(
  makers: Record<
    string,
    () => { fit(x: Matrix, y: Target): { predict(x: Matrix): unknown }; predict(x: Matrix): unknown }
  >,
  target: Target,
): Case[] {
  return Object.entries(makers).map(([name, make]) => ({
    name,
    fit: (rows) => {
      const model = make().fit(rows, target);
      return (other) => model.predict(other);
    },
    unfitted: () => make().predict(x),
  }));
}

const cases: Case[] = [
  ...supervised<Labels>(classifiers, names),
  ...supervised<Vector>(regressors, targets),
  ...Object.entries(detectors).map(
    ([name, make]): Case => ({
      name,
      fit: (rows) => {
        const model = make().fit(rows);
        return (other) => model.outlierScore(other);
      },
      unfitted: () => make().predict(x),
    }),
  ),
  ...Object.entries(transformers).map(
    ([name, make]): Case => ({
      name,
      fit: (rows) => {
        const model = make().fit(rows);
        return (other) => model.transform(other);
      },
      unfitted: () => make().transform(x),
    }),
  ),
  ...Object.entries({ kMeans: clusterers.kMeans, gaussianMixture: clusterers.gaussianMixture }).map(
    ([name, make]): Case => ({
      name,
      fit: (rows) => {
        const model = make().fit(rows);
        return (other) => model.predict(other);
      },
      unfitted: () => make().predict(x),
    }),
  ),
];

const withNaN = x.map((row, index) => (index === 5 ? [1, Number.NaN, 3, 4] : row));

for (const { name, fit, unfitted } of cases) {
  test(`${name} says that it has learned nothing yet`, () => {
    assert.throws(unfitted, new RegExp(`^Error: ${name} has learned nothing yet; call fit first`));
  });

  test(`${name} refuses NaN, other widths, nothing`, () => {
    assert.throws(() => fit(withNaN), /x holds NaN at 21; it must hold finite numbers/);
    assert.throws(() => fit([]), new RegExp(`${name}|x`));
    const apply = fit(x);
    assert.throws(() => apply(withNaN), /x holds NaN at 21/);
    assert.throws(() => apply([[1, 2, 3]]), new RegExp(`x has 3 features; ${name} has learned from 4`));
    assert.deepEqual(apply([]), []);
  });

  test(`${name} gives the same twice, for arrays, typed arrays and tensors, and leaks nothing`, () => {
    const expected = fit(x)(x);
    assert.equal((expected as unknown[]).length, x.length);
    assert.deepEqual(fit(x)(x), expected);
    assert.deepEqual(fit(x.map((row) => Float64Array.from(row)))(x), expected);
    // A tensor holds float32: the same numbers as rows.
    const rounded = x.map((row) => [...Float32Array.from(row)]);
    const before = tf.memory().numTensors;
    const tensor = tf.tensor2d(rounded);
    assert.deepEqual(fit(tensor)(tensor), fit(rounded)(rounded));
    tensor.dispose();
    assert.equal(tf.memory().numTensors, before);
  });

  test(`${name} leaves what it is given as it is`, () => {
    const rows = x.map((row) => Float64Array.from(row));
    fit(rows)(rows);
    assert.deepEqual(
      rows.map((row) => [...row]),
      x,
    );
  });
}

for (const [name, make] of Object.entries<() => { fit(x: Matrix): { labels: number[] }; labels: number[] }>(
  clusterers,
)) {
  test(`${name} finds the clusters, the same each time`, () => {
    assert.throws(() => make().labels, new RegExp(`${name} has learned nothing yet`));
    assert.throws(() => make().fit(withNaN), /x holds NaN at 21/);
    const { labels } = make().fit(x);
    assert.deepEqual(make().fit(x).labels, labels);
    // Each true class is mostly in one cluster.
    for (const label of [0, 1, 2]) {
      const members = labels.filter((_, row) => y[row] === label);
      const largest = Math.max(
        ...[0, 1, 2].map((cluster) => members.filter((each) => each === cluster).length),
      );
      assert.ok(largest >= 9, `${labels}`);
    }
  });
}

for (const [name, make] of Object.entries<() => classic.Svm | classic.RandomForest>(
  classifiers as unknown as Record<string, () => classic.Svm>,
)) {
  test(`${name} learns names and numbers alike, and is cross-validated in strata`, async () => {
    const byName = make().fit(x, names);
    assert.deepEqual(byName.classes, ["ant", "bee", "cat"]);
    assert.deepEqual(
      byName.predict(x),
      make()
        .fit(x, y)
        .predict(x)
        .map((label) => byName.classes[label as number]),
    );
    assert.throws(() => make().fit(x, names.slice(1)), /x has 36 examples and y has 35/);
    assert.throws(
      () =>
        make().fit(
          x,
          x.map(() => 1),
        ),
      new RegExp(`y holds only the class 1; ${name} needs at least 2`),
    );
    const { mean, folds } = await crossValidate(make, { x, y: names }, { cv: 3, show: false });
    assert.ok((mean.score as number) > 0.7, String(mean.score));
    assert.deepEqual(
      folds.map(({ testSize }) => testSize),
      [12, 12, 12],
    );
    const model = byName as { predictProbability?(x: Matrix): number[][] };
    for (const row of model.predictProbability?.(x) ?? []) {
      assert.ok(Math.abs(row.reduce((sum, share) => sum + share, 0) - 1) < 1e-9);
    }
  });
}

for (const [name, make] of Object.entries<() => classic.LinearRegression>(
  regressors as unknown as Record<string, () => classic.LinearRegression>,
)) {
  test(`${name} explains what it has learned`, () => {
    const model = make().fit(x, targets);
    assert.ok(model.score(x, targets) > 0.7, String(model.score(x, targets)));
    assert.equal(
      make()
        .fit(
          x,
          x.map(() => 2),
        )
        .score(
          x,
          x.map(() => 2),
        ) > 0.999,
      true,
    );
  });
}
