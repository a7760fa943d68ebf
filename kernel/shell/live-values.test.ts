// Where an expression can be looked at as it is typed, and how its members join TypeScript's matches.

import assert from "node:assert/strict";
import { test } from "node:test";
import { livePath, liveQuestion, withLiveValues } from "./live-values.ts";

/** `|` marks the cursor. */
function question(marked: string) {
  const cursor = marked.indexOf("|");
  const found = liveQuestion(marked.replace("|", ""), cursor);
  return found && [found.path.join("/"), found.start, found.end, ...(found.quote ? [found.quote] : [])];
}

const QUESTIONS: [string, ReturnType<typeof question>][] = [
  ["row.|", ["row", 4, 4]],
  ["row.ag|e + 1", ["row", 4, 7]],
  ["a.b?.c.|", ["a/b/c", 7, 7]],
  ["f(...row.|)", ["row", 9, 9]],
  ["`${row.|}`", ["row", 7, 7]],
  ["`${`${row.|}`}`", ["row", 10, 10]],
  ["rows[0].|", ["rows/0", 8, 8]],
  ['x["a b"].|', ["x/a b", 9, 9]],
  ["m.get('k').|", ["m/k", 11, 11]],
  ["row\n  .na|", ["row", 7, 9]],
  ['row["|', ["row", 5, 5, '"']],
  ["row['na|me']", ["row", 5, 9, "'"]],
  ['row?.["|"]', ["row", 7, 7, '"']],
  ['a.b["|', ["a/b", 5, 5, '"']],
  ['map.get("|")', ["map", 9, 9, '"']],
  ["名.|", ["名", 2, 2]],
  ["/* a */ row.|", ["row", 12, 12]],
  ['"//"; row.|', ["row", 10, 10]],
  ["'it\\'s'; row.|", ["row", 13, 13]],
  // No plain path, or no code.
  ["f().|", undefined],
  ["f().x.|", undefined],
  ["(a).b.|", undefined],
  ["a[0 + 1].|", undefined],
  ["// row.|", undefined],
  ["/* row.|", undefined],
  ["'row.|", undefined],
  ["`row.|", undefined],
  ["`${a} row.|`", undefined],
  ['f("|', undefined],
  ["1.|", undefined],
  ["|", undefined],
];

for (const [marked, expected] of QUESTIONS)
  test(`asked about at ${marked}`, () => assert.deepEqual(question(marked), expected));

test("the path that ends with a name", () => {
  const path = (marked: string) => livePath(marked.replace("|", ""), marked.indexOf("|"))?.join("/");
  assert.equal(path("cat.le|gs.x"), "cat/legs");
  assert.equal(path("ca|t.legs"), "cat");
  assert.equal(path("f(ro|w)"), "row");
  assert.equal(path("'ca|t'"), undefined);
  assert.equal(path("f().ca|t"), undefined);
});

const sight = {
  type: "Object",
  text: "",
  members: [
    { name: "age", kind: "property" as const, type: "number" },
    { name: "first name", kind: "property" as const, type: "string" },
  ],
  keys: ["age", "first name", 'a"b'],
};
const texts = ({ matches }: { matches: { text: string }[] }) => matches.map(({ text }) => text);
const none = { matches: [], start: 4, end: 4 };
const known = { matches: [{ text: "age", kind: "property" }], start: 4, end: 4 };

test("members where TypeScript knows none, identifiers only", () => {
  const asked = { path: ["row"], start: 4, end: 4 };
  assert.deepEqual(withLiveValues(none, asked, sight, "").matches, [
    { text: "age", kind: "property", detail: "number" },
  ]);
  assert.deepEqual(texts(withLiveValues(none, asked, sight, "x")), []);
  assert.equal(withLiveValues(known, asked, sight, ""), known);
});

test("keys in quotes join TypeScript's, once each, escaped", () => {
  const asked = { path: ["row"], quote: '"', start: 4, end: 4 };
  assert.deepEqual(texts(withLiveValues(known, asked, sight, "")), ["age", "first name", 'a\\"b']);
  assert.deepEqual(texts(withLiveValues(none, asked, sight, "FI")), ["first name"]);
});
