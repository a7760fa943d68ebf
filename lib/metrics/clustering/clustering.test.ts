import assert from "node:assert/strict";
import { test } from "node:test";
import { assertClose, references } from "../battery/references.ts";
import {
  adjustedRandScore,
  normalizedMutualInfoScore,
  silhouetteSamples,
  silhouetteScore,
} from "../index.ts";

const { points, known, found, ...expected } = references.clustering;

test("agreement of groupings is scikit-learn's", () => {
  assertClose(adjustedRandScore(known, found), expected.adjustedRand);
  for (const averageMethod of ["arithmetic", "geometric", "min", "max"] as const) {
    const score = normalizedMutualInfoScore(known, found, { averageMethod });
    assertClose(score, expected.mutualInformation[averageMethod], averageMethod);
  }
});

test("names of clusters don't matter; trivial groupings are defined", () => {
  const names = found.map((label: number) => `cluster ${9 - label}`);
  assertClose(adjustedRandScore(known, names), expected.adjustedRand);
  assert.equal(adjustedRandScore([0, 0, 1], ["b", "b", "a"]), 1);
  assertClose(normalizedMutualInfoScore([0, 0, 1], ["b", "b", "a"]), 1);
  assert.equal(adjustedRandScore([0, 0], [1, 1]), 1);
  assert.equal(normalizedMutualInfoScore([0, 0], [1, 1]), 1);
  assert.equal(normalizedMutualInfoScore([0, 1], [1, 1]), 0);
  assert.equal(normalizedMutualInfoScore([0, 0, 1, 1], [0, 1, 0, 1]), 0);
  assert.equal(adjustedRandScore([0], [5]), 1);
});

test("silhouettes are scikit-learn's for every distance, also alone in a cluster", () => {
  for (const metric of ["euclidean", "manhattan", "cosine"] as const) {
    const samples = silhouetteSamples(points, found, { metric });
    assertClose(samples, expected.silhouette[metric], metric);
    assert.equal(samples[7], 0);
    const mean = samples.reduce((sum, each) => sum + each, 0) / samples.length;
    assertClose(silhouetteScore(points, found, { metric }), mean, metric);
  }
});

test("bad input is named", () => {
  assert.throws(() => silhouetteScore([[1], [2]], [0, 0]), /1 clusters of 2 examples/);
  assert.throws(() => silhouetteScore([[1], [2]], [0, 1]), /2 clusters of 2 examples/);
  assert.throws(() => silhouetteScore([[1], [2]], [0]), /features has 2 examples and labels has 1/);
  assert.throws(() => silhouetteScore([[0], [2], [1]], [0, 0, 1], { metric: "cosine" }), /all 0/);
  assert.throws(() => silhouetteScore([[1]], [0], { metric: "l2" as "cosine" }), /metric is "l2"/);
});
