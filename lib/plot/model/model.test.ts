// What is in the drawing, and that nothing lies outside of it or on top of something else.

import assert from "node:assert/strict";
import { readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { use } from "../../backend/index.ts";
import * as models from "../../models/index.ts";
import { layerGraph } from "../../summary/index.ts";
import type { Figure } from "../figure.ts";
import { makeBoxes } from "./boxes.ts";
import { layOut } from "./layout.ts";
import { model } from "./model.ts";

async function svgOf(figure: Figure): Promise<string> {
  const path = join(tmpdir(), `nablab-model-${process.pid}.svg`);
  try {
    await figure.save(path);
    return await readFile(path, "utf8");
  } finally {
    await rm(path, { force: true });
  }
}

const specimens = {
  lenet: () => models.lenet(),
  resnet: () => models.resnet({ depth: 20, filters: 2 }),
  unet: () => models.unet({ inputShape: [32, 32, 1], levels: 3, filters: 2 }),
  transformer: () => models.transformer({ features: 8 }),
  siamese: () => models.siamese({ inputShape: [8, 8, 1] }).model,
  googlenet: () => models.googlenet({ inputShape: [32, 32, 3], width: 0.05 }),
  "variational autoencoder": () => models.variationalAutoencoder().encoder,
};

describe("a drawing of a model", () => {
  before(() => use("wasm"));

  it("names layers with settings, shape and parameters", async () => {
    const svg = await svgOf(model(models.lenet(), { title: "A & B" }));
    for (const text of ["A &amp; B", "Conv2D 5 × 5, tanh", "28 × 28 × 6 · 156 parameters", "probabilities"]) {
      assert.ok(svg.includes(`>${text}</text>`), text);
    }
  });

  it("puts normalization and activation into the box before, or into their own", () => {
    const { nodes } = layerGraph(models.smallCnn());
    const merged = makeBoxes(nodes, true, new Map());
    assert.deepEqual(merged[1]?.lines, [
      "Conv2D 3 × 3",
      "BatchNormalization",
      "ReLU",
      "conv_1",
      "28 × 28 × 16 · 208 parameters",
    ]);
    assert.equal(makeBoxes(nodes, false, new Map()).length, nodes.length);
  });

  it("changes its colours with the theme", async () => {
    const light = await svgOf(model(models.perceptron()));
    const dark = await svgOf(model(models.perceptron(), { theme: "dark" }));
    assert.ok(light.includes('fill="#ffffff"') && dark.includes('fill="#1b1b1b"'));
  });

  for (const [name, make] of Object.entries(specimens)) {
    for (const direction of ["down", "right"] as const) {
      it(`${name}, ${direction}: every input is a line, boxes are apart, all is inside`, () => {
        const boxes = makeBoxes(layerGraph(make()).nodes, true, new Map());
        const { boxes: placed, frames, lines, ...frame } = layOut(boxes, direction);
        const all = [...boxes, ...boxes.flatMap(({ inside }) => inside)];
        assert.equal(
          lines.length,
          all.reduce((sum, { inputs }) => sum + inputs.length, 0),
        );
        const sides = placed.map(({ x, y, width, height }) => [
          ...[x - width / 2, x + width / 2],
          ...[y - height / 2, y + height / 2],
        ]) as [number, number, number, number][];
        sides.forEach(([left, right, top, bottom], index) => {
          for (const other of sides.slice(index + 1)) {
            const isApart = left >= other[1] || right <= other[0] || top >= other[3] || bottom <= other[2];
            assert.ok(isApart, "boxes overlap");
          }
        });
        const points = [
          ...sides.flatMap(([left, right, top, bottom]) => [
            { x: left, y: top },
            { x: right, y: bottom },
          ]),
          ...lines.flatMap((line) => line.points),
        ];
        for (const { x, y } of points) {
          assert.ok(x >= frame.left && x <= frame.left + frame.width);
          assert.ok(y >= frame.top && y <= frame.top + frame.height);
        }
        assert.equal(frames.length, name === "siamese" ? 2 : 0);
      });
    }
  }
});
