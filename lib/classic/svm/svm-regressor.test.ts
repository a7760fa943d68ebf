import assert from "node:assert/strict";
import { test } from "node:test";
import { assertClose } from "../../metrics/battery/references.ts";
import { references } from "../battery/references.ts";
import { svmRegressor } from "./svm-regressor.ts";

const { x, y, xTest, ...reference } = references.svmRegressor;

for (const [name, options] of [
  ["linear", { kernel: "linear", epsilon: 0.3 }],
  ["rbf", { c: 5 }],
  ["poly", { kernel: "poly", degree: 2, offset: 1, gamma: 0.5, epsilon: 0.05 }],
  ["exact", { gamma: 0.7, c: 20, epsilon: 0 }],
] as const) {
  test(`a regressor with ${name} is scikit-learn's`, () => {
    const model = svmRegressor({ ...options, tolerance: 1e-10 }).fit(x, y);
    assert.ok(model.converged);
    // LIBSVM, which scikit-learn uses, trains on kernel values in float32.
    assertClose(model.predict(xTest), reference[name].predicted, "predicted", 1e-5);
    assert.deepEqual(model.supportIndices, reference[name].support);
  });
}

test("the flattest line stays within the margin", () => {
  const model = svmRegressor({ kernel: "linear", c: 100, epsilon: 1, tolerance: 1e-9 }).fit(
    [[0], [1], [2], [4]],
    [0, 2, 4, 8],
  );
  // From (0, 1) to (4, 7): slope 3/2 rather than 2.
  assertClose(model.predict([[0], [2], [4], [6]]), [1, 4, 7, 10], "line", 1e-6);
  assert.deepEqual(model.supportIndices, [0, 3]);
  const calm = svmRegressor({ epsilon: 5 }).fit([[0], [1]], [2, 4]);
  assert.deepEqual(calm.predict([[9]]), [3], "within the margin nothing bends");
  assert.throws(() => svmRegressor({ epsilon: -1 }), /epsilon is -1; it must be a number of at least 0/);
  assert.equal(svmRegressor({ iterations: 1 }).fit(x, y).converged, false);
});
