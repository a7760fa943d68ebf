import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { random } from "../random.ts";
import type { Box, Sample, Values } from "../sample.ts";
import { create } from "./index.ts";

// Made by tests/refs/make-augment.py.
interface Reference {
  name: string;
  options: object;
  image: string;
  shape: [height: number, width: number];
  data: number[];
}

const references = JSON.parse(
  readFileSync(new URL("../../../../tests/refs/augment.json", import.meta.url), "utf8"),
) as {
  images: Record<string, { shape: [number, number]; data: number[] }>;
  cases: Reference[];
  boxes: { boxes: Box[]; moved: Record<string, { options: object; boxes: number[][] }> };
};

function imageOf(kind: string): Values {
  const { shape, data } = references.images[kind] as { shape: [number, number]; data: number[] };
  const values = kind === "float" ? Float32Array.from(data) : Uint8Array.from(data);
  return { data: values, shape: [...shape, data.length / shape[0] / shape[1]] };
}

const y: Values = { data: Int32Array.of(0), shape: [] };

function transformed(name: string, options: object, sample: Sample): Sample {
  return create({ name, options: { ...options, p: 1 } }).apply(sample, random(1));
}

// Where values are interpolated or averaged torchvision rounds float32 sums: a byte may be one off.
const averaging =
  /resize|rotate|shear|zoom|affine|blur|sharpness|hue|translate|perspective|autocontrast|contrast/;

for (const name of new Set(references.cases.map((each) => each.name))) {
  test(`${name} equals torchvision's`, () => {
    for (const { options, image, shape, data } of references.cases.filter((each) => each.name === name)) {
      const { x } = transformed(name, options, { x: imageOf(image), y });
      assert.deepEqual(x.shape.slice(0, 2), shape);
      assert.equal(x.data.length, data.length);
      const off = [...x.data].map((value, index) => Math.abs(value - (data[index] as number)));
      const most = Math.max(...off);
      const what = `${JSON.stringify(options)} of ${image}: ${off.filter((each) => each > 0).length} of ${off.length} differ, by up to ${most}`;
      if (image === "float") assert.ok(most < 2e-6, what);
      else assert.ok(most <= (averaging.test(name) ? 1 : 0), what);
      // One off is for rare roundings, not for all.
      if (image !== "float") assert.ok(off.filter((each) => each > 0).length <= off.length / 20, what);
    }
  });
}

test("boxes go where torchvision's go", () => {
  const { boxes, moved } = references.boxes;
  for (const [name, { options, boxes: expected }] of Object.entries(moved)) {
    const found = transformed(name, options, { x: imageOf("colour"), y, boxes }).boxes as readonly Box[];
    const kept = expected.filter(
      ([x1, y1, x2, y2]) => (x2 as number) > (x1 as number) && (y2 as number) > (y1 as number),
    );
    assert.equal(found.length, kept.length, name);
    for (const [index, box] of found.entries()) {
      for (const [at, value] of box.entries()) {
        assert.ok(
          Math.abs(value - (kept[index]?.[at] as number)) < 1e-3,
          `${name}: [${box}], expected [${kept[index]}]`,
        );
      }
    }
  }
});
