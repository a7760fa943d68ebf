// Which lines are magics, and what becomes of them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "../language/declarations.ts";
import { stripTypes } from "../language/strip.ts";
import { helpText, LINE_MAGICS, nearestMagic } from "./catalog.ts";
import { translate } from "./translate.ts";

const known =
  (...names: string[]) =>
  (name: string) =>
    names.includes(name);

function magicsOf(source: string, ...names: string[]): string[] {
  return translate(source, known(...names)).magics.map(({ name, text }) => `${name}:${text.trim()}`);
}

test("what is TypeScript stays TypeScript", () => {
  const cells: [string, ...string[]][] = [
    ["a\n%b", "a", "b"],
    ["a\n  %time", "a", "time"],
    ["const time = 3\nconst x = 5\n%time"],
    ["let x = 7\n%x"],
    ["a\n%b(\n1)", "a", "b"],
    ["a\n%nothing", "a"],
    ["10 +\n3\n%2"],
    ["!flag && f()", "flag", "f"],
    ["!x;", "x"],
    ["!x", "x"],
    ["!ready && go()\nvar ready = true\nfunction go() {}"],
    ["function f() { return 1 }\n!f()"],
    ["!!x", "x"],
    ["![] "],
    ["!function () { console.log(1) }()"],
    ["!async function () {}()"],
    ["!(() => 1)()"],
    ["!true"],
    ["!this"],
    ["!await f()", "f"],
    ["!new Date()"],
    ["!Number.isNaN(3)"],
    ["!process.env.HOME"],
    ["!/ab+/.test('x')"],
    ["!`ls`"],
    ["!'ls'"],
    ["!{}"],
    ["!1"],
    ["! /x/g"],
    ["const t = `\n%time f()\n!ls -la\n`"],
    ["const t = `${\n`\n!ls\n`}`"],
    ["/*\n%who\n!ls -l\n*/"],
    ["// note\n// %who"],
    ["f(\n!ls\n)", "f"],
    ["if (a)\n!ls\nelse\n!b", "a", "b"],
    ["const a = [\n!x,\n!y,\n]"],
    ["const big =\n!ls"],
    ["return1 ?\n!a :\n!b", "return1", "a", "b"],
    ["const s = 'a\\\n%who'"],
    ["function f() {\n  !ls\n}"],
    ["class A {\n  x!: number\n}"],
    ["let value!: number"],
    ["const el = <div>\n!ls -la\n%who\n</div>"],
  ];
  for (const [source, ...names] of cells) {
    const { magics, code, view } = translate(source, known(...names));
    assert.deepEqual([magics, code, view], [[], source, source], source);
  }
});

test("what is not TypeScript is a magic", () => {
  assert.deepEqual(magicsOf("%who"), ["who:"]);
  assert.deepEqual(magicsOf("  %who  "), ["who:"]);
  assert.deepEqual(magicsOf("let x = 5\n%who"), ["who:"]);
  assert.deepEqual(magicsOf("let x = 5;\n%time x * 2\n%who\nx"), ["time:x * 2", "who:"]);
  assert.deepEqual(magicsOf("%env A=1\n%cd /tmp"), ["env:A=1", "cd:/tmp"]);
  assert.deepEqual(magicsOf("!ls"), ["shell:ls"]);
  assert.deepEqual(magicsOf("!ls -la"), ["shell:ls -la"]);
  assert.deepEqual(magicsOf("! git status"), ["shell:git status"]);
  assert.deepEqual(magicsOf("const e = <p>hi</p>\n!ls -la\n%who"), ["shell:ls -la", "who:"]);
  assert.deepEqual(magicsOf("!git status"), ["shell:git status"]);
  assert.deepEqual(magicsOf("!/bin/ls"), ["shell:/bin/ls"]);
  assert.deepEqual(magicsOf("!./run.sh | head -3"), ["shell:./run.sh | head -3"]);
  assert.deepEqual(magicsOf("!echo 'it is %who' && true"), ["shell:echo 'it is %who' && true"]);
  assert.deepEqual(magicsOf("!echo a \\\n  b\nlet c = 1"), ["shell:echo a \\\n  b"]);
  assert.deepEqual(magicsOf("const f = 1 // no semicolon\n!cat file.txt"), ["shell:cat file.txt"]);
  assert.deepEqual(magicsOf("f\n!x", "f"), ["shell:x"]);
  assert.deepEqual(magicsOf("%%time\nf()", "f"), ["time:"]);
  assert.deepEqual(magicsOf("let a = 1\n%%time"), []);
  assert.deepEqual(magicsOf("%time await f({\n  a: 1,\n})\n1", "f"), ["time:await f({\n  a: 1,\n})"]);
  assert.deepEqual(magicsOf("%tiem f()", "f"), ["tiem:f()"]);
});

