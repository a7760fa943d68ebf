import assert from "node:assert/strict";
import { test } from "node:test";
import { stripTypes } from "../language/strip.ts";
import { Rewriter } from "../runner/rewrite.ts";
import { type Position, SourceLines } from "./source-lines.ts";

const source = `interface Point { x: number }
// a remark
const settings = { deep: true,
  wide: false };
const first: number = await Promise.resolve(1); const second = 2;
function twice(value: number): number {
  return value * 2;
}
twice(first)`;
const { script, map } = new Rewriter().rewrite(stripTypes(source, "cell 1"));
const lines = new SourceLines(map);
const generated = script.split("\n");

function textAt(position: Position | undefined): string {
  return position ? (generated[position.lineNumber]?.slice(position.columnNumber) ?? "") : "";
}

test("a line without code stands for the next that has some", () => {
  assert.deepEqual(
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((line) => lines.lineWithCode(line)),
    [3, 3, 3, 4, 5, 6, 7, 8, 9, undefined],
  );
});

test("every line with code is found in the script and back", () => {
  for (const line of [3, 4, 5, 6, 7, 9]) {
    const position = lines.positionOf(line);
    assert.ok(position, `line ${line}`);
    assert.equal(lines.placeOf(position)?.line, line);
  }
  assert.match(textAt(lines.positionOf(7)), /^return value \* 2/);
});

test("what the rewriting puts in front of a statement belongs to it, and its own lines to nobody", () => {
  const value = generated.findIndex((line) => line.startsWith("return {value:"));
  assert.equal(lines.placeOf({ lineNumber: value, columnNumber: 0 })?.line, 9);
  const end = generated.findIndex((line) => line.startsWith("})()"));
  assert.equal(lines.placeOf({ lineNumber: end, columnNumber: 0 }), undefined);
});

test("the ranges of a line cover all its statements and no other line's", () => {
  const inside = (position: Position) =>
    lines.rangesOf(5).some(({ start, end }) => {
      const order = ({ lineNumber, columnNumber = 0 }: Position) => lineNumber * 1e7 + columnNumber;
      return order(start) <= order(position) && order(position) < order(end);
    });
  const at = (text: string): Position => {
    const lineNumber = generated.findIndex((line) => line.includes(text));
    return { lineNumber, columnNumber: generated[lineNumber]?.indexOf(text) ?? 0 };
  };
  assert.ok(inside(at("first = ")));
  assert.ok(inside(at("second = ")));
  assert.ok(inside(at("})()")), "code of ours is stepped over");
  for (const other of ["settings = ", "wide:", "value * 2", "twice(first)"])
    assert.ok(!inside(at(other)), other);
});
