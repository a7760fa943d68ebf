import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { promisify } from "node:util";
import { decode } from "fast-png";
import { animatedPng } from "./animated-png.ts";
import { loadCanvas } from "./canvas.ts";
import { rasterize } from "./rasterize.ts";

const square = `<svg xmlns="http://www.w3.org/2000/svg" width="10" height="6" viewBox="0 0 10 6"><rect width="5" height="6" fill="#ff0000"/></svg>`;

test("drawings are enlarged before they are drawn", async () => {
  for (const scale of [1, 2, 3]) {
    const { width, height, data } = decode(await rasterize(square, scale));
    assert.deepEqual([width, height], [10 * scale, 6 * scale]);
    const at = (x: number) => [
      ...data.subarray((3 * scale * width + x) * 4, (3 * scale * width + x) * 4 + 4),
    ];
    // No mixed colours at the edge, as there would be if pixels were enlarged.
    assert.deepEqual(
      [at(5 * scale - 1), at(5 * scale)],
      [
        [255, 0, 0, 255],
        [0, 0, 0, 0],
      ],
    );
  }
});

test("what is no drawing is refused", async () => {
  await assert.rejects(rasterize("words"), /no width and height/);
  await assert.rejects(rasterize(square.replace("<rect", "<rect <")), /can't be read/);
});

test("text is drawn in the shipped font, also where sans-serif is asked for", () => {
  const context = loadCanvas().createCanvas(1, 1).getContext("2d");
  const width = (font: string) => {
    context.font = font;
    return context.measureText("Wide, ∂E/∂w").width;
  };
  assert.equal(width("20px sans-serif"), width("20px 'DejaVu Sans'"));
  assert.equal(width("bold 20px sans-serif"), width("bold 20px 'DejaVu Sans'"));
});

test("frames of an animation must be alike", async () => {
  const frames = [await rasterize(square, 1), await rasterize(square, 2)];
  assert.throws(() => animatedPng(frames, 100), /Frame 1 has 20 × 12 pixels and frame 0 has 10 × 6/);
});

test("where there is no canvas charts are still drawn, and pixels say what is missing", async () => {
  const library = new URL("../index.js", import.meta.url).href;
  const script = `
    import Module from "node:module";
    const load = Module._load;
    Module._load = (name, ...rest) => {
      if (name === "canvas") throw new Error("Cannot find native binding.");
      return load(name, ...rest);
    };
    const { lines } = await import(${JSON.stringify(library)});
    const figure = lines({ a: [1, 2] }, { title: "Still here" });
    console.log((await figure.toMime())["image/svg+xml"].includes("Still here"));
    console.log(await figure.save("/nowhere/a.png").catch((error) => error.message));
  `;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", script]);
  assert.match(
    stdout,
    /^true\nPixels can't be drawn here: @napi-rs\/canvas can't be loaded on \S+\. Figures can still be shown/m,
  );
});
