// Cells from the grammar, whole and damaged, against the real kernel with its type checker and its runner: every
// question is answered, no fault of the kernel's own shows, and it lives on.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { MemoryTransport } from "../../kernel/notebook/memory-transport.ts";
import { type Content, engineLoader, Kernel } from "../../kernel/shell/index.ts";
import { ProgramGenerator, Random } from "./programs.ts";

const SECONDS = 6;
const MINIMUM = 12;
/** A damaged loop may never end: it is interrupted after this time, in ms. */
const PATIENCE = 1500;
/** NABLAB_SEED repeats one session. */
const seed = Number(process.env.NABLAB_SEED) || Math.floor(Date.now() / 1000) % 1_000_000;

const TOKENS = [
  ..."(){}[]<>;:,.?!=+-*/%&|^~@#$`'\"\\ \n",
  ..."=> ... ?. ?? ${ // /* */ async await yield let const var function class import export of in new".split(
    " ",
  ),
  ..."return throw try catch finally switch case default enum namespace type interface using😀 \u200c \0 0x 1n".split(
    " ",
  ),
];

/** Source with some characters removed, repeated or moved, and tokens put in. */
function damaged(source: string, random: Random): string {
  let text = source;
  for (let count = random.below(4); count > 0; count -= 1) {
    const at = random.below(text.length + 1);
    const length = random.below(6);
    const part = text.slice(at, at + length);
    const elsewhere = random.below(text.length + 1);
    const change = random.below(4);
    if (change === 0) text = text.slice(0, at) + text.slice(at + length);
    else if (change === 1) text = text.slice(0, at) + random.pick(TOKENS) + text.slice(at);
    else if (change === 2) text = text.slice(0, at) + part + text.slice(at);
    else text = text.slice(0, elsewhere) + part + text.slice(elsewhere);
  }
  return text;
}

test(`random cells from seed ${seed} leave the kernel alive`, { timeout: 60_000 }, async (t) => {
  const cwd = mkdtempSync(join(tmpdir(), "nablab-fuzz-"));
  process.env.NABLAB_CHECK = "warn"; // or most damaged cells would not run
  const transport = new MemoryTransport(() => undefined);
  const kernel = new Kernel({ transport, loadEngines: engineLoader(cwd) });
  delete process.env.NABLAB_CHECK;

  async function ask(type: string, content: Content): Promise<Content> {
    const request = transport.request(type, content);
    const reply = transport.replyTo(request);
    kernel.handle(request);
    for (let waits = 0; waits < 10; waits += 1) {
      const answer = await Promise.race([reply, sleep(PATIENCE, undefined, { ref: false })]);
      if (answer) return answer.content;
      kernel.interrupt();
    }
    return assert.fail(`no answer to ${type}`);
  }
  const execute = (code: string) => ask("execute_request", { code, stop_on_error: false });

  try {
    const random = new Random(seed);
    await execute(
      "const log = console.log, load = (name: string) => import(name), disposal = Symbol.dispose",
    );
    const end = performance.now() + SECONDS * 1000;
    let cells = 0;
    let succeeded = 0;
    while (performance.now() < end || cells < MINIMUM) {
      const program = new ProgramGenerator(random).program(1 + random.below(8));
      const whole = program.map(({ text }) => text).join("\n");
      const code = cells % 4 === 0 ? whole : damaged(whole, random);
      const hint = `NABLAB_SEED=${seed}, cell ${cells}:\n${code}`;
      const cursor_pos = random.below(code.length + 1);
      for (const type of ["complete_request", "inspect_request", "is_complete_request"]) {
        const { status, ename, evalue } = await ask(type, {
          code,
          cursor_pos,
          detail_level: random.below(2),
        });
        assert.notEqual(status, "error", `${type}: ${ename}: ${evalue}\n${hint}`);
      }
      const { traceback = [], status: outcome } = await execute(code);
      assert.doesNotMatch((traceback as string[]).join("\n"), /dist\/kernel\/|The kernel process/, hint);
      const { status } = await execute("1 + 1");
      assert.equal(status, "ok", hint);
      cells += 1;
      if (outcome === "ok") succeeded += 1;
    }
    t.diagnostic(`${cells} cells, of which ${succeeded} ran to their end`);
    assert.ok(succeeded > 0);
  } finally {
    await kernel.stop();
    rmSync(cwd, { recursive: true, force: true });
  }
});
