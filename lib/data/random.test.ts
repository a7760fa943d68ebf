import assert from "node:assert/strict";
import { test } from "node:test";
import { random, withRandomSource } from "./random.ts";

test("the same seed gives the same numbers, another seed others", () => {
  const draw = (seed: number) => Array.from({ length: 5 }, random(seed).uniform);
  assert.deepEqual(draw(1), draw(1));
  assert.notDeepEqual(draw(1), draw(2));
  assert.notDeepEqual(draw(1), draw(2 ** 32 + 1));
  // Written down so that a change of generator, which would change everybody's results, is noticed.
  assert.deepEqual([...random(42).permutation(8)], [1, 3, 4, 2, 0, 7, 6, 5]);
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
