import assert from "node:assert/strict";
import { test } from "node:test";
import { assertClose } from "../../metrics/battery/references.ts";
import { references } from "../battery/references.ts";
import { pca } from "./pca.ts";

const reference = references.reduction;
const { x } = reference as { x: number[][] };

test("principal components are scikit-learn's", () => {
  const model = pca().fit(x);
  const expected = reference.pca;
  assertClose(model.components, expected.components, "components", 1e-9);
  assertClose(model.explainedVariance, expected.explainedVariance, "explainedVariance", 1e-10);
  assertClose(model.explainedVarianceRatio, expected.explainedVarianceRatio, "ratio", 1e-10);
  assertClose(model.transform(x), expected.transformed, "transformed", 1e-9);
  const white = pca({ components: 2, whiten: true }).fit(x);
  assertClose(white.transform(x), expected.whitened, "whitened", 1e-9);
  assertClose(white.inverseTransform(white.transform(x)), expected.restored, "restored", 1e-9);
});

test("all components restore the examples, also of fewer rows than features", () => {
  const few = x.slice(0, 3);
  for (const rows of [x, few]) {
    const model = pca().fit(rows);
    assertClose(model.inverseTransform(model.transform(rows)), rows, "restored", 1e-9);
  }
});

test("components can be asked for by the part of the variance", () => {
  const ratios = pca().fit(x).explainedVarianceRatio;
  const part = (ratios[0] as number) + (ratios[1] as number);
  assert.equal(pca({ components: part - 1e-6 }).fit(x).components.length, 2);
  assert.equal(pca({ components: part + 1e-6 }).fit(x).components.length, 3);
  assert.throws(() => pca({ components: 5 }).fit(x), /components is 5; 12 rows of 4 features have at most 4/);
});
