// Numbers of other libraries to compare with: tests/refs/metrics.json, made by make-metrics.py beside it.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

// biome-ignore lint/suspicious/noExplicitAny: the file's shape is that of the script that writes it.
export type Reference = any;

const file = new URL("../../../../tests/refs/metrics.json", import.meta.url);

/** The file's content; JSON has no NaN and ∞, they are written as text. */
export const references: Reference = JSON.parse(readFileSync(file, "utf8"), (_, value) =>
  value === "nan" ? Number.NaN : value === "inf" ? Infinity : value,
);

/** Assert that numbers, nested in arrays and objects alike, agree within `tolerance` (relative above 1). */
export function assertClose(found: unknown, expected: unknown, what = "value", tolerance = 1e-12): void {
  if (typeof expected === "number") {
    const near =
      Object.is(found, expected) ||
      Math.abs((found as number) - expected) <= tolerance * Math.max(1, Math.abs(expected));
    assert.ok(near, `${what} is ${found}, expected ${expected}`);
  } else if (typeof expected === "object" && expected !== null) {
    assert.ok(typeof found === "object" && found !== null, `${what} is ${found}`);
    assert.deepEqual(Object.keys(found), Object.keys(expected), what);
    for (const [key, value] of Object.entries(expected)) {
      assertClose((found as Record<string, unknown>)[key], value, `${what}.${key}`, tolerance);
    }
  } else {
    assert.equal(found, expected, what);
  }
}
