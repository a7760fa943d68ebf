import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect, types } from "node:util";
import vm from "node:vm";
import { originalPositionFor, TraceMap } from "@jridgewell/trace-mapping";
import { stripTypes } from "../language/strip.ts";
import { Rewriter } from "./rewrite.ts";
import { RUNTIME } from "./runtime.ts";

/** Runs cells one after the other in a realm of their own; gives the last one's value as text. */
async function run(cells: string[]): Promise<string> {
  const rewriter = new Rewriter();
  const context = vm.createContext({ console, performance, setTimeout });
  const runtime = {
    import: (name: string) => import(name),
    pick: (module: Record<string, unknown>, name: string) => module[name],
    meta: { url: "file:///folder/notebook.ts" },
  };
  Object.defineProperty(context, RUNTIME, { value: runtime });
  let value: unknown;
  for (const source of cells) {
    const cell = rewriter.rewrite(stripTypes(source, "cell"));
    const result = new vm.Script(cell.script, { filename: "cell" }).runInContext(context);
    value = cell.isAsync ? (await result)?.value : cell.hasValue ? result : undefined;
  }
  return types.isPromise(value) ? "a promise" : inspect(value);
}

const values: [name: string, cells: string[], expected: string][] = [
  ["a number", ["6 * 7"], "42"],
  ["nothing", [""], "undefined"],
  ["only a comment", ["// nothing"], "undefined"],
  ["a declaration has no value", ["const a = 1"], "undefined"],
  ["a statement has no value", ["if (true) { 5 }"], "undefined"],
  ["nor in an async cell", ["await 0; if (true) { 5 }"], "undefined"],
  ["an object", ["({ a: 1 })"], "{ a: 1 }"],
  ["an object after await", ["await 0; ({ a: 1 })"], "{ a: 1 }"],
  ["a member of an object", ["({ a: 1 }).a"], "1"],
  ["a directive", ["'use strict'"], "'use strict'"],
  ["a string", ["'abc'"], "'abc'"],
  ["a string after await", ["await 0\n'abc'"], "'abc'"],
  ["a template", ["`a${1 + 1}`"], "'a2'"],
  ["a value before empty statements", ["5;;"], "5"],
  ["a value before a type", ["5\ninterface Later { a: number }"], "5"],
  ["no semicolons", ["const a = 2\nconst b = 3\na + b"], "5"],
  ["a line that starts with a bracket", ["const a = [1, 2];\n[a[1], a[0]]"], "[ 2, 1 ]"],
  ["a sequence", ["await 0; 1, 2"], "2"],
  ["a comment behind the value", ["await 0; 7 // seven"], "7"],
  ["a promise is not awaited", ["Promise.resolve(1)"], "a promise"],
  ["nor in an async cell, in one", ["await 0; Promise.resolve(1)"], "a promise"],
  ["an arrow function", ["(x: number) => x"], "[Function (anonymous)]"],
  ["typeof an unknown name", ["typeof nothing"], "'undefined'"],
  ["this is strict", ["(function () { return this })()"], "undefined"],
  ["const again as let", ["const a = 1", "let a = 2; a"], "2"],
  ["let without a value", ["let a = 1", "let a; a"], "undefined"],
  ["let without a value, async", ["let a = 1", "let a; await 0; a"], "undefined"],
  ["var without a value keeps it", ["var a = 1", "var a; a"], "1"],
  ["var without a value keeps it, async", ["var a = 1", "await 0; var a; a"], "1"],
  ["function over const", ["const a = 1", "function a() { return 2 }\na()"], "2"],
  ["const over function", ["function a() {}", "const a = 3; a"], "3"],
  ["class over function over class", ["class a {}", "function a() {}", "class a { v = 4 }\nnew a().v"], "4"],
  ["enum over a string", ["const a = 'text'", "enum a { First = 'x' }\na.First"], "'x'"],
  ["an enum forgets its old members", ["enum a { X }", "enum a { Y }\nObject.keys(a)"], "[ '0', 'Y' ]"],
  ["an enum merges within a cell", ["enum a { X }\nenum a { Y = 1 }\na.X + a.Y"], "1"],
  ["a constant enum", ["const enum a { X = 3 }", "a.X"], "3"],
  ["a namespace", ["namespace N { export const x = 1; export const y = () => x + 1 }", "N.y()"], "2"],
  [
    "a namespace over a namespace",
    ["namespace N { export const x = 1 }", "namespace N { export const y = 1 }\nObject.keys(N)"],
    "[ 'y' ]",
  ],
  ["a namespace on a class", ["class C {}\nnamespace C { export const x = 1 }", "C.x"], "1"],
  [
    "parameter properties",
    [
      "class P { constructor(readonly a: number, private b = 2) {} sum() { return this.a + this.b } }",
      "new P(1).sum()",
    ],
    "3",
  ],
  [
    "an abstract class",
    [
      "abstract class A { abstract area(): number }\nclass B extends A { area() { return 2 } }",
      "new B().area()",
    ],
    "2",
  ],
  ["a class knows itself", ["class K { static make() { return new K() } }", "K.make() instanceof K"], "true"],
  [
    "overloads",
    ["function o(a: string): void\nfunction o(a: number): void\nfunction o(a: unknown) { return a }", "o(2)"],
    "2",
  ],
  ["functions see later values", ["let a = 1\nconst read = () => a", "let a = 2; read()"], "2"],
  [
    "functions see later functions",
    ["function f() { return g() }\nfunction g() { return 1 }", "await 0; function g() { return 2 }", "f()"],
    "2",
  ],
  [
    "functions change variables",
    ["let total = 0\nfunction add(n: number) { total += n }", "add(2); add(3); total"],
    "5",
  ],
  ["functions are called before their place", ["const early = f(); function f() { return 1 }\nearly"], "1"],
  [
    "functions are called before their place, async",
    ["const early = await f(); async function f() { return 1 }\nearly"],
    "1",
  ],
  ["an arrow function keeps its name", ["const f = () => {}; f.name"], "'f'"],
  ["an arrow function keeps its name, async", ["await 0; const f = () => {}; f.name"], "'f'"],
  ["a class keeps its name", ["await 0; class K {}; const L = class {}; [K.name, L.name]"], "[ 'K', 'L' ]"],
  [
    "destructuring",
    ["const { a, b: [c = 7], ...d } = { a: 1, b: [], e: 2 } as any", "[a, c, d]"],
    "[ 1, 7, { e: 2 } ]",
  ],
  [
    "destructuring, async",
    ["await 0\nconst { a, b: [c = 7], ...d } = { a: 1, b: [], e: 2 } as any, e = 3", "[a, c, d, e]"],
    "[ 1, 7, { e: 2 }, 3 ]",
  ],
  ["var in a block, async", ["if (await 1) { var a = 5 }", "a"], "5"],
  [
    "var in nested blocks, async",
    ["await 0; try { for (;;) { var { a, b } = { a: 1, b: 2 }; break } } finally { var c }", "[a, b, c]"],
    "[ 1, 2, undefined ]",
  ],
  [
    "var in loops, async",
    [
      "for (var i = 0, n; i < 3; i++) await i\nfor (var k in { x: 1 }) await k\nfor (var [v] of [[9]]) await v",
      "[i, n, k, v]",
    ],
    "[ 3, undefined, 'x', 9 ]",
  ],
  ["for await", ["for await (const x of [Promise.resolve(3)]) { var seen = x }\nseen", "seen"], "3"],
  [
    "var in a function stays there",
    ["await 0; function f() { var inner = 1; return inner }\nf(); typeof inner"],
    "'undefined'",
  ],
  ["let in a block stays there", ["{ let inner = 1 }\nawait 0; typeof inner"], "'undefined'"],
  [
    "exports",
    [
      "export const a = 1; export function f() { return a } export class K {} export default 5; export { a as b }",
      "f()",
    ],
    "1",
  ],
  [
    "exports, async",
    ["export const a = await 1; export function f() { return a } export enum E { X = 2 }", "f() + E.X"],
    "3",
  ],
  ["a default export is a value", ["export default 5"], "5"],
  ["a default function", ["export default function f() { return 1 }", "f()"], "1"],
  ["a default function without a name", ["export default function () { return 1 }\n2"], "2"],
  [
    "imports",
    [
      "import { sep } from 'node:path'; import * as p from 'node:path'; import os, { cpus as c } from 'node:os'",
      "[sep, p.sep, typeof os.cpus, typeof c]",
    ],
    "[ '/', '/', 'function', 'function' ]",
  ],
  ["imports come first", ["const s = sep; import { sep } from 'node:path'; s"], "'/'"],
  ["an import that is not used yet", ["import { join } from 'node:path'", "join('a', 'b')"], "'a/b'"],
  ["a type import is nothing", ["import type { X } from 'no-such-module'; 1"], "1"],
  ["a type among imports", ["import { sep, type ParsedPath } from 'node:path'; sep"], "'/'"],
  [
    "a type imported as a value is undefined",
    ["import { ParsedPath } from 'node:path'; typeof ParsedPath"],
    "'undefined'",
  ],
  ["an import for its effect", ["import 'node:path'; 1"], "1"],
  ["an import over a const", ["const sep = 1", "import { sep } from 'node:path'", "sep"], "'/'"],
  ["export from", ["export { sep } from 'node:path'; export * from 'node:os'; 1"], "1"],
  ["import()", ["(await import('node:path')).sep"], "'/'"],
  ["import() in a function", ["const f = async () => (await import('node:path')).sep", "await f()"], "'/'"],
  ["import.meta", ["import.meta.url"], "'file:///folder/notebook.ts'"],
  [
    "using",
    ["const log: string[] = []\nconst r = (n: string) => ({ [Symbol.dispose]() { log.push(n) } })", "log"],
    "[]",
  ],
  [
    "a decorator",
    [
      "function twice(f: any, c: any) { return function (this: any) { return f.call(this) * 2 } }\nclass D { @twice m() { return 2 } accessor x = 1 }",
      "new D().m() + new D().x",
    ],
    "5",
  ],
  ["a label", ["a: for (;;) { await 0; break a }\n1"], "1"],
  [
    "a global of Node",
    [
      "const performance = 5, { process } = { process: 6 }; [performance, process]",
      "class Map { v = 1 }",
      "function fetch() { return 2 }",
      "[performance, process, new Map().v, Map.name, fetch(), { performance }.performance]",
    ],
    "[ 5, 6, 1, 'Map', 2, 5 ]",
  ],
  ["a global of Node stays itself", ["const performance = 5", "typeof globalThis.performance"], "'object'"],
  [
    "a global of Node in inner scopes",
    [
      "const performance = 5",
      "const f = (performance: number) => performance + 1; const { performance: g } = { performance: 3 }; f(1) + g",
    ],
    "5",
  ],
  [
    "a global of Node, async",
    [
      "await 0; const performance = 5; class Map {}; import { URL } from 'node:url'",
      "[performance, typeof Map, typeof URL]",
    ],
    "[ 5, 'function', 'function' ]",
  ],
];

