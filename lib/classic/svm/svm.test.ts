import assert from "node:assert/strict";
import { test } from "node:test";
import { assertClose } from "../../metrics/battery/references.ts";
import { references } from "../battery/references.ts";
import { svm } from "./svm.ts";

const { x, y, two, xTest, ...reference } = references.svm;

for (const [name, options, labels] of [
  ["linear", { kernel: "linear" }, y],
  ["rbf", { c: 5 }, y],
  ["poly", { kernel: "poly", degree: 2, offset: 1, gamma: 0.5 }, y],
  ["twoClasses", { gamma: 0.3, c: 0.5 }, two],
] as const) {
  test(`a machine with ${name} is scikit-learn's`, () => {
    const model = svm({ ...options, tolerance: 1e-10 }).fit(x, labels);
    assert.ok(model.converged);
    const decision = model.decisionFunction(xTest);
    const expected = (reference[name].decision as (number | number[])[]).map((row) => [row].flat());
    // LIBSVM, which scikit-learn uses, trains on kernel values in float32.
    assertClose(decision, expected, "decision", 1e-6);
    assert.deepEqual(model.predict(xTest), reference[name].predicted);
    assert.deepEqual(model.supportIndices, reference[name].support);
  });
}

test("the border between two points lies in the middle, the margin at each", () => {
  const model = svm({ kernel: "linear", c: 100 }).fit(
    [
      [0, 0],
      [2, 0],
      [3, 1],
    ],
    ["left", "right", "right"],
  );
  assertClose(
    model.decisionFunction([
      [0, 5],
      [1, 5],
      [2, 5],
    ]),
    [[-1], [0], [1]],
    "decision",
    1e-9,
  );
  assert.deepEqual(model.supportIndices, [0, 1]);
});

test("a machine keeps its own copy, tells when it did not converge, and checks its options", () => {
  const points = Float64Array.of(0, 1, 5, 6);
  const model = svm({ kernel: "linear" }).fit(points as unknown as number[][], [0, 0, 1, 1]);
  const before = model.decisionFunction([[3]]);
  points.fill(0);
  assert.deepEqual(model.decisionFunction([[3]]), before);
  assert.equal(svm({ iterations: 1 }).fit(x, y).converged, false);
  assert.throws(() => svm({ kernel: "sigmoid" as "rbf" }), /kernel is "sigmoid"; it must be one of "linear"/);
  assert.throws(() => svm({ c: 0 }), /c is 0; it must be a number above 0/);
});
