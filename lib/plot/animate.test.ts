import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { decodeApng } from "fast-png";
import { use } from "../backend/index.ts";
import { animate, Figure, images, lines } from "./index.ts";

let frames: tf.Tensor;
before(async () => {
  await use("cpu");
  frames = tf.tensor3d([[[0, 1]], [[1, 0]], [[1, 1]]]);
});
after(() => frames.dispose());

test("frames follow one another in the order and at the rate asked for", async () => {
  const bundle = await (await animate(frames, { rate: 4, scale: 1 })).toMime();
  const { frames: found, width, height } = decodeApng(Buffer.from(bundle["image/png"] as string, "base64"));
  assert.equal(found.length, 3);
  for (const { delayNumber, delayDenominator } of found) assert.equal(delayNumber / delayDenominator, 0.25);
  // A border of 3 pixels around an image of 2 × 1.
  assert.deepEqual([width, height], [8, 7]);
  const shown = found.map(({ data }) => [data[(3 * width + 3) * 3], data[(3 * width + 4) * 3]]);
  assert.deepEqual(shown, [
    [0, 255],
    [255, 0],
    [255, 255],
  ]);
  assert.match(String(bundle["text/plain"]), /animation of 3 frames, 0\.75 s/);
});

test("charts and captioned images are frames, too, and all endings can be saved", async (context) => {
  const folder = await mkdtemp(join(tmpdir(), "nablab-test-"));
  context.after(() => rm(folder, { recursive: true }));
  const charts = await animate([lines({ a: [1, 2] }), lines({ a: [2, 1] })], { title: "Two" });
  const captioned = await animate(frames, { captions: ["one", "two", "three"], title: "T" });
  for (const figure of [charts, captioned]) {
    await figure.save(join(folder, "a.gif"));
    assert.equal((await readFile(join(folder, "a.gif"))).toString("latin1", 0, 6), "GIF89a");
    await figure.save(join(folder, "a.png"));
    assert.ok(decodeApng(await readFile(join(folder, "a.png"))).frames.length > 1);
    await figure.save(join(folder, "a.html"));
    assert.match(await readFile(join(folder, "a.html"), "utf8"), /href="data:image\/png;base64,/);
    await assert.rejects(figure.save(join(folder, "a.avi")), /possible endings: .png, .svg, .html, .gif/);
  }
});

test("bad input is named, and drawing can be stopped", async () => {
  await assert.rejects(animate([]), /no frame to show/);
  await assert.rejects(animate(frames, { rate: 0 }), /rate is 0/);
  await assert.rejects(animate(frames, { captions: ["a"] }), /1 captions for 3 frames/);
  await assert.rejects(
    animate([images(frames), lines({ a: [1, 2] })]),
    /Frame 1 has \d+ × \d+ pixels and frame 0 has/,
  );
  await assert.rejects(animate([new Figure({ text: "words" })]), /has no pixels, it is text: words/);
  await assert.rejects(animate(frames, { signal: AbortSignal.abort() }), { name: "AbortError" });
});
