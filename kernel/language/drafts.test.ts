// Which texts share a file: those with the same imports, of which the longest unused make room.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Drafts } from "./drafts.ts";

test("texts with the same imports share a file, others do not", () => {
  const drafts = new Drafts();
  const plain = drafts.fileFor("let a = 1", "ts");
  const withPath = drafts.fileFor('import path from "node:path"; path', "ts");
  assert.notEqual(plain, withPath);
  assert.equal(drafts.fileFor("const other = 'from here'", "ts"), plain);
  assert.equal(drafts.fileFor("import path from 'node:path'; path.join", "ts"), withPath);
  assert.notEqual(drafts.fileFor('declare let a: typeof import("node:path").sep; a', "ts"), plain);
  assert.match(drafts.fileFor("let a = <b/>", "tsx"), /\.tsx$/);
});

test("the longest unused file is used again", () => {
  const drafts = new Drafts();
  const files = new Set<string>();
  const plain = drafts.fileFor("a", "ts");
  for (let index = 0; index < 50; index += 1) {
    files.add(drafts.fileFor(`import "package-${index}"`, "ts"));
    assert.equal(drafts.fileFor("b", "ts"), plain);
  }
  assert.ok(files.size < 10, `${files.size} files`);
});
