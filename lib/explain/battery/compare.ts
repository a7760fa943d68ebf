// Comparing what was computed with what it should be.

import assert from "node:assert/strict";
import type * as tf from "@tensorflow/tfjs";

/** Fail unless all values are within `tolerance` times the largest expected one. */
export function assertClose(
  actual: tf.Tensor | ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
  what: string,
): void {
  const values = "dataSync" in actual ? actual.dataSync() : actual;
  assert.equal(values.length, expected.length, `${what}: number of values`);
  const largest = Array.from(expected).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const errors = Array.from(expected, (value, index) => Math.abs((values[index] as number) - value));
  // NaN wins, so that it is found.
  const worst = errors.reduce((most, error) => Math.max(most, error), 0);
  if (!(worst <= tolerance * largest)) {
    const at = errors.indexOf(worst);
    assert.fail(
      `${what}: value ${at} is ${values[at]} instead of ${expected[at]}, off by ${worst / largest} of the largest`,
    );
  }
}
