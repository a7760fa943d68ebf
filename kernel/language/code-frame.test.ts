import assert from "node:assert/strict";
import { test } from "node:test";
import { codeFrame, codeFrames } from "./code-frame.ts";

const diagnostic = {
  line: 2,
  column: 7,
  length: 1,
  code: 2322,
  message: "Type 'string' is not assignable.\n  Because.",
};

test("names the place, shows the lines and underlines", () => {
  const lines = codeFrame(diagnostic, {
    name: "cell 3",
    source: 'let a;\nconst b: number = "x";\nb',
    colour: false,
  });
  assert.deepEqual(lines, [
    "cell 3:2:7 - error TS2322: Type 'string' is not assignable.",
    "  Because.",
    "",
    "1 | let a;",
    '2 | const b: number = "x";',
    "  |       ~",
  ]);
});

test("an error without a number, at the end of a tabbed line", () => {
  const error = { line: 1, column: 6, length: 9, code: 0, message: "Unexpected end" };
  assert.deepEqual(codeFrame(error, { name: "cell 1", source: "\tf(1,", colour: false }), [
    "cell 1:1:6 - error: Unexpected end",
    "",
    "1 | \tf(1,",
    "  | \t    ~",
  ]);
});

test("colours are closed again", () => {
  const text = codeFrame(diagnostic, { name: "cell 1", source: "a\nconst b = 1" }).join("\n");
  assert.equal(text.split("\u001b[").length, 2 * text.split("\u001b[39m").length - 1);
});

test("many errors: five in full, the rest counted", () => {
  const lines = codeFrames(Array(7).fill(diagnostic), {
    name: "cell 1",
    source: "a\nconst b = 1",
    colour: false,
  });
  assert.equal(lines.filter((line) => line.includes("TS2322")).length, 5);
  assert.equal(lines.at(-1), "… and 2 more errors");
});
