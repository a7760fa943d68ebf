import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { stripTypes } from "../language/strip.ts";
import { RunnerHost } from "./host.ts";
import type { ErrorContent, MimeBundle, Outcome, Output } from "./messages.ts";

const folder = realpathSync(mkdtempSync(join(tmpdir(), "nablab-host-")));
after(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, text: string): void {
  mkdirSync(join(folder, name, ".."), { recursive: true });
  writeFileSync(join(folder, name), text);
}

/** A host with everything that it told. */
class Session {
  outputs: (Output & { time: number })[] = [];
  restarts = 0;
  count = 0;
  readonly host: RunnerHost;

  constructor(options: { heapMegabytes?: number } = {}) {
    this.host = new RunnerHost({
      cwd: folder,
      onOutput: (output) => this.outputs.push({ ...output, time: performance.now() }),
      onAsk: () => undefined,
      onRestart: () => {
        this.restarts += 1;
      },
      ...options,
    });
    this.host.start();
  }

  begin(source: string): { id: string; outcome: Promise<Outcome> } {
    this.count += 1;
    const id = `id-${this.count}`;
    const name = `cell ${this.count}`;
    return { id, outcome: this.host.execute({ id, name, source, ...stripTypes(source, name) }) };
  }

  async run(source: string): Promise<Ran> {
    const { id, outcome } = this.begin(source);
    return new Ran(await outcome, this.outputsOf(id));
  }

  /** Runs a cell that must succeed; gives its result as text. */
  async value(source: string): Promise<string | undefined> {
    const ran = await this.run(source);
    assert.deepEqual(ran.outcome, { status: "ok" }, JSON.stringify(ran.outcome));
    return ran.result;
  }

  outputsOf(id: string): Output[] {
    return this.outputs.filter((output) => output.cell === id);
  }

  async until(condition: () => boolean): Promise<void> {
    const start = performance.now();
    while (!condition()) {
      if (performance.now() - start > 5000)
        assert.fail(`waited in vain; outputs: ${JSON.stringify(this.outputs.slice(-9))}`);
      await sleep(5);
    }
  }

  printed(id: string): string {
    return new Ran({ status: "ok" }, this.outputsOf(id)).stdout;
  }
}

class Ran {
  readonly outcome: Outcome;
  readonly outputs: Output[];

  constructor(outcome: Outcome, outputs: Output[]) {
    this.outcome = outcome;
    this.outputs = outputs;
  }

  #stream(name: string): string {
    return this.outputs
      .map((each) => (each.type === "stream" && each.name === name ? each.text : ""))
      .join("");
  }

  get stdout(): string {
    return this.#stream("stdout");
  }

  get stderr(): string {
    return this.#stream("stderr");
  }

  get result(): string | undefined {
    const found = this.outputs.find((each) => each.type === "result");
    return found?.type === "result" ? String(found.data["text/plain"]) : undefined;
  }

  get displays(): { data: MimeBundle; update: boolean; displayId?: string }[] {
    return this.outputs.flatMap((each) => (each.type === "display" ? [each] : []));
  }

  get error(): ErrorContent {
    if (this.outcome.status === "ok")
      assert.fail(`expected an error, but got ${JSON.stringify(this.outputs)}`);
    return this.outcome;
  }

  get traceback(): string {
    return plain(this.error.traceback.join("\n"));
  }
}

