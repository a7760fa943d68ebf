// Completion, inspection, files on disk and the server's life, all on one language.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { createLanguage } from "./index.ts";

const cwd = mkdtempSync(join(tmpdir(), "nablab-language-"));
const notices: string[] = [];
const language = createLanguage({ cwd, onNotice: (message) => notices.push(message) });

before(() => {
  language.start();
  language.commit(
    "/** Legs and name. */\nconst cat = { legs: 4, name: 'Tom' };\n/** Where to. */\nlet direction: 'left' | 'right'",
  );
  language.commit(
    "/**\n * Adds two numbers.\n * @param a the first\n */\nfunction add(a: number, b = 2) { return a + b }",
  );
  language.commit("class Animal<T> {}\nenum Colour { Red }");
});
after(async () => {
  await language.stop();
  rmSync(cwd, { recursive: true });
});

/** `|` marks the cursor. */
async function complete(marked: string) {
  const offset = marked.indexOf("|");
  const { matches, start, end } = await language.complete(marked.replace("|", ""), offset);
  return { texts: matches.map(({ text }) => text), matches, span: [start, end] };
}

async function inspect(marked: string) {
  return language.inspect(marked.replace("|", ""), marked.indexOf("|"));
}

test("members of a session's variable", async () => {
  const { texts, span, matches } = await complete("1;\ncat.|\nadd(1)");
  assert.deepEqual(texts, ["legs", "name"]);
  assert.deepEqual(span, [7, 7]);
  assert.equal(matches[0]?.kind, "property");
});

test("names of the session, with their kinds, before globals", async () => {
  const { texts, matches } = await complete("|");
  const kinds = Object.fromEntries(matches.map(({ text, kind }) => [text, kind]));
  assert.deepEqual(
    [kinds.cat, kinds.direction, kinds.add, kinds.Animal, kinds.Colour, kinds.tf],
    ["instance", "instance", "function", "class", "enum", "module"],
  );
  assert.ok(texts.indexOf("direction") < texts.indexOf("Array"));
  assert.ok(texts.length < 200, `${texts.length} matches`);
  assert.ok(!texts.some((text) => text.includes("nablab-")));
});

test("the span covers the whole word", async () => {
  const { texts, span } = await complete("const y = ca|t + 1");
  assert.deepEqual([texts.includes("cat"), span], [true, [10, 13]]);
});

test("the last step of a module's name, also in its middle", async () => {
  const names = (marked: string) => complete(marked).then(({ texts, span }) => ({ texts, span }));
  assert.deepEqual(await names('import { x } from "node:fs/pr|om"; x'), {
    texts: ["promises"],
    span: [27, 31],
  });
  assert.deepEqual(await names("const fs = await import('node:f|'); fs"), {
    texts: ["node:fs", "node:fs/promises"],
    span: [25, 31],
  });
});

test("what is being typed declares nothing for other cells", async () => {
  await complete("declare global { interface Array<T> { draft: T } }; [1].dr|");
  const [found] = await language.check("[1].draft");
  assert.match(found?.message ?? "", /'draft' does not exist/);
});

