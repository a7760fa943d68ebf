import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { inPackage } from "./project.ts";
import { locked, Problem, run } from "./steps.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "nablab-steps-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

test("a problem shows what happened, the tool's first and last lines and the remedy", () => {
  const output = Array.from({ length: 30 }, (_, i) => `line ${i}`).join("\n");
  const lines = String(new Problem("It broke:", { output, remedy: "Mend it." })).split("\n");
  assert.deepEqual(lines.slice(0, 2), ["It broke:", "    line 0"]);
  assert.equal(lines.at(-2), "    line 29");
  assert.equal(lines.at(-1), "Mend it.");
  assert.equal(lines.length, 19);
  assert.equal(String(new Problem("Alone.")), "Alone.");
});

test("a program's code and output come back, a missing program is code 127", async () => {
  const script = 'console.log("out"); console.error("err"); process.exit(3)';
  const { code, output } = await run(process.execPath, ["-e", script]);
  assert.equal(code, 3);
  assert.match(output, /out/);
  assert.match(output, /err/);
  const missing = await run(join(folder, "nothing"), []);
  assert.equal(missing.code, 127);
  assert.match(missing.output, /ENOENT/);
});

// Each process appends "in" and "out" around its work: with the lock these never interleave.
function contender(log: string) {
  const script = `
    import { appendFileSync } from "node:fs";
    import { locked } from ${JSON.stringify(pathToFileURL(inPackage("kernel/cli/steps.mjs")).href)};
    await locked(${JSON.stringify(folder)}, async () => {
      appendFileSync(${JSON.stringify(log)}, "in ");
      await new Promise((resolve) => setTimeout(resolve, 100));
      appendFileSync(${JSON.stringify(log)}, "out ");
    });`;
  return spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: "ignore" });
}

test("two processes do locked work one after the other", async () => {
  const log = join(folder, "log");
  writeFileSync(log, "");
  await Promise.all([contender(log), contender(log), contender(log)].map((child) => once(child, "exit")));
  assert.equal(readFileSync(log, "utf8"), "in out in out in out ");
});

test("the lock of a process that was killed is taken over", async () => {
  const log = join(folder, "log");
  writeFileSync(log, "");
  const child = contender(log);
  while (readFileSync(log, "utf8") === "") await sleep(5);
  child.kill("SIGKILL");
  await once(child, "exit");
  assert.equal(await locked(folder, async () => "mine"), "mine");
});

test("the lock is let go when the work fails", async () => {
  await assert.rejects(
    locked(folder, async () => {
      throw new Error("no");
    }),
    /no/,
  );
  assert.equal(await locked(folder, async () => 1), 1);
});
