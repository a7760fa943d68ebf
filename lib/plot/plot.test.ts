import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { decode } from "fast-png";
import { confusionMatrix, Figure, images, lines, scatter, surface } from "./index.ts";

await tf.setBackend("cpu");

test("charts offer Vega-Lite 5, SVG and text", async () => {
  const figures = {
    lines: lines({ training: [3, 2, 1], validation: [4, 3, 2] }, { title: "Loss", x: "epoch", y: "loss" }),
    scatter: scatter({ data: { x: [0, 1], y: [1, 2] } }, { lines: { fit: { x: [0, 1], y: [1, 2] } } }),
    surface: surface((x, y) => x * x + y * y, {
      xRange: [-1, 1],
      yRange: [-1, 1],
      path: [
        [-1, -1],
        [0, 0],
      ],
      resolution: 4,
    }),
    confusion: confusionMatrix([0, 1, 1], [0, 1, 0], { classNames: ["cat", "dog"] }),
  };
  for (const [name, figure] of Object.entries(figures)) {
    const bundle = await figure.toMime();
    const spec = bundle["application/vnd.vegalite.v5+json"] as { $schema: string };
    assert.match(spec.$schema, /vega-lite\/v5/, name);
    assert.match(String(bundle["image/svg+xml"]), /^<svg[\s\S]+<\/svg>$/, name);
    assert.ok(String(bundle["text/plain"]).length > 10, name);
  }
  assert.match((await figures.confusion.toMime())["text/plain"] as string, /2 of 3 correct \(66\.7 %\)/);
  const svg = String((await figures.lines.toMime())["image/svg+xml"]);
  for (const word of ["Loss", "epoch", "loss", "training", "validation"]) assert.ok(svg.includes(word), word);
});

test("epochs have no ticks between them, and areas reach down to 0", async () => {
  const labels = async (x: number[]) => {
    const svg = String(
      (await lines({ a: { x, y: x.map(Math.sqrt) } }, { area: true }).toMime())["image/svg+xml"],
    );
    const axis = svg.slice(svg.indexOf("X-axis titled"), svg.indexOf("Y-axis titled"));
    return [...axis.matchAll(/>([^<]+)<\/text>/g)].map(([, text]) => text);
  };
  assert.deepEqual(await labels([1, 2, 3]), ["1", "2", "3", "x"]);
  assert.ok((await labels([0, 1e9])).length < 20);
  const svg = String((await lines({ a: [0, 1] }, { area: true }).toMime())["image/svg+xml"]);
  assert.match(svg, /mark-area[\s\S]+mark-line/);
});

test("confusion matrices count true classes downwards", async () => {
  const bundle = await confusionMatrix([0, 0, 1], [1, 1, 1], { normalize: true }).toMime();
  const { data } = bundle["application/vnd.vegalite.v5+json"] as { data: { values: object[] } };
  assert.deepEqual(data.values[1], { label: "0", prediction: "1", count: 2, part: 1, shown: "1.00" });
  assert.deepEqual(data.values[2], { label: "1", prediction: "0", count: 0, part: 0, shown: "" });
});

test("images are enlarged pixel by pixel; signed values are blue, white and red", async () => {
  const values = tf.tensor3d([[[-2, 0, 2]]]);
  const bundle = await images(values, { colours: "diverging", scale: 2 }).toMime();
  const { data, width, height } = decode(Buffer.from(bundle["image/png"] as string, "base64"));
  assert.deepEqual([width, height], [12, 8]);
  const pixel = (x: number, y: number) => [...data.subarray((y * width + x) * 3, (y * width + x) * 3 + 3)];
  const row = [3, 4, 5, 6, 7, 8].map((x) => pixel(x, 3));
  const [blue, white, red] = [
    [33, 102, 172],
    [255, 255, 255],
    [178, 24, 43],
  ];
  assert.deepEqual(row, [blue, blue, white, white, red, red]);
  assert.match(bundle["text/plain"] as string, /blue -2\.0 · white 0 · red 2\.0/);
  assert.equal(values.isDisposed, false);
});

test("images with captions are a drawing around the pixels, and text is escaped", async () => {
  const bytes = { images: Uint8Array.of(0, 255, 128, 64), shape: [2, 1, 1] as const };
  const bundle = await images(bytes, { captions: ["<a>", "b & c"], title: "Two" }).toMime();
  const svg = decodeURIComponent(
    String(/src="data:image\/svg\+xml,([^"]+)"/.exec(bundle["text/html"] as string)?.[1]),
  );
  for (const part of ["data:image/png;base64,", "&lt;a&gt;", "b &amp; c", "Two"])
    assert.ok(svg.includes(part), part);
  assert.equal(decode(Buffer.from(bundle["image/png"] as string, "base64")).channels, 3);
});

test("figures are saved in the form that the ending names", async (context) => {
  const folder = await mkdtemp(join(tmpdir(), "nablab-test-"));
  context.after(() => rm(folder, { recursive: true }));
  const chart = lines({ loss: [2, 1] });
  await chart.save(join(folder, "a.svg"));
  assert.match(await readFile(join(folder, "a.svg"), "utf8"), /^<svg/);
  await chart.save(join(folder, "a.html"));
  assert.match(await readFile(join(folder, "a.html"), "utf8"), /<svg/);
  await chart.save(join(folder, "a.json"));
  assert.match(JSON.parse(await readFile(join(folder, "a.json"), "utf8")).$schema, /v5/);
  await chart.save(join(folder, "a.PNG"));
  const { width, height } = decode(await readFile(join(folder, "a.PNG")));
  assert.ok(width > 800 && height > 500, "twice the size of the drawing");
  await assert.rejects(chart.save(join(folder, "a.pdf")), /possible endings: .png, .svg, .html, .json/);
  await images(tf.zeros([1, 2, 2])).save(join(folder, "b.png"));
  assert.equal(decode(await readFile(join(folder, "b.png"))).channels, 3);
  assert.ok(chart instanceof Figure);
});

test("bad input is named", () => {
  assert.throws(() => lines({ a: { x: [1], y: [1, 2] } }), /"a" has 1 values of x and 2 of y/);
  assert.throws(() => lines({ a: [1, Number.NaN] }), /y of series "a" holds NaN at 1/);
  assert.throws(() => lines({ a: [0] }, { logarithmic: true }), /"a" has the value 0 at 0/);
  assert.throws(() => lines({ a: [1, 2] }, { logarithmicX: true }), /"a" has x 0 at 0; a logarithmic axis/);
  assert.throws(() => confusionMatrix([1], []), /1 labels and 0 predictions/);
  assert.throws(() => confusionMatrix([2], [0], { classNames: ["a", "b"] }), /label 2 and the prediction 0/);
  assert.throws(() => images(tf.zeros([2, 2])), /shape \[2,2\]; images are/);
  assert.throws(() => images(tf.zeros([1, 2, 2]), { captions: [] }), /0 captions for 1 images/);
  assert.throws(() => surface(() => 1, { xRange: [1, 1], yRange: [0, 1] }), /xRange is \[1, 1\]/);
});
