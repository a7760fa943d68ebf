// How loudly type errors are told, and the other places that they point to.

import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import { test } from "node:test";
import { codeFrames, createLanguage } from "./index.ts";

const WRONG = "const n: number = 'a'";

test("unchecked cells neither start the server nor keep completion from it", async () => {
  const language = createLanguage({ cwd: tmpdir(), checkLevel: "off" });
  language.start();
  try {
    assert.deepEqual(await language.check(WRONG), []);
    assert.equal(language.serverPid, undefined);
    language.commit("const cat = { legs: 4 }");
    const { matches } = await language.complete("cat.", 4);
    assert.deepEqual(
      matches.map(({ text }) => text),
      ["legs"],
    );
    language.checkLevel = "warn";
    assert.equal((await language.check(WRONG)).length, 1);
  } finally {
    await language.stop();
  }
});

test("NABLAB_CHECK sets the level; what it can't be is told", (t) => {
  const told: string[] = [];
  const level = (value: string) => {
    process.env.NABLAB_CHECK = value;
    return createLanguage({ cwd: tmpdir(), onNotice: (message) => told.push(message) }).checkLevel;
  };
  t.after(() => delete process.env.NABLAB_CHECK);
  assert.deepEqual(["off", "warn", "strict", ""].map(level), ["off", "warn", "strict", "strict"]);
  assert.deepEqual(told, []);
  assert.equal(level("loose"), "strict");
  assert.match(told.join(), /NABLAB_CHECK is "loose", expected off, warn or strict/);
});

test("an error points to the declarations it has to do with, in earlier cells too", async () => {
  const language = createLanguage({ cwd: tmpdir(), checkLevel: "strict" });
  language.start();
  try {
    language.commit("interface Pet {\n  legs: number;\n}", "cell 1");
    const source = "function feed(pet: Pet) {}\nconst pet: Pet = {};\nfeed()";
    const frames = codeFrames(await language.check(source), { name: "cell 2", source, colour: false });
    assert.deepEqual(frames, [
      "cell 2:2:7 - error TS2741: Property 'legs' is missing in type '{}' but required in type 'Pet'.",
      "",
      "1 | function feed(pet: Pet) {}",
      "2 | const pet: Pet = {};",
      "  |       ~~~",
      "",
      "  cell 1:2:3 - 'legs' is declared here.",
      "  2 |   legs: number;",
      "    |   ~~~~",
      "",
      "cell 2:3:1 - error TS2554: Expected 1 arguments, but got 0.",
      "",
      "1 | function feed(pet: Pet) {}",
      "2 | const pet: Pet = {};",
      "3 | feed()",
      "  | ~~~~",
      "",
      "  cell 2:1:15 - An argument for 'pet' was not provided.",
      "  1 | function feed(pet: Pet) {}",
      "    |               ~~~~~~~~",
    ]);
  } finally {
    await language.stop();
  }
});
