import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { appendEvents, beginEventFile, eventFileName } from "./event-file.ts";

test("events have TensorBoard's own bytes", async () => {
  const file = new URL("../../../../tests/refs/events.json", import.meta.url);
  const expected = Buffer.from(JSON.parse(await readFile(file, "utf8")), "base64");
  const folder = await mkdtemp(join(tmpdir(), "events-"));
  try {
    const path = join(folder, "run", eventFileName(1700000000.25));
    await beginEventFile(path, 1700000000.25);
    const sums = { sum: 1.25, sumOfSquares: 7.5, size: 6 };
    await appendEvents(path, 1700000001.5, 300, [
      { tag: "epoch_loss", value: 0.3 },
      { tag: "zero ∅", value: 0 },
      {
        tag: "dense/kernel",
        value: { minimum: -1.5, maximum: 2, ...sums, limits: [-0.5, 0.25, 2], counts: [1, 0, 5] },
      },
    ]);
    assert.equal((await readFile(path)).toString("hex"), expected.toString("hex"));
    assert.match(path, /events\.out\.tfevents\.1700000000\./);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
