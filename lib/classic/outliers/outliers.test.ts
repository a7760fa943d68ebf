import assert from "node:assert/strict";
import { test } from "node:test";
import { assertClose } from "../../metrics/battery/references.ts";
import { references } from "../battery/references.ts";
import { isolationForest } from "./isolation-forest.ts";
import { localOutlierFactor } from "./local-outlier-factor.ts";
import { mahalanobis } from "./mahalanobis.ts";

const {
  x,
  new: fresh,
  ...reference
} = references.outliers as Record<string, number[][]> & {
  x: number[][];
  new: number[][];
  mahalanobis: number[];
  isolation: number[];
};

test("the local outlier factor is scikit-learn's, of known examples and of new ones", () => {
  const model = localOutlierFactor({ neighbours: 10, contamination: 0.1 }).fit(x);
  assertClose(model.factors, reference.factors, "factors", 1e-9);
  assertClose(model.outlierScore(fresh), reference.newFactors, "new", 1e-9);
  const found = [...model.factors.keys()].filter((row) => (model.factors[row] as number) > model.threshold);
  assert.deepEqual(found, reference.outliers);
});

test("Mahalanobis' distance is scikit-learn's", () => {
  const model = mahalanobis({ contamination: 2 / 42 }).fit(x);
  assertClose(model.outlierScore(fresh), reference.mahalanobis, "distances", 1e-9);
  assert.deepEqual(
    model.predict(x).flatMap((outlier, row) => (outlier ? [row] : [])),
    [40, 41],
  );
  assert.throws(
    () =>
      mahalanobis().fit([
        [1, 2],
        [2, 4],
        [3, 6],
      ]),
    /The 2 features depend on each other/,
  );
});

test("an isolation forest scores as scikit-learn's, but for chance", () => {
  const model = isolationForest({ trees: 2000, seed: 4 }).fit(x);
  assertClose(model.outlierScore(fresh), reference.isolation, "scores", 0.015);
  const few = isolationForest({ seed: 1, contamination: 0.05 }).fit(x);
  const outliers = few.predict(x).flatMap((outlier, row) => (outlier ? [row] : []));
  assert.ok(outliers.includes(40) && outliers.includes(41) && outliers.length === 3, String(outliers));
  assertClose(
    isolationForest()
      .fit([[1], [1], [1]])
      .outlierScore([[1], [9]]),
    [0.5, 0.5],
    "constant",
    1e-12,
  );
});
