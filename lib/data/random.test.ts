import assert from "node:assert/strict";
import { test } from "node:test";
import { random, withRandomSource } from "./random.ts";

test("the same seed gives the same numbers, another seed others", () => {
  const draw = (seed: number) => Array.from({ length: 5 }, random(seed).uniform);
  assert.deepEqual(draw(1), draw(1));
  assert.notDeepEqual(draw(1), draw(2));
  assert.notDeepEqual(draw(1), draw(2 ** 32 + 1));
  // Written down so that a change of generator, which would change everybody's results, is noticed.
  assert.deepEqual([...random(42).permutation(8)], [7, 3, 1, 2, 6, 0, 4, 5]);
});

test("permutations hold every number once and normal numbers have mean 0 and deviation 1", () => {
  assert.deepEqual(
    [...random(3).permutation(1000)].sort((a, b) => a - b),
    [...Array(1000).keys()],
  );
  const source = random(4);
  const values = Array.from({ length: 20_000 }, source.normal);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
  assert.ok(Math.abs(mean) < 0.03 && Math.abs(deviation - 1) < 0.02, `mean ${mean}, deviation ${deviation}`);
});

test("the first numbers of neighbouring seeds are as random as those of one long stream", () => {
  const seeds = Array.from({ length: 10_000 }, (_, seed) => seed);
  for (const draw of [0, 1, 2]) {
    const bins = new Array(20).fill(0);
    let normalSquares = 0;
    for (const seed of seeds) {
      const source = random(seed);
      for (let skipped = 0; skipped < draw; skipped++) source.uniform();
      bins[Math.floor(source.uniform() * 20)]++;
      const normals = random(seed);
      for (let skipped = 0; skipped < draw; skipped++) normals.normal();
      normalSquares += normals.normal() ** 2;
    }
    // χ² with 19 degrees of freedom exceeds 43.8 once in 1,000 times; the draws are fixed, so this one passes or not.
    const chiSquared = bins.reduce((sum, count) => sum + (count - 500) ** 2 / 500, 0);
    assert.ok(chiSquared < 43.8, `draw ${draw}: bins ${bins}, χ² ${chiSquared}`);
    assert.ok(
      Math.abs(normalSquares / 10_000 - 1) < 0.06,
      `draw ${draw}: variance ${normalSquares / 10_000}`,
    );
  }
});

test("Math.random is seeded inside and itself again outside, also after an error", () => {
  const original = Math.random;
  const draw = () => withRandomSource(random(5), () => [Math.random(), Math.random()]);
  assert.deepEqual(draw(), draw());
  assert.throws(() =>
    withRandomSource(random(5), () => {
      throw new Error("inside");
    }),
  );
  assert.equal(Math.random, original);
  assert.throws(() => random(0.5), /seed is 0.5/);
});