test("signatures are there when the user asks again", async () => {
  let detail: string | undefined;
  for (let asked = 0; asked < 100 && !detail; asked += 1) {
    await delay(20);
    detail = (await complete("'a'.padS|")).matches[0]?.detail;
  }
  assert.match(detail ?? "", /padStart\(/);
});

test("unfinished code: local names, object keys, literals, library members", async () => {
  assert.deepEqual((await complete("for (const item of ['a']) { item.char|")).texts, [
    "charAt",
    "charCodeAt",
  ]);
  assert.deepEqual((await complete("const p: { units: number } = { u|")).texts, ["units"]);
  const literal = await complete('direction = "|"');
  assert.deepEqual(
    [literal.texts, literal.span],
    [
      ["left", "right"],
      [13, 13],
    ],
  );
  assert.ok((await complete("tf.layers.den|")).texts.includes("dense"));
  assert.ok((await complete("const model = tf.sequential();\nmodel.pre|")).texts.includes("predict"));
});

test("import paths", async () => {
  writeFileSync(join(cwd, "neighbour.ts"), "export const near = 1");
  assert.deepEqual((await complete('import { near } from "./nei|"')).texts, ["neighbour"]);
  assert.ok((await complete('import fs from "node:f|"')).texts.includes("node:fs"));
});

test("no matches in a comment", async () => {
  assert.deepEqual((await complete("// ca|")).texts, []);
});

test("inspection: signature and documentation of session names", async () => {
  const found = await inspect("ad|d(1)");
  assert.match(
    found?.markdown ?? "",
    /```typescript\nfunction add\(a: number, b\?: number\): number\n```\nAdds two numbers/,
  );
  assert.match(
    found?.text ?? "",
    /^function add\(a: number, b\?: number\): number\nAdds two numbers\.\n\n@param a — the first$/,
  );
  assert.match((await inspect("direc|tion"))?.text ?? "", /^let direction: "left" \| "right"\nWhere to\.$/);
  assert.match((await inspect("ca|t"))?.text ?? "", /^const cat: \{[\s\S]*Legs and name\.$/);
});

test("inspection inside a call's parentheses tells of the function", async () => {
  assert.match(
    (await inspect("add(1, |)"))?.text ?? "",
    /^add\(a: number, b\?: number\): number\n\nParameter 2 of 2: b\?: number\n\nAdds two numbers\.$/,
  );
});

test("inspection of nothing", async () => {
  assert.equal(await inspect("  |  "), undefined);
});

const codes = async (source: string): Promise<number[]> =>
  (await language.check(source)).map(({ code }) => code);

test("a local file that appears, changes and goes", async () => {
  const cell = 'import { help } from "./helper"\nconst text: string = help';
  const file = join(cwd, "helper.ts");
  assert.deepEqual(await codes(cell), [2307]);
  writeFileSync(file, "export const help = 1");
  assert.deepEqual(await codes(cell), [2322]);
  writeFileSync(file, 'export const help = "a"');
  assert.deepEqual(await codes(cell), []);
  rmSync(file);
  assert.deepEqual(await codes(cell), [2307]);
});

test("a file behind a file that changes, of the same size", async () => {
  const cell = 'import { outer } from "./outer.ts"\nconst number: number = outer';
  const inner = join(cwd, "inner.ts");
  writeFileSync(join(cwd, "outer.ts"), 'export { inner as outer } from "./inner.ts"');
  writeFileSync(inner, "export const inner = 12");
  assert.deepEqual(await codes(cell), []);
  writeFileSync(inner, "export const inner = ''");
  utimesSync(inner, new Date(), new Date(Date.now() + 1000));
  assert.deepEqual(await codes(cell), [2322]);
});

test("packages: the notebook's own first, by their exports; nablab's where it has none; newly installed ones", async () => {
  assert.deepEqual(await codes('import MagicString from "magic-string"\nnew MagicString(1)'), [2345]);
  const cell = 'import value from "fresh-package/sub"\nconst text: string = value';
  assert.deepEqual(await codes(cell), [2307]);
  const folder = join(cwd, "node_modules/fresh-package");
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, "package.json"),
    '{ "name": "fresh-package", "exports": { "./sub": { "types": "./types.d.ts" } } }',
  );
  writeFileSync(join(folder, "types.d.ts"), "declare const value: number; export default value");
  assert.deepEqual(await codes(cell), [2322]);
});

test("a tsconfig.json of the user's has no say, and nothing is written", async () => {
  writeFileSync(join(cwd, "tsconfig.json"), '{ "compilerOptions": { "strict": false, "noLib": true } }');
  assert.deepEqual(await codes("const x: string = null"), [2322]);
  assert.ok(!readdirSync(cwd).some((name) => name.startsWith("nablab-")));
});

test("the server's death is not noticed, until it dies again and again", async () => {
  const kill = async (): Promise<void> => {
    const pid = language.serverPid as number;
    process.kill(pid, "SIGKILL");
    while (language.serverPid === pid) await new Promise((resolve) => setTimeout(resolve, 5));
  };
  const first = language.serverPid as number;
  process.kill(first, "SIGKILL");
  assert.deepEqual(await codes("cat.legs = 'x'"), [2322]);
  assert.notEqual(language.serverPid, first);
  await kill();
  assert.deepEqual((await complete("cat.|")).texts, ["legs", "name"]);
  assert.deepEqual(notices, []);
  await kill();
  assert.equal(notices.length, 1);
  assert.match(notices[0] ?? "", /no longer type-checked.*3 times/);
  assert.deepEqual(await codes("cat.legs = 'x'"), []);
  assert.deepEqual((await complete("cat.|")).texts, []);
  assert.equal(notices.length, 1);
});

test("a check that takes too long lets the cell run, with a notice", async () => {
  const told: string[] = [];
  const slow = createLanguage({ cwd, checkLimit: 300, onNotice: (message) => told.push(message) });
  slow.start();
  process.kill(slow.serverPid as number, "SIGSTOP");
  assert.deepEqual(await slow.check("const x: string = 1"), []);
  assert.match(told.join(), /^This cell runs unchecked: type checking took more than 0\.3 s\.$/);
  await slow.stop();
});

test("the server ends with the process that started it", async () => {
  const script = `
    import { createLanguage } from ${JSON.stringify(new URL("./index.js", import.meta.url).href)};
    const language = createLanguage({ cwd: ${JSON.stringify(cwd)} });
    language.start();
    console.log(language.serverPid);
    setTimeout(() => process.kill(process.pid, "SIGKILL"), 200);`;
  const { stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" });
  const pid = Number(stdout);
  const runs = (): boolean => {
    // Where nothing collects orphans, an ended one stays as a zombie (Z).
    const status = spawnSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" }).stdout.trim();
    return status !== "" && !status.startsWith("Z");
  };
  for (let wait = 0; wait < 100 && runs(); wait += 1) await new Promise((resolve) => setTimeout(resolve, 20));
  assert.ok(pid > 0 && !runs());
});

test("stop ends the process", async () => {
  const other = createLanguage({ cwd });
  other.start();
  const pid = other.serverPid as number;
  assert.ok(existsSync(`/proc/${pid}`) || process.platform !== "linux");
  await other.stop();
  assert.throws(() => process.kill(pid, 0), { code: "ESRCH" });
  assert.deepEqual(await other.check("const x: string = 1"), []);
});
