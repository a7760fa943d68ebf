// What cells see of one another: each case is a session, of which the last cell is judged.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { createLanguage } from "./index.ts";

const cwd = mkdtempSync(join(tmpdir(), "nablab-session-"));
const language = createLanguage({ cwd, onNotice: assert.fail });

before(() => language.start());
after(async () => {
  await language.stop();
  rmSync(cwd, { recursive: true });
});

/** Cells that pass; or, where the last has errors, these as `line:column code`. */
const CASES: { title: string; cells: string[]; errors?: string[] }[] = [
  { title: "const by const", cells: ["const x = 1", 'const x = "a"', "x.length"] },
  {
    title: "const by const, old type gone",
    cells: ["const x = 1", 'const x = "a"', "x.toFixed()"],
    errors: ["1:3 2551"],
  },
  { title: "const by let, now assignable", cells: ["const x = 1", "let x = 1", "x = 2"] },
  {
    title: "let by const, no longer assignable",
    cells: ["let x = 1", "const x = 1", "\nx = 2"],
    errors: ["2:1 2588"],
  },
  { title: "let by var", cells: ["let x = 1", 'var x = "a"', 'x = "b"'] },
  { title: "let is assigned later", cells: ["let x = 1", "x = 2; x += 1; x++"] },
  { title: "let keeps its type", cells: ["let x = 1", 'x = "a"'], errors: ["1:1 2322"] },
  { title: "let narrows", cells: ["let x: string | undefined", 'x = "a"; x.length; if (x) x.at(0)'] },
  {
    title: "let does not stay narrow",
    cells: ['let x: string | undefined = "a"', "x.length"],
    errors: ["1:1 18048"],
  },
  {
    title: "let without a type takes anything",
    cells: ["let model;", "model = 3", 'model = "a"; model.length'],
  },
  { title: "empty array grows", cells: ["const losses = [];", "losses.push(1)", "losses.at(-1) * 2"] },
  {
    title: "function by function",
    cells: ["function f() { return 1 }", 'function f() { return "a" }', "f().length"],
  },
  { title: "function by const", cells: ["function f() {}", "const f = 1", "f.toFixed()"] },
  { title: "const by function", cells: ["const f = 1", "function f() { return 1 }", "f().toFixed()"] },
  { title: "function can't be assigned to", cells: ["function f() {}", "f = 1"], errors: ["1:1 2630"] },
  {
    title: "function that sees a later let",
    cells: ["let x = 1; function f() { return x }", "x = 2; f().toFixed()"],
  },
  {
    title: "overloads",
    cells: [
      "function f(a: string): string; function f(a: number): number; function f(a: any) { return a }",
      'f("a").length; f(1).toFixed()',
    ],
  },
  { title: "class by class", cells: ["class A { a = 1 }", "class A { b = 1 }", "new A().b"] },
  {
    title: "class by class, old value",
    cells: ["class A { private a = 1 }", "const a = new A()", "class A { private b = 1 }", "const b: A = a"],
    errors: ["1:7 2741"],
  },
  { title: "class by const", cells: ["class A {}", "const A = 1", "A.toFixed()"] },
  { title: "class can't be assigned to", cells: ["class A {}", "A = 1"], errors: ["1:1 2629"] },
  {
    title: "generic class is value and type",
    cells: ["class Box<T> { constructor(public value: T) {} }", "const b: Box<string> = new Box(1)"],
    errors: ["1:7 2322"],
  },
  {
    title: "class extended",
    cells: [
      "abstract class A { abstract f(): number }",
      "class B extends A { f() { return 1 } }",
      "new B().f().toFixed(); new A()",
    ],
    errors: ["1:24 2511"],
  },
  {
    title: "interface by interface is not merged",
    cells: ["interface P { a: number }", "interface P { b: number }", "const p: P = { b: 1 }"],
  },
  { title: "interface by type", cells: ["interface P { a: number }", "type P = string", 'const p: P = "a"'] },
  {
    title: "interface merged in its cell",
    cells: ["interface P { a: number }\ninterface P { b: number }", "const p: P = { a: 1 }"],
    errors: ["1:7 2741"],
  },
  {
    title: "generic type alias",
    cells: ["type Pair<A, B = A> = [A, B]", 'const p: Pair<number> = [1, "a"]'],
    errors: ["1:29 2322"],
  },
  {
    title: "interface and then const: both",
    cells: ["interface P<T> { v: T }", "const P = 1", "P.toFixed(); const p: P<string> = { v: 1 }"],
    errors: ["1:37 2322"],
  },
  {
    title: "const and then type: both",
    cells: ["const P = 1", "type P = string", "P.toFixed(); const p: P = 1"],
    errors: ["1:20 2322"],
  },
  { title: "let and then type: still assignable", cells: ["let P = 1", "type P = string", "P = 2"] },
  { title: "enum", cells: ["enum E { A, B }", "const e: E = E.A; e.toFixed(); E[0]"] },
  { title: "enum by enum", cells: ["enum E { A }", "enum E { B }", "E.A"], errors: ["1:3 2339"] },
  { title: "enum can't be assigned to", cells: ["enum E { A }", "E = 1"], errors: ["1:1 2628"] },
  {
    title: "namespace with values and types",
    cells: ["namespace N { export const a = 1; export type T = string }", "const t: N.T = N.a"],
    errors: ["1:7 2322"],
  },
  {
    title: "class with namespace",
    cells: ["class A {}\nnamespace A { export const zero = 0 }", "new A(); A.zero.toFixed()"],
  },
  { title: "named import", cells: ['import { join } from "node:path"', "join(1)"], errors: ["1:6 2345"] },
  { title: "default import", cells: ['import path from "node:path"', 'path.join("a")'] },
  {
    title: "namespace import",
    cells: ['import * as path from "node:path"', "path.nothing"],
    errors: ["1:6 2339"],
  },
  {
    title: "type-only import",
    cells: ['import type { Stats } from "node:fs"', "const s: Stats | null = null; new Stats()"],
    errors: ["1:35 1361"],
  },
  { title: "renamed import", cells: ['import { join as j } from "node:path"', 'j("a").length'] },
  {
    title: "import by const",
    cells: ['import { join } from "node:path"', "const join = 1", "join.toFixed()"],
  },
  { title: "const by import", cells: ["const join = 1", 'import { join } from "node:path"', 'join("a")'] },
  { title: "import after its use", cells: ['join("a")\nimport { join } from "node:path"'] },
  {
    title: "JSON import attribute and import()",
    cells: ['const path = await import("node:path")', 'path.join("a")'],
  },
  {
    title: "destructuring",
    cells: [
      "const { a, b: [c, ...d], e: { f = 1 } = {}, ...g } = { a: 1, b: [1, 2], e: {}, h: 1 }",
      "a + c + d.length + f + g.h",
    ],
  },
  {
    title: "anonymous type carries over",
    cells: ["const o = { a: { b: (x: number) => ({ y: x }) } } as const", "o.a.b(1).y.toFixed(); o.a.b(1).z"],
    errors: ["1:32 2339"],
  },
  { title: "var in a block", cells: ["for (var i = 0; i < 3; i++) { var last = i }", "i + last"] },
  { title: "let in a block stays there", cells: ["{ let inner = 1 }", "inner"], errors: ["1:1 2304"] },
  { title: "own name in a redeclaration", cells: ["const x = 1", "const x = x + 1"], errors: ["1:11 2448"] },
  { title: "export", cells: ["export const a = 1, b = 2; const c = 3; export { c }", "a + b + c"] },
  { title: "export default", cells: ["export default function f() { return 1 }", "f().toFixed()"] },
  {
    title: "await anywhere",
    cells: ["const x = await Promise.resolve(1)", "for await (const y of [x]) y.toFixed()"],
  },
  {
    title: "await of a promise forgotten",
    cells: ["const x = Promise.resolve(1)", "x.toFixed()"],
    errors: ["1:3 2339"],
  },
  {
    title: "unused names",
    cells: ["const a = 1; function f(b: number) {}; import { join } from 'node:path'"],
  },
  { title: "last expression", cells: ["const a = 1", "a, a + 1"] },
  { title: "parameters without types", cells: ["const f = (x) => x * x", "f(2)"] },
  { title: "caught errors", cells: ["try { throw 1 } catch (error) { error.message }"] },
  {
    title: "declare global",
    cells: ["declare global { var shared: number }", "shared.length"],
    errors: ["1:8 2339"],
  },
  {
    title: "declare global anew",
    cells: [
      "declare global { var shared: number }",
      "declare global { var shared: string }",
      "shared.length",
    ],
  },
  {
    title: "tf is value and namespace of types",
    cells: ["const t: tf.Tensor2D = tf.tensor2d([[1]])", "const u: tf.Tensor1D = t"],
    errors: ["1:7 2322"],
  },
  { title: "tf declared by the user", cells: ["const tf = 1", "tf.toFixed()"] },
  {
    title: "no web page in Node",
    cells: ["console.log(1); setTimeout(() => {}); Buffer.from('a'); document.title"],
    errors: ["1:57 2584"],
  },
  {
    title: "lines and columns are the cell's",
    cells: ["const a = 1", "// first\n\n  a.b;\r\n\ta.c"],
    errors: ["3:5 2339", "4:4 2339"],
  },
  { title: "columns count UTF-16 units", cells: ['const s = "😀"; s.x'], errors: ["1:19 2339"] },
  { title: "@ts-expect-error", cells: ["// @ts-expect-error\nconst x: string = 1"] },
  { title: "@ts-nocheck", cells: ["// @ts-nocheck\nconst x: string = 1"] },
];

for (const { title, cells, errors = [] } of CASES)
  test(title, async () => {
    language.reset();
    const last = cells.at(-1) as string;
    for (const cell of cells.slice(0, -1)) {
      assert.deepEqual(await language.check(cell), [], `in ${JSON.stringify(cell)}`);
      language.commit(cell);
    }
    const found = await language.check(last);
    assert.deepEqual(
      found.map(({ line, column, code }) => `${line}:${column} ${code}`),
      errors,
      JSON.stringify(found),
    );
    for (const { message } of found) assert.doesNotMatch(message, /nablab-|node_modules/);
  });

test("a cell that is checked but not run leaves nothing", async () => {
  language.reset();
  await language.check("const unrun = 1");
  assert.equal((await language.check("unrun"))[0]?.code, 2304);
});

test("types with one name from two cells are told apart", async () => {
  language.reset();
  for (const cell of ["class A { private a = 1 }", "const a = new A()", "class A { private b = 1 }"])
    language.commit(cell);
  const [found] = await language.check("const b: A = a");
  assert.match(found?.message ?? "", /come from different cells/);
});