test("code keeps its place in the checker's text", () => {
  for (const source of [
    "%who\nlet a: number = 'x'",
    "let b = 1\n%time b + 1\nb",
    "!ls \\\n -la\nconst c = 3",
    'import { x } from "npm:left@1.2.3"; x()',
    "%timeit -n 10 b + 1",
  ]) {
    const { view } = translate(source, known("b"));
    assert.equal(view.length, source.length);
    assert.equal(view.split("\n").length, source.split("\n").length);
  }
  assert.equal(translate("%time f(x)", known()).view, ";     f(x)");
  assert.equal(translate("%timeit -n 5 g()", known()).view, ";            g()");
  assert.equal(translate('import x from "npm:a@1"', known()).view, 'import x from "a"      ');
});

test("a cell with magics can be stripped, and its map leads back", () => {
  for (const source of [
    "%time f() // why\nlet a = 1",
    "%time f();",
    "%time const a: number = 1, b = 2",
    "%timeit for (let i = 0; i < 3; i++) f(i)",
    "%timeit -n 3 -r 2 await f()",
    "%%timeit -n 3\nlet s = 0\nfor await (const x of y) s += x\n// end",
    "%%time\nlet s: number = 0\ns",
    "%time { a: 1 }",
    "%time",
  ]) {
    const { code, mapped } = translate(source, known());
    const { map } = mapped(stripTypes(code, "cell 1"));
    assert.deepEqual(JSON.parse(map).sources, ["cell 1"], source);
  }
  const { code } = translate("%timeit f()\n%timeit await f()", known());
  assert.match(code, /"timeit"," ",\(\)=>\(f/);
  assert.match(code, /"timeit"," ",async \(\)=>\(await/);
});

test("npm: specifiers of every kind of import", () => {
  const source = [
    'import a from "npm:a@1";',
    'import type { B } from "npm:@scope/b@^2.0.0/sub/path.js";',
    'export * from "npm:c";',
    'const d = await import("npm:d@latest");',
    'type E = import("npm:e@5").E;',
    'const text = "npm:not";',
    'f("npm:not@1");',
  ].join("\n");
  const { packages, code } = translate(source, known());
  assert.deepEqual(
    packages.map(({ name, version }) => `${name} ${version}`),
    ["a 1", "@scope/b ^2.0.0", "c ", "d latest", "e 5"],
  );
  assert.match(code, /from "@scope\/b\/sub\/path\.js";/);
  assert.match(code, /"npm:not"/);
});

test("the nearest name of a misspelt magic", () => {
  assert.equal(nearestMagic("tiem", LINE_MAGICS), "time");
  assert.equal(nearestMagic("tensor", LINE_MAGICS), "tensors");
  assert.equal(nearestMagic("matplotlib", LINE_MAGICS), undefined);
  assert.match(helpText(), /^%cd \[folder/);
});

test("no program of known names holds a magic, however its lines are put together", () => {
  const lines = [
    "a",
    "%b",
    "  %time",
    "!a",
    "!b && a",
    "!!f(a)",
    "%f(a,",
    "b)",
    "`",
    "/*",
    "*/",
    "// %who",
    "{",
    "}",
    "(",
    ")",
    "const c =",
    "f(`${",
    "}`)",
    "a;",
    "!f(a) ? b :",
    "time",
    "<div>",
    "</div>",
    "if (a)",
    "else",
  ];
  const isKnown = known("a", "b", "f", "time");
  let state = 1;
  const random = (below: number): number => {
    state = (state * 48_271) % 2_147_483_647; // Park and Miller's generator
    return state % below;
  };
  let programs = 0;
  for (let round = 0; round < 30_000; round += 1) {
    const source = Array.from({ length: 2 + random(6) }, () => lines[random(lines.length)]).join("\n");
    if (!/^\s*[%!]/m.test(source) || parse(source).errors.length > 0) continue;
    programs += 1;
    assert.deepEqual(translate(source, isKnown).magics, [], source);
  }
  assert.ok(programs > 200, `${programs} programs`);
});
