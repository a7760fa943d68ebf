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
  assert.equal(check("w", 2.004, 2, { tolerance: 0.01 }), true);
  assert.equal(text(), "✓ w: 2.004 is right");
  assert.equal(check("label", "Bag", "Bag"), true);
  assert.equal(check("list", [1, 2], Float32Array.of(1, 2)), true);
  assert.equal(
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
    ),
    true,
  );
});

test("wrong answers show the value, the expected one and the hint, and never throw", () => {
  assert.equal(check("w", 3, 2, { tolerance: 0.01, hint: "mind the <sign>" }), false);
  assert.equal(text(), "✗ w: your value is 3, expected 2 ± 0.01\n  Hint: mind the <sign>");
  assert.match(String(shown[0]?.["text/html"]), /mind the &lt;sign&gt;/);
  assert.equal(check("w", undefined, 2), false);
  assert.match(text(), /your value is undefined/);
  assert.equal(check("w", Number.NaN, 2), false);
  assert.equal(check("w", "2", 2), false);
  assert.equal(
    check(
      "shape",
      [1, 2, 3, 4],
      [
        [1, 2],
        [3, 4],
      ],
    ),
    false,
  );
  assert.match(text(), /your value is \[1, 2, 3, 4\], expected \[1, 2, 3, 4\] of shape \[2,2\]/);
  assert.equal(check("ragged", [[1], [2, 3]], [[1], [2]]), false);
});
