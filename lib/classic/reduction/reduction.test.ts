import assert from "node:assert/strict";
import { test } from "node:test";
import { random } from "../../data/random.ts";
import { assertClose } from "../../metrics/battery/references.ts";
import { silhouetteScore } from "../../metrics/index.ts";
import { references } from "../battery/references.ts";
import { kNN } from "../neighbours.ts";
import { pca } from "./pca.ts";
import { Quadtree } from "./quadtree.ts";
import { tSNE } from "./t-sne.ts";
import { umap } from "./umap.ts";

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

/** Points in three clusters of ten dimensions. */
function clusters(each: number): { points: number[][]; labels: number[] } {
  const source = random(6);
  const labels = Array.from({ length: 3 * each }, (_, index) => index % 3);
  const points = labels.map((label) =>
    Array.from({ length: 10 }, (_, axis) => source.normal() + (axis % 3 === label ? 4 : 0)),
  );
  return { points, labels };
}

test("repulsion over a quadtree is the sum over all pairs", () => {
  const source = random(1);
  const places = Float64Array.from({ length: 400 }, () => source.normal());
  // Some at the very same place.
  places.copyWithin(0, 20, 60);
  const tree = new Quadtree(places);
  for (const [angle, tolerance] of [
    [0, 1e-12],
    [0.5, 0.02],
  ] as const) {
    for (let row = 0; row < 200; row += 7) {
      const found = new Float64Array(400);
      const total = tree.repulsion(row, angle, found);
      const expected = [0, 0, 0];
      for (let other = 0; other < 200; other++) {
        if (other === row) continue;
        const off = [0, 1].map(
          (axis) => (places[2 * row + axis] as number) - (places[2 * other + axis] as number),
        );
        const closeness = 1 / (1 + (off[0] as number) ** 2 + (off[1] as number) ** 2);
        for (const axis of [0, 1])
          expected[axis] = (expected[axis] as number) + closeness ** 2 * (off[axis] as number);
        expected[2] = (expected[2] as number) + closeness;
      }
      const scale = angle === 0 ? 1 : expected[2];
      assertClose(
        [found[2 * row], found[2 * row + 1], total].map((value) => (value as number) / (scale as number)),
        expected.map((value) => value / (scale as number)),
        `angle ${angle}`,
        tolerance,
      );
    }
  }
});

test("t-SNE keeps clusters apart, and is the same for the same seed", () => {
  const { points, labels } = clusters(30);
  const { embedding, divergence } = tSNE(points, { iterations: 500, perplexity: 15 });
  assert.ok(silhouetteScore(embedding, labels) > 0.6, String(silhouetteScore(embedding, labels)));
  const exact = tSNE(points, { iterations: 500, perplexity: 15, angle: 0 });
  assert.ok(Math.abs(divergence - exact.divergence) < 0.05, `${divergence} ${exact.divergence}`);
  const options = { iterations: 40, start: "random", seed: 3 } as const;
  assert.deepEqual(tSNE(points, options), tSNE(points, options));
  assert.notDeepEqual(tSNE(points, options), tSNE(points, { ...options, seed: 4 }));
});

test("t-SNE reaches scikit-learn's divergence", () => {
  const { divergence } = tSNE(reference.map.x, { perplexity: 10 });
  assert.ok(divergence < reference.map.divergence * 1.1, `${divergence} ${reference.map.divergence}`);
});

test("t-SNE says what it can't do", () => {
  assert.throws(() => tSNE([[1], [2]]), /x has 2 rows; a map needs at least 4/);
  assert.throws(
    () => tSNE(clusters(3).points, { perplexity: 30 }),
    /perplexity is 30; it must be .* at most 2.66/,
  );
  assert.throws(() => tSNE(clusters(9).points, { signal: AbortSignal.abort(new Error("enough")) }), /enough/);
});

test("UMAP keeps clusters apart, places new examples among their like, and is the same for the same seed", () => {
  const { points, labels } = clusters(30);
  const model = umap({ epochs: 200, seed: 2 }).fit(points);
  assert.ok(silhouetteScore(model.embedding, labels) > 0.6);
  assert.deepEqual(umap({ epochs: 200, seed: 2 }).fitTransform(points), model.embedding);
  assert.notDeepEqual(umap({ epochs: 200, seed: 3 }).fitTransform(points), model.embedding);
  const placed = model.transform(points.slice(0, 6).map((point) => point.map((value) => value + 0.1)));
  const found = kNN({ neighbours: 5 }).fit(model.embedding, labels).predict(placed);
  assert.deepEqual(found, labels.slice(0, 6));
  assert.throws(() => umap().fit(points.slice(0, 15)), /x has 15 rows; 15 neighbours need at least 16/);
});
