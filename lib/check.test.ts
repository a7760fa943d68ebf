import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { check } from "./check.ts";
import { displayTarget, type MimeBundle, setDisplayTarget } from "./plot/display.ts";

await tf.setBackend("cpu");

const original = displayTarget();
let shown: MimeBundle[] = [];

beforeEach(() => {
  shown = [];
  const show = (bundle: MimeBundle) => {
    shown.push(bundle);
    return { update: () => {} };
  };
  setDisplayTarget({ show, interruptSignal: () => undefined });
});

afterEach(() => setDisplayTarget(original));

const text = () => String(shown.at(-1)?.["text/plain"]);

test("right answers are confirmed", () => {
  check("w", 2.004, 2, { tolerance: 0.01 });
  assert.match(text(), /^✓ /);
  assert.equal(text(), "✓ w: 2.004 is right");
  check("label", "Bag", "Bag");
  assert.match(text(), /^✓ /);
  check("list", [1, 2], Float32Array.of(1, 2));
  assert.match(text(), /^✓ /);
  check(
    "matrix",
    [
      [1, 2],
      [3, 4],
    ],
    tf.tensor2d([
      [1, 2],
      [3, 4],
    ]),
  );
  assert.match(text(), /^✓ /);
});

test("wrong answers show the value, the expected one and the hint, and never throw", () => {
  check("w", 3, 2, { tolerance: 0.01, hint: "mind the <sign>" });
  assert.match(text(), /^✗ /);
  assert.equal(text(), "✗ w: your value is 3, expected 2 ± 0.01\n  Hint: mind the <sign>");
  assert.match(String(shown[0]?.["text/html"]), /mind the &lt;sign&gt;/);
  check("w", undefined, 2);
  assert.match(text(), /^✗ /);
  assert.match(text(), /your value is undefined/);
  check("w", Number.NaN, 2);
  assert.match(text(), /^✗ /);
  check("w", "2", 2);
  assert.match(text(), /^✗ /);
  check(
    "shape",
    [1, 2, 3, 4],
    [
      [1, 2],
      [3, 4],
    ],
  );
  assert.match(text(), /^✗ /);
  assert.match(text(), /your value is \[1, 2, 3, 4\], expected \[1, 2, 3, 4\] of shape \[2,2\]/);
  check("ragged", [[1], [2, 3]], [[1], [2]]);
  assert.match(text(), /^✗ /);
});