for (const [name, cells, expected] of values) {
  test(`rewrite: ${name}`, async () => assert.equal(await run(cells), expected));
}

test("rewrite: every place is the user's", () => {
  const source = [
    "import { sep } from 'node:path'",
    "interface Unused { a: number }",
    "const first: string = await fail(1 as number)",
    "function fail(n: number): string { throw new Error(sep + n) }",
    "  const { a } = (null as any).member",
  ].join("\n");
  const { script, map } = new Rewriter().rewrite(stripTypes(source, "cell"));
  const trace = new TraceMap(map);
  const lines = script.split("\n");
  for (const [text, line, column] of [
    ["fail(1)", 3, 29],
    ["new Error", 4, 42],
    ["member", 5, 31],
    ["__nablab.import", 1, 21],
  ] as const) {
    const index = lines.findIndex((each) => each.includes(text));
    const place = originalPositionFor(trace, { line: index + 1, column: lines[index]?.indexOf(text) ?? 0 });
    assert.deepEqual([place.line, (place.column ?? 0) + 1], [line, column], text);
  }
});

for (const [source, line, column] of [
  ["const ok = 1\nconst = 2", 2, 7],
  ["return 1", 1, 1],
  ["const ä = 1; let b = 2; let b = 3", 1, 29],
] as const) {
  test(`a syntax error has its place: ${JSON.stringify(source)}`, () => {
    assert.throws(
      () => stripTypes(source, "cell"),
      (error: Error & { diagnostics: { line: number; column: number }[] }) => {
        assert.deepEqual([error.diagnostics[0]?.line, error.diagnostics[0]?.column], [line, column]);
        return error.name === "SyntaxError";
      },
    );
  });
}
