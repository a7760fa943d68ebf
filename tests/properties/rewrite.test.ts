// However a script is cut into cells, what it shows and its value are those of the whole script as Node runs it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import vm from "node:vm";
import { stripTypes } from "../../kernel/language/index.ts";
import { usingCtx } from "../../kernel/runner/dispose.ts";
import { Rewriter } from "../../kernel/runner/rewrite.ts";
import { RUNTIME } from "../../kernel/runner/runtime.ts";
import { ProgramGenerator, Random, type Statement } from "./programs.ts";

const PROGRAMS = 100;
const SPLITS = 3;
/** NABLAB_SEED repeats one program. */
const only = process.env.NABLAB_SEED;
const first = only ? Number(only) : Math.floor(Date.now() / 1000) % 1_000_000;

const load = (name: string): Promise<unknown> => import(name);

interface Result {
  log: string[];
  value: string;
}

function realm(log: string[]): vm.Context {
  const context = vm.createContext({
    log: (...values: unknown[]) => log.push(values.map((each) => inspect(each)).join(" ")),
    load,
    disposal: Symbol.dispose,
    babelHelpers: { usingCtx },
  });
  const pick = (module: Record<string, unknown>, name: string) => module[name];
  Object.defineProperty(context, RUNTIME, { value: { import: load, pick } });
  return context;
}

/** The script in one async function, without our rewriting. */
async function whole(statements: Statement[]): Promise<Result> {
  const log: string[] = [];
  const last = statements.at(-1)?.plain ?? "";
  const body = statements.slice(0, -1).map(({ plain }) => plain);
  const source = `export default async () => {\n${body.join("\n;")}\n;return ${last}\n}`;
  const code = stripTypes(source, "whole")
    .code.replace("export default", '"use strict";(')
    .replace(/;?\s*$/, ")()");
  const value = await new vm.Script(code).runInContext(realm(log));
  return { log, value: inspect(value) };
}

async function inCells(cells: string[]): Promise<Result> {
  const log: string[] = [];
  const context = realm(log);
  const rewriter = new Rewriter();
  let value: unknown;
  for (const source of cells) {
    const { script, isAsync, hasValue } = rewriter.rewrite(stripTypes(source, "cell"));
    const result = new vm.Script(script).runInContext(context);
    value = isAsync ? (await result)?.value : hasValue ? result : undefined;
  }
  return { log, value: inspect(value) };
}

/** Cells that end after each statement with some probability, and where they have to. */
function split(statements: Statement[], random: Random, probability: number): string[] {
  const cells: string[][] = [[]];
  for (const { text, beginsCell } of statements) {
    if ((beginsCell || random.chance(probability)) && cells.at(-1)?.length) cells.push([]);
    cells.at(-1)?.push(text);
  }
  return cells.map((texts) => texts.join("\n"));
}

test(`programs from seed ${first} on do in any cells what they do as scripts`, async () => {
  let compared = 0;
  for (let seed = first; seed < first + (only ? 1 : PROGRAMS); seed += 1) {
    const random = new Random(seed);
    const statements = new ProgramGenerator(random).program(4 + random.below(14));
    const script = statements.map(({ plain }) => plain).join("\n");
    const hint = `NABLAB_SEED=${seed}\n--- as a script:\n${script}`;
    const expected = await whole(statements).catch(() => undefined);
    // A function that meets another kind of value than it was made for: whatever that does is right.
    // So is the text of a function, which is never the same.
    if (!expected || /function|=>|class/.test(JSON.stringify(expected))) continue;
    compared += 1;
    for (const probability of [0, 1, ...Array.from({ length: SPLITS }, () => random.below(10) / 10)]) {
      const cells = split(statements, random, probability);
      const shown = `${hint}\n--- in cells:\n${cells.join("\n--------\n")}`;
      const found = await inCells(cells).catch((error) => assert.fail(`${shown}\n${error.stack}`));
      assert.deepEqual(found, expected, shown);
    }
  }
  assert.ok(only || compared > PROGRAMS / 2, `only ${compared} of ${PROGRAMS} scripts run by themselves`);
});
