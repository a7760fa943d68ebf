import assert from "node:assert/strict";
import { test } from "node:test";
import { random } from "../../data/random.ts";
import { assertClose } from "../../metrics/battery/references.ts";
import { adjustedRandScore } from "../../metrics/index.ts";
import { references, renumbered } from "../battery/references.ts";
import { dbscan } from "./dbscan.ts";
import { gaussianMixture } from "./gaussian-mixture.ts";
import { hierarchical } from "./hierarchical.ts";
import { kMeans } from "./k-means.ts";

const reference = references.clustering;
const { x } = reference as { x: number[][] };

test("k-means from the same start ends where scikit-learn's does", () => {
  const model = kMeans({ clusters: 3, centers: reference.start }).fit(x);
  assert.deepEqual(model.labels, reference.kMeans.labels);
  assertClose(model.centers, reference.kMeans.centers, "centers", 1e-10);
  assertClose(model.inertia, reference.kMeans.inertia, "inertia", 1e-10);
  assertClose(model.score(x), -reference.kMeans.inertia, "score", 1e-10);
  assert.deepEqual(model.predict(x), model.labels);
});

test("k-means++ finds the same clusters with any seed", () => {
  for (const seed of [0, 1, 2, 3]) {
    const { labels } = kMeans({ clusters: 3, seed }).fit(x);
    assert.deepEqual(renumbered(labels), renumbered(reference.kMeans.labels));
  }
});

test("k-means: every example is with its nearest center, every center is its cluster's mean", () => {
  const source = random(4);
  const points = Array.from({ length: 120 }, () => [source.uniform(), source.uniform()]);
  const model = kMeans({ clusters: 7, seed: 2 }).fit(points);
  const distances = model.transform(points);
  for (const [row, label] of model.labels.entries()) {
    assert.equal(distances[row]?.indexOf(Math.min(...(distances[row] as number[]))), label);
  }
  for (const [cluster, center] of model.centers.entries()) {
    const members = points.filter((_, row) => model.labels[row] === cluster);
    const mean = [0, 1].map(
      (axis) => members.reduce((sum, point) => sum + (point[axis] as number), 0) / members.length,
    );
    assertClose(center, mean, "center", 1e-10);
  }
});

test("k-means never loses a cluster, and takes as many equal examples as there are", () => {
  const model = kMeans({ clusters: 3, centers: [[0], [100], [200]] }).fit([[0], [1], [2], [3]]);
  assert.equal(new Set(model.labels).size, 3);
  assert.equal(kMeans({ clusters: 2 }).fit([[1], [1], [1]]).inertia, 0);
});

for (const [covariance, expected] of Object.entries<Record<string, unknown>>(reference.gaussianMixture)) {
  test(`a ${covariance} Gaussian mixture is scikit-learn's`, () => {
    const model = gaussianMixture({
      components: 3,
      covariance: covariance as "full",
      means: reference.kMeans.centers,
      tolerance: 1e-11,
      iterations: 2000,
    }).fit(x);
    assert.ok(model.converged);
    const found = {
      weights: model.weights,
      means: model.means,
      score: model.score(x),
      bic: model.bayesianInformation(x),
      probability: model.predictProbability(x.slice(0, 5)),
    };
    assertClose(found, expected, covariance, 1e-5);
  });
}

test("a mixture's density integrates to 1, and a collapse is told of", () => {
  const model = gaussianMixture({ components: 2, seed: 1 }).fit([[-1], [-1.2], [0.3], [0.5], [0.4]]);
  const grid = Array.from({ length: 4000 }, (_, index) => [-4 + index * 0.002]);
  const area = model.logDensity(grid).reduce((sum, log) => sum + Math.exp(log) * 0.002, 0);
  assert.ok(Math.abs(area - 1) < 1e-6, String(area));
  const points = [[0], [0], [5], [5]];
  assert.throws(
    () => gaussianMixture({ components: 2, regularization: 0 }).fit(points),
    /has collapsed to a point/,
  );
});

test("DBSCAN is scikit-learn's", () => {
  const model = dbscan({ radius: 0.9, minimumNeighbours: 4 }).fit(x);
  assert.deepEqual(model.labels, reference.dbscan.labels);
  assert.deepEqual(model.coreIndices, reference.dbscan.core);
});

for (const linkage of ["single", "complete", "average", "ward"] as const) {
  test(`the tree by ${linkage} linkage is SciPy's`, () => {
    const { merges, labels } = hierarchical({ linkage, clusters: 3 }).fit(x);
    const expected = reference.hierarchical[linkage] as number[][];
    assertClose(
      merges.map(({ distance, size }) => [distance, size]),
      expected.map(([, , distance, size]) => [distance, size]),
      linkage,
      1e-10,
    );
    // Of joins at the same distance the order means nothing; all others name the same clusters.
    const distances = expected.map(([, , distance]) => distance as number);
    if (new Set(distances).size === distances.length) {
      assert.deepEqual(
        merges.map(({ a, b }) => [a, b]),
        expected.map(([a, b]) => [a, b]),
      );
    }
    assert.equal(new Set(labels).size, 3);
  });
}

test("a tree can be cut by distance and drawn", async () => {
  const points = [[0], [1], [10], [11], [30]];
  assert.deepEqual(hierarchical({ linkage: "single", distance: 5 }).fit(points).labels, [0, 0, 1, 1, 2]);
  assert.deepEqual(hierarchical({ linkage: "single", distance: 15 }).fit(points).labels, [0, 0, 0, 0, 1]);
  const model = hierarchical({ linkage: "complete", clusters: 2 }).fit(points);
  assert.deepEqual(model.merges.at(-1), { a: 4, b: 7, distance: 30, size: 5 });
  assert.match(String((await model.figure.toMime())["image/svg+xml"]), /^<svg/);
  const perfect = hierarchical({ clusters: 3 }).fit(x).labels;
  assert.ok(adjustedRandScore(reference.kMeans.labels, perfect) > 0.85);
});