function plain(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: ANSI colours begin with one
  return text.replace(/\u001b\[\d+m/g, "");
}

const OURS = /kernel\/runner|dist\/|node:|evaluate|rewrite|nablab-cell|__nablab|runInThisContext/;

describe("a session", () => {
  let session: Session;
  before(() => {
    session = new Session();
  });
  after(() => session.host.stop());

  test("variables live on, also when shadowing Node's globals", async () => {
    assert.equal(await session.value("const a = 1; a"), "1");
    assert.equal(await session.value("const a = await Promise.resolve(2); a"), "2");
    await session.value(
      "const process = 1, console = 2, Promise = 3, setTimeout = 4, JSON = 5, Buffer = 6, Symbol = 7",
    );
    assert.equal(await session.value("[process, JSON]"), "[ 1, 5 ]");
    assert.equal((await session.run("throw new Error('told')")).error.evalue, "told");
    await session.value(
      "class Map {}; class Set {}; function fetch() {}; const Error = 1, Object = 2, Array = 3, globalThis = 4",
    );
    assert.equal(await session.value("await 0; 'still here'"), "'still here'");
  });

  test("streams are complete, in order, and told apart", async () => {
    const ran = await session.run(
      "for (let i = 0; i < 10000; i++) globalThis2.console.log(`line ${i}`)".replace(
        "globalThis2",
        "(0, eval)('this')",
      ),
    );
    assert.equal(ran.stdout, Array.from({ length: 10000 }, (_, i) => `line ${i}\n`).join(""));
  });

  test("promises print without the properties of Node's hooks", async () => {
    const fresh = new Session();
    assert.equal(
      (
        await fresh.run(
          "console.log([Promise.resolve(1)], Promise.reject(2).catch(() => {}), new Promise(() => {}))",
        )
      ).stdout,
      "[ Promise { 1 } ] Promise { <pending> } Promise { <pending> }\n",
    );
    assert.equal(await fresh.value("Promise.resolve(1)"), "Promise { 1 }");
    assert.doesNotMatch((await fresh.value("setTimeout(() => {}, 1)")) ?? "", /kResourceStore/);
    await fresh.host.stop();
  });
});

describe("output", () => {
  let session: Session;
  before(() => {
    session = new Session();
  });
  after(() => session.host.stop());

  test("is live while a cell spins", async () => {
    const { id, outcome } = session.begin(
      "console.log('early'); const end = Date.now() + 400; while (Date.now() < end) {} console.log('late')",
    );
    await outcome;
    const [first, second] = session.outputs.filter((each) => each.cell === id);
    assert.ok(first && second && second.time - first.time > 350, `${second?.time} - ${first?.time}`);
  });

  test("keeps the order of streams and displays", async () => {
    const ran = await session.run(
      "for (let i = 0; i < 20; i++) { console.log(i); display.text(`${i}`); console.error(i); process.stdout.write('x') }",
    );
    const kinds = ran.outputs.map((each) => (each.type === "stream" ? each.name : each.type));
    assert.deepEqual(
      kinds,
      Array.from({ length: 20 }, () => ["stdout", "display", "stderr", "stdout"]).flat(),
    );
  });

  test("of native code and child processes is complete before the cell's end", async () => {
    for (let i = 0; i < 5; i++) {
      const ran = await session.run(
        "require('node:child_process').execSync('seq 1 20000; echo wrong >&2', { stdio: 'inherit' }); undefined",
      );
      assert.equal(ran.stdout.split("\n").length, 20001);
      assert.equal(ran.stderr, "wrong\n");
    }
  });

  test("survives closed native streams", async () => {
    const fresh = new Session();
    await fresh.value("require('node:fs').closeSync(1); undefined");
    assert.equal((await fresh.run("console.log('fine')")).stdout, "fine\n");
    await fresh.host.stop();
  });

  test("of 20 MB arrives whole", async () => {
    assert.equal((await session.run("console.log('x'.repeat(20_000_000))")).stdout.length, 20_000_001);
  });

  test("after a cell's end belongs to that cell", async () => {
    const { id, outcome } = session.begin(
      "setTimeout(() => console.log('late'), 50); (async () => { await new Promise(r => setTimeout(r, 60)); display.text('later') })(); undefined",
    );
    await outcome;
    await session.value("2");
    await session.until(() => session.outputsOf(id).length === 2);
    assert.equal(session.printed(id), "late\n");
  });

  test("of results: nothing for undefined, text for the rest", async () => {
    for (const silent of ["", "undefined", "const a = 1", "void 0"])
      assert.equal(await session.value(silent), undefined);
    assert.equal(await session.value("null"), "null");
    assert.equal(await session.value("new Map([[1, { a: 'b' }]])"), "Map(1) { 1 => { a: 'b' } }");
  });

  test("of values with representations of their own", async () => {
    const ran = await session.run(
      "({ [Symbol.for('Jupyter.display')]: async () => ({ 'text/html': '<i>mine</i>' }), a: 1 })",
    );
    const [result] = ran.outputs;
    assert.ok(result?.type === "result");
    assert.equal(result.data["text/html"], "<i>mine</i>");
    assert.match(String(result.data["text/plain"]), /a: 1/);
    const broken = await session.run(
      "({ [Symbol.for('Jupyter.display')]() { throw new Error('cannot show') }, a: 1 })",
    );
    assert.deepEqual(broken.outcome, { status: "ok" });
    assert.match(broken.stderr, /cannot show/);
    assert.match(broken.result ?? "", /a: 1/);
    assert.equal(
      await session.value("({ get [Symbol.toStringTag]() { throw new Error('no text') } }), 1"),
      "1",
    );
  });
});

describe("display", () => {
  const PIXEL =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
  let session: Session;
  before(() => {
    session = new Session();
  });
  after(() => session.host.stop());

  for (const [call, type, value] of [
    ["html('<b>1</b>')", "text/html", "<b>1</b>"],
    ["markdown('# 1')", "text/markdown", "# 1"],
    ["latex('$x$')", "text/latex", "$x$"],
    ["svg('<svg/>')", "image/svg+xml", "<svg/>"],
    ["javascript('1')", "application/javascript", "1"],
    ["text('1')", "text/plain", "1"],
    ["json({ a: [1] })", "application/json", { a: [1] }],
    ["vegaLite({ mark: 'bar' })", "application/vnd.vegalite.v5+json", { mark: "bar" }],
    [`png('${PIXEL}')`, "image/png", PIXEL],
    [`png('data:image/png;base64,${PIXEL}')`, "image/png", PIXEL],
    [`png(Buffer.from('${PIXEL}', 'base64'))`, "image/png", PIXEL],
    [`png(new Uint8Array(Buffer.from('${PIXEL}', 'base64')).buffer)`, "image/png", PIXEL],
    ["jpeg(new Uint8Array([255, 216, 255, 224]))", "image/jpeg", "/9j/4A=="],
    ["gif(Buffer.from('GIF89a'))", "image/gif", "R0lGODlh"],
  ] as const) {
    test(call.slice(0, 40), async () => {
      const [shown] = (await session.run(`display.${call}; undefined`)).displays;
      assert.deepEqual(shown?.data[type], value);
    });
  }

  test("a value", async () => {
    const [first, second] = (await session.run("display({ a: 1 }); display(undefined); undefined")).displays;
    assert.deepEqual(
      [first?.data, second?.data],
      [{ "text/plain": "{ a: 1 }" }, { "text/plain": "undefined" }],
    );
  });

  test("wrong arguments are named", async () => {
    assert.match(
      (await session.run("display.png(new Uint8Array([255, 216, 255, 224]))")).error.evalue,
      /expects a PNG, but this is a JPEG: display\.jpeg/,
    );
    assert.match((await session.run("display.gif('abcd')")).error.evalue, /expects a GIF.*3 bytes/);
    assert.match(
      (await session.run("display.html(5 as any)")).error.evalue,
      /expects a string, but got number/,
    );
    assert.match((await session.run("display.json((() => 1) as any)")).error.evalue, /got function/);
  });

  test("a handle updates its place, also from a later cell", async () => {
    const [first, second] = (await session.run("const shown = display.html('1'); shown.update('2')"))
      .displays;
    const [third] = (await session.run("shown.update('3')")).displays;
    assert.deepEqual([first?.update, second?.update, third?.update], [false, true, true]);
    assert.equal(new Set([first?.displayId, second?.displayId, third?.displayId, undefined]).size, 2);
    assert.equal(third?.data["text/html"], "3");
  });

  test("asynchronous representations keep their place and are there at the end", async () => {
    const slow =
      "({ [Symbol.for('Jupyter.display')]: () => new Promise(r => setTimeout(r, 50, { 'text/html': 'slow' })) })";
    const ran = await session.run(`display(${slow}); console.log('next'); undefined`);
    assert.deepEqual(
      ran.outputs.map((each) => each.type),
      ["display", "stream", "display"],
    );
    assert.equal(ran.displays[1]?.data["text/html"], "slow");
    assert.equal(ran.displays[0]?.displayId, ran.displays[1]?.displayId);
    const broken = await session.run(
      "display({ [Symbol.for('Jupyter.display')]: async () => { throw new Error('no picture') } }); undefined",
    );
    assert.match(String(broken.displays[1]?.data["text/plain"]), /no picture/);
  });

  test("clear", async () => {
    const { outputs } = await session.run("display.clear(); display.clear({ wait: true })");
    assert.deepEqual(
      outputs.map((each) => each.type === "clear" && each.wait),
      [false, true],
    );
  });
});

describe("tracebacks", () => {
  let session: Session;
  before(() => {
    session = new Session();
  });
  after(() => session.host.stop());

  for (const [source, ...wanted] of [
    ["throw new Error('plain')", ":1:7"],
    ["const ä = 'ö€😀'; throw new Error(ä)", ":1:25"],
    ["await 0\n\n  throw new Error('after await')", ":3:9"],
    ["import { sep } from 'node:path'\nenum E { A }\nthrow new Error(sep + E.A)", ":3:7"],
    [
      "const deep = async () => {\n  await null\n  throw new RangeError('async')\n}\nawait deep()",
      ":3:9",
      ":5:1",
    ],
    [
      "class K { constructor(private x: number) {}\n  m() { throw new Error('m' + this.x) } }\nnew K(1).m()",
      ":2:15",
      ":3:10",
    ],
    ["[1].map((x): number => {\n  throw new Error('callback')\n})", ":2:9", ":1:5"],
    ["JSON.parse('{')", ":1:6"],
    [
      "type U = 1\nconst f = (x: any): string => x.name\nfunction g<T>(x: T) { return f(x) }\ng(null)",
      ":2:33",
      ":3:30",
      ":4:1",
    ],
    ["const { performance } = { performance: null as any };\n  performance.now()", ":2:15"],
    ["for (const x of [1]) {\n  await x;\n  (undefined as any)()\n}", ":3:4"],
    ["await import('./no-such-file')", ":1:1"],
    ["import { x } from './no-such-file'", ":1:19"],
    ["function dec(f: any, c: any) { throw new Error('decorating') }\nclass A { @dec m() {} }", ":1:38"],
  ] as const) {
    test(`places: ${source.slice(0, 60)}`, async () => {
      const { traceback } = await session.run(source);
      for (const place of wanted) assert.ok(traceback.includes(`cell ${session.count}${place}`), traceback);
      assert.doesNotMatch(traceback, OURS);
    });
  }

  test("places in earlier cells, with the line of code", async () => {
    await session.value(
      "interface Named { name: string }\n\nfunction inner(x: Named | null): string {\n  return (x as Named).name\n}",
    );
    const n = session.count;
    const { traceback } = await session.run(
      "type Unused = { a: number }\nconst outer = (): string => inner(null)\nouter()",
    );
    assert.equal(
      traceback,
      [
        "TypeError: Cannot read properties of null (reading 'name')",
        "",
        "3 | function inner(x: Named | null): string {",
        "4 |   return (x as Named).name",
        "  |                       ^",
        "",
        `    at inner (cell ${n}:4:23)`,
        `    at outer (cell ${n + 1}:2:29)`,
        `    at cell ${n + 1}:3:1`,
      ].join("\n"),
    );
  });

  test("stacks that the user prints are told in the same places", async () => {
    const { stdout } = await session.run("\n  console.log(new Error('printed').stack)");
    assert.equal(stdout, `Error: printed\n    at cell ${session.count}:2:15\n`);
  });

  test("causes, aggregates and own properties", async () => {
    const cause = await session.run("throw new Error('outer', { cause: new TypeError('inner') })");
    assert.match(cause.traceback, /Error: outer[\s\S]*\[cause\]: TypeError: inner\n\s+at cell \d+:1:35/);
    const several = await session.run(
      "throw new AggregateError([new Error('first'), new Error('second')], 'many')",
    );
    assert.match(several.traceback, /many[\s\S]*first[\s\S]*second/);
    const rich = await session.run("throw Object.assign(new Error('rich'), { detail: 42 })");
    assert.match(rich.traceback, /detail: 42/);
    const own = await session.run(
      "class OwnError extends Error { override name = 'OwnError' }\nthrow new OwnError('own')",
    );
    assert.deepEqual([own.error.ename, own.error.evalue], ["OwnError", "own"]);
  });

  test("what is thrown need not be an error", async () => {
    for (const [source, evalue] of [
      ["throw 5", "5"],
      ["throw undefined", "undefined"],
      ["throw null", "null"],
      ["await Promise.reject('rejected text')", "rejected text"],
      ["throw { custom: true }", "{ custom: true }"],
    ] as const) {
      assert.equal((await session.run(source)).error.evalue, evalue);
    }
  });

  test("a full stack does no harm", async () => {
    const { error, traceback } = await session.run("function f(): number { return 1 + f() }\nf()");
    assert.equal(error.ename, "RangeError");
    assert.match(traceback, /at f \(cell \d+:1:35\)/);
    const deep =
      "const g = (): unknown => { try { return g() } catch (e) { /(a|b)+c/.test(String((e as Error).stack)); throw e } }; g()";
    assert.equal(
      (await session.run(deep.replace("/(a|b)+c/.test(String((e as Error).stack))", "(e as Error).stack")))
        .error.ename,
      "RangeError",
    );
    assert.equal(await session.value("'alive'"), "'alive'");
  });

  test("hostile errors do no harm", async () => {
    await session.run(
      "const e = new Error('x'); Object.defineProperty(e, 'message', { get() { throw 1 } }); throw e",
    );
    await session.run("throw new Proxy(new Error('x'), { get() { throw new Error('no') } })");
    await session.run("const e = new Error('x'); e.stack = 5 as any; throw e");
    assert.equal(await session.value("'alive'"), "'alive'");
  });
});

describe("errors that no cell waits for", () => {
  let session: Session;
  before(() => {
    session = new Session();
  });
  after(() => session.host.stop());

  for (const [source, message] of [
    ["setTimeout(() => { throw new Error('from a timer') }, 50); undefined", "from a timer"],
    [
      "void (async () => { await new Promise(r => setTimeout(r, 50)); throw new Error('from a promise') })()",
      "from a promise",
    ],
    ["setTimeout(() => { Promise.reject(new Error('rejected late')) }, 50); undefined", "rejected late"],
    ["process.nextTick(() => { throw new Error('next tick') }); undefined", "next tick"],
    [
      "import { EventEmitter } from 'node:events'\nsetTimeout(() => new EventEmitter().emit('error', new Error('an event')), 50); undefined",
      "an event",
    ],
    ["Promise.reject(new Error('at once')); undefined", "at once"],
    [
      "require('node:fs').readFile('/', () => { throw new Error('in a callback') }); undefined",
      "in a callback",
    ],
  ] as const) {
    test(message, async () => {
      const { id, outcome } = session.begin(source);
      assert.deepEqual(await outcome, { status: "ok" });
      await session.value("'another cell'");
      await session.until(() => session.outputsOf(id).some((each) => each.type === "error"));
      const error = session.outputsOf(id).find((each) => each.type === "error");
      assert.ok(error?.type === "error" && error.evalue === message);
      assert.match(plain(error.traceback.join("\n")), new RegExp(`cell ${session.count - 1}:`));
      assert.doesNotMatch(error.traceback.filter((line) => / at /.test(line)).join("\n"), OURS);
    });
  }
});

describe("imports", () => {
  let session: Session;
  before(() => {
    session = new Session();
    file(
      "node_modules/only-esm/package.json",
      '{"name":"only-esm","version":"1.0.0","type":"module","exports":{".":{"import":"./index.js"}}}',
    );
    file(
      "node_modules/only-esm/index.js",
      "export const flavour = 'esm'; export default (name) => 'hello ' + name",
    );
    file("node_modules/only-cjs/package.json", '{"name":"only-cjs","version":"1.0.0"}');
    file(
      "node_modules/only-cjs/index.js",
      "const names = ['hidden']; exports.flavour = 'cjs'; exports.fail = () => { throw new Error('from the package') }; for (const name of names) exports[name] = name",
    );
    file("node_modules/uses-tfjs/package.json", '{"name":"uses-tfjs","version":"1.0.0","type":"module"}');
    file(
      "node_modules/uses-tfjs/index.js",
      "import * as tf from '@tensorflow/tfjs-core'; import { createRequire } from 'node:module'; export const Tensor = tf.Tensor; export const required = createRequire(import.meta.url)('@tensorflow/tfjs').Tensor",
    );
    file(
      "helper.ts",
      "import { base } from './base'\nexport enum Kind { A, B }\nexport const double = (x: number): number => x * base\nexport function fail(): never {\n  throw new Error('in the helper')\n}\n",
    );
    file("base.ts", "export const base: number = 2\n");
    file("data.json", '{"rows": 3}');
    file("plain.js", "export const plain = 'js'");
    file("old.cjs", "module.exports = { old: true }");
    file("state.ts", "export const state = { count: 0 }");
    file("part/index.ts", "export { base } from '../base.js'; export * from './more.ts'");
    file("part/more.ts", "export const more = import.meta.dirname");
    file(
      "first.ts",
      "import { second } from './second'; export const first = () => second; export const one = 1",
    );
    file("second.ts", "import { one } from './first'; export const second = () => one");
    file("broken.ts", "export const a = 1\nexport const = 2");
  });
  after(() => session.host.stop());

  for (const [source, expected] of [
    ["import greet, { flavour } from 'only-esm'; [greet('you'), flavour]", "[ 'hello you', 'esm' ]"],
    ["import { flavour as f, hidden } from 'only-cjs'; [f, hidden]", "[ 'cjs', 'hidden' ]"],
    ["import * as all from 'only-cjs'; all.flavour", "'cjs'"],
    ["import fs from 'fs'; typeof fs.readFileSync", "'function'"],
    ["(await import('only-esm')).flavour", "'esm'"],
    ["require('only-cjs').flavour", "'cjs'"],
    ["[require('node:os').EOL, require('./data.json').rows, require('./old.cjs').old]", "[ '\\n', 3, true ]"],
    ["import { double, Kind } from './helper'; double(21) + Kind.B", "43"],
    ["import { double } from './helper.ts'; double(21)", "42"],
    ["import { double } from './helper.js'; double(21)", "42"],
    ["const load = async () => (await import('./helper')).double(4); await load()", "8"],
    ["import data from './data.json'; data.rows", "3"],
    ["import data from './data.json' with { type: 'json' }; data.rows", "3"],
    ["import { plain } from './plain'; plain", "'js'"],
    ["import old from './old.cjs'; old.old", "true"],
    ["import { base, more } from './part'; [base, typeof more]", "[ 2, 'string' ]"],
    ["import { first } from './first'; first()()", "1"],
    [
      "[import.meta.dirname === process.cwd(), new URL('data.json', import.meta.url).pathname.endsWith('/data.json')]",
      "[ true, true ]",
    ],
    ["import { parse } from 'vega'; typeof parse", "'function'"],
  ] as const) {
    test(source, async () => assert.equal(await session.value(source), expected));
  }

  test("a changed file is loaded anew, an unchanged one keeps its state", async () => {
    await session.value("import { state } from './state'; state.count++");
    file("base.ts", "export const base: number = 7\n");
    assert.equal(await session.value("import { double } from './helper'; double(1)"), "7");
    file(
      "helper.ts",
      "import { base } from './base'\nexport const double = (x: number) => `twice ${x * base}`\n\n\nexport function fail(): never { throw new Error('in the helper') }\n",
    );
    assert.equal(await session.value("import { double } from './helper'; double(1)"), "'twice 7'");
    assert.equal(await session.value("import { state } from './state'; state.count"), "1");
  });

  test("an error in a local file names its line", async () => {
    const { traceback } = await session.run("import { fail } from './helper'\nfail()");
    assert.match(
      traceback,
      /in the helper[\s\S]*at (Module\.)?fail \(helper\.ts:5:39\)\n {4}at cell \d+:2:1/,
    );
    assert.match(traceback, /5 \| export function fail/);
    assert.doesNotMatch(traceback, OURS);
    assert.match((await session.run("import { a } from './broken'")).traceback, /broken\.ts:2:14/);
  });

  test("an error in a package names the package", async () => {
    const { traceback } = await session.run("import { fail } from 'only-cjs'\nfail()");
    assert.match(
      traceback,
      /at exports\.fail \(node_modules\/only-cjs\/index\.js:1:\d+\)\n {4}at cell \d+:2:1/,
    );
  });

  test("a missing package is told with the remedy", async () => {
    for (const source of [
      "import { x } from 'no-such-package/deep'",
      "await import('no-such-package')",
      "require('no-such-package')",
    ]) {
      const { traceback } = await session.run(source);
      assert.match(traceback, /"no-such-package" was not found[\s\S]*npm install no-such-package/);
      assert.doesNotMatch(traceback, OURS);
    }
    file("needs.ts", "import 'no-such-package'");
    assert.match(
      (await session.run("import './needs'")).traceback,
      /"no-such-package" was not found for needs\.ts/,
    );
    assert.match((await session.run("import './nowhere'")).traceback, /There is no file nowhere/);
  });

  test("one copy of TensorFlow.js", async () => {
    file(
      "tensors.ts",
      "import * as tf from '@tensorflow/tfjs-node'; export const Tensor = tf.Tensor; export const made = tf.tensor1d([1, 2])",
    );
    assert.equal(
      await session.value(`
import * as a from "@tensorflow/tfjs"
import * as b from "@tensorflow/tfjs-core"
import { Tensor, required } from "uses-tfjs"
import * as c from "./tensors"
const d = require("@tensorflow/tfjs-node-gpu")
const all = [a.Tensor, b.Tensor, Tensor, required, c.Tensor, d.Tensor]
all.every(each => each === tf.Tensor) && c.made instanceof tf.Tensor`),
      "true",
    );
    assert.match((await session.value("tf.tensor2d([[1, 2], [3, 4]])")) ?? "", /float32[\s\S]*2,2[\s\S]*4/);
    assert.equal(await session.value("const tf = 5; tf"), "5");
  });
});

describe("interrupts", () => {
  let session: Session;
  before(() => {
    session = new Session();
  });
  after(() => session.host.stop());

  for (const source of [
    "while (true) {}",
    "for (;;) { try { (() => { for (;;); })() } catch {} finally {} }",
    "await (async () => { await 1; while (true) {} })()",
    "for (;;) await 1",
    "await new Promise(() => {})",
    "await new Promise(r => setTimeout(r, 1e8))",
    "/(a+)+$/.test('a'.repeat(40) + 'b')",
    "[3, 1, 2].sort(() => { for (;;); })",
    "for (;;) { await new Promise(r => setTimeout(r, 1)) }",
    "setTimeout(() => { for (;;); }, 1); await new Promise(() => {})",
    "process.nextTick(() => { for (;;); }); await new Promise(() => {})",
    "await (await import('node:fs')).promises.readFile('/etc/hostname'); for (;;) {}",
    "(await import('node:fs')).readFile('/etc/hostname', () => { for (;;); }); await new Promise(() => {})",
  ]) {
    test(source, async () => {
      await session.value("const kept = 'kept'");
      const { id, outcome } = session.begin(`console.log('started'); ${source}`);
      await session.until(() => session.printed(id) !== "");
      await sleep(20);
      const start = performance.now();
      session.host.interrupt();
      const ended = await outcome;
      assert.ok(ended.status === "error" && ended.ename === "Interrupted", JSON.stringify(ended));
      assert.ok(performance.now() - start < 1000, `took ${performance.now() - start} ms`);
      assert.equal(await session.value("kept"), "'kept'");
      assert.equal(
        await session.value("await new Promise(r => setTimeout(r, 5, 'timers work'))"),
        "'timers work'",
      );
      assert.equal(session.restarts, 0);
    });
  }

  test("at once after the start, and with nothing running", async () => {
    const { outcome } = session.begin("while (true) {}");
    session.host.interrupt();
    assert.equal((await outcome).status, "error");
    session.host.interrupt();
    assert.equal(await session.value("'fine'"), "'fine'");
  });

  test("late output of an abandoned cell is labelled", async () => {
    const { id, outcome } = session.begin(
      "console.log('started'); await new Promise(r => setTimeout(r, 300)); console.log('late')",
    );
    await session.until(() => session.printed(id) !== "");
    session.host.interrupt();
    await outcome;
    await session.until(() => session.printed(id) === "started\nlate\n");
    assert.ok(session.outputsOf(id).some((each) => each.type === "stream" && /interrupted/.test(each.text)));
  });

  test("open scopes of TensorFlow.js are closed", async () => {
    assert.equal(await session.value("const keep = tf.scalar(1); tf.memory().numTensors"), "1");
    const { id, outcome } = session.begin(
      "console.log('started'); tf.tidy(() => { for (;;) tf.zeros([10]) })",
    );
    await session.until(() => session.printed(id) !== "");
    session.host.interrupt();
    await outcome;
    // Only the tensor that was being made may have escaped its scope.
    const left = Number(await session.value("tf.memory().numTensors"));
    assert.ok(left <= 2, `${left} tensors`);
    assert.equal(await session.value("tf.engine().state.scopeStack.length"), "0");
  });

  test("a cell that watches for them comes to its own end", async () => {
    const display = new URL("../../lib/plot/display.js", import.meta.url).href;
    await session.value(`dl; import { displayTarget } from ${JSON.stringify(display)}`);
    for (const wait of [
      "await new Promise(r => setTimeout(r, 1))",
      "const until = Date.now() + 300; while (Date.now() < until) {}",
    ]) {
      const { id, outcome } = session.begin(`
        const signal = displayTarget().interruptSignal()!
        console.log('started')
        while (!signal.aborted) { ${wait} }
        'stopped in good order'`);
      await session.until(() => session.printed(id) !== "");
      session.host.interrupt();
      assert.deepEqual(await outcome, { status: "ok" });
      assert.ok(session.outputsOf(id).some((each) => each.type === "result"));
    }
    const { id, outcome } = session.begin(
      "displayTarget().interruptSignal(); console.log('started'); for (;;) {}",
    );
    await session.until(() => session.printed(id) !== "");
    session.host.interrupt();
    assert.equal((await outcome).status, "error");
    assert.equal(await session.value("'alive'"), "'alive'");
  });

  test("a second one ends the runner", async () => {
    const { id, outcome } = session.begin(
      "console.log('started'); require('node:child_process').execSync('sleep 61')",
    );
    await session.until(() => session.printed(id) !== "");
    session.host.interrupt();
    await sleep(500);
    session.host.interrupt();
    const ended = await outcome;
    assert.ok(
      ended.status === "error" && ended.ename === "RunnerKilled" && /variables are gone/.test(ended.evalue),
    );
    assert.equal(await session.value("typeof kept"), "'undefined'");
    assert.equal(processes("sleep 61"), 0);
  });
});

describe("death", () => {
  let session: Session | undefined;
  afterEach(async () => {
    await session?.host.stop();
    session = undefined;
  });

  for (const [source, ename, reason] of [
    ["process.exit(3)", "RunnerExited", /3/],
    [
      "process.kill(process.pid, 'SIGSEGV'); await new Promise(r => setTimeout(r, 5000))",
      "RunnerCrashed",
      /SIGSEGV/,
    ],
    ["process.abort()", "RunnerCrashed", /SIGABRT/],
    [
      "process.kill(process.pid, 'SIGKILL'); await new Promise(r => setTimeout(r, 5000))",
      "RunnerCrashed",
      /SIGKILL.*memory/,
    ],
    [
      "const hoard: number[][] = []; while (true) hoard.push(new Array(1e5).fill(1.5))",
      "OutOfMemory",
      /memory/,
    ],
    [
      "const text: string[] = []; for (let i = 0; ; i++) text.push(`${i}`.repeat(10))",
      "OutOfMemory",
      /memory/,
    ],
  ] as const) {
    test(source, async () => {
      session = new Session({ heapMegabytes: 64 });
      await session.value("const lost = 1");
      const ran = await session.run(`console.log('last words'); ${source}`);
      assert.equal(ran.error.ename, ename);
      assert.match(ran.error.evalue, reason);
      assert.match(ran.error.evalue, /variables are gone/);
      assert.equal(ran.stdout, "last words\n");
      assert.equal(ran.stderr, "");
      assert.equal(session.restarts, 1);
      assert.equal(await session.value("typeof lost"), "'undefined'");
      assert.equal(await session.value("const again = await Promise.resolve(2); again"), "2");
    });
  }

  test("between cells is told by the next one", async () => {
    session = new Session();
    await session.value("setTimeout(() => process.exit(0), 20); undefined");
    await session.until(() => session?.restarts === 1);
    const ran = await session.run("1 + 1");
    assert.equal(ran.result, "2");
    assert.match(ran.stderr, /^Since the last cell: .*variables are gone/);
    assert.equal((await session.run("2")).stderr, "");
  });

  test("takes along what cells started", async () => {
    session = new Session();
    await session.value("require('node:child_process').spawn('sleep', ['62']); undefined");
    await session.run("process.exit(0)");
    assert.equal(processes("sleep 62"), 0);
  });

  test("of the kernel ends a runner that spins", async () => {
    const script = join(folder, "kernel.mjs");
    writeFileSync(
      script,
      `import { RunnerHost } from ${JSON.stringify(new URL("./host.js", import.meta.url).href)};
       import { stripTypes } from ${JSON.stringify(new URL("../language/strip.js", import.meta.url).href)};
       const host = new RunnerHost({ cwd: ${JSON.stringify(folder)}, onOutput: (o) => process.stdout.write(o.text), onAsk() {}, onRestart() {} });
       const source = "console.log(process.pid); while (true) {}";
       host.execute({ id: "1", name: "cell 1", source, ...stripTypes(source, "cell 1") });`,
    );
    const kernel = spawn(process.execPath, [script], { stdio: ["ignore", "pipe", "inherit"] });
    const pid = Number(
      await new Promise((resolve) => kernel.stdout.once("data", (data) => resolve(String(data)))),
    );
    process.kill(pid, 0);
    kernel.kill("SIGKILL");
    for (let i = 0; i < 100 && isAlive(pid); i++) await sleep(20);
    assert.ok(!isAlive(pid));
  });
});

function isAlive(pid: number): boolean {
  try {
    // A zombie that nobody has collected is dead too.
    return !/ Z$/.test(
      execFileSync("ps", ["-o", "pid=,stat=", "-p", String(pid)], { encoding: "utf8" }).trim(),
    );
  } catch {
    return false;
  }
}

/** How many processes have this command line. */
function processes(command: string): number {
  return readdirSync("/proc").filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      return execFileSync("cat", [`/proc/${pid}/cmdline`], { stdio: ["ignore", "pipe", "ignore"] })
        .toString()
        .replaceAll("\0", " ")
        .trim()
        .endsWith(command);
    } catch {
      return false;
    }
  }).length;
}

describe("using", () => {
  test("disposes at the end of the cell, in reverse order", async () => {
    const session = new Session();
    await session.value(
      "const log: string[] = []; const r = (n: string) => ({ n, [Symbol.dispose]() { log.push(n) } })",
    );
    assert.equal(
      await session.value(
        "using a = r('a'); using b = r('b'); log.push('body'); const kept = 3; function f() { return kept } a.n + b.n",
      ),
      "'ab'",
    );
    assert.equal(await session.value("[...log, f()]"), "[ 'body', 'b', 'a', 3 ]");
    assert.equal(
      await session.value(
        "await using c = { async [Symbol.asyncDispose]() { log.push('c') } }; { using d = r('d') } 1",
      ),
      "1",
    );
    assert.equal(await session.value("log.slice(3)"), "[ 'd', 'c' ]");
    assert.equal((await session.run("using e = {} as any")).error.ename, "TypeError");
    await session.host.stop();
  });
});
