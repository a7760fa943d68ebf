// Whether colours stay apart for colour-blind eyes, in grey print and on both backgrounds.

import assert from "node:assert/strict";
import { test } from "node:test";
import { colourMaps, contrast, parseHex, type Rgb, stops } from "./colours.ts";
import { themeOf } from "./theme.ts";

type Matrix = readonly (readonly [number, number, number])[];

const identity: Matrix = [
  [1, 0, 0],
  [0, 1, 0],
  [0, 0, 1],
];

// Machado, Oliveira and Fernandes (2009), "A physiologically-based model for simulation of color vision deficiency",
// severity 1, on linear RGB.
const visions: Record<string, Matrix> = {
  full: identity,
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

function times(matrix: Matrix, vector: readonly number[]): [number, number, number] {
  return matrix.map((row) =>
    row.reduce((sum, factor, index) => sum + factor * (vector[index] as number), 0),
  ) as [number, number, number];
}

/** CIE L*a*b* (D65) of a colour as seen with a kind of vision. */
function lab(colour: Rgb, vision: Matrix): [number, number, number] {
  const linear = colour.map((channel) => {
    const part = channel / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  const seen = times(vision, linear).map((value) => Math.min(1, Math.max(0, value)));
  const xyz = times(
    [
      [0.4124564, 0.3575761, 0.1804375],
      [0.2126729, 0.7151522, 0.072175],
      [0.0193339, 0.119192, 0.9503041],
    ],
    seen,
  );
  const [x, y, z] = xyz.map((value, index) => {
    const part = value / ([0.95047, 1, 1.08883][index] as number);
    return part > 216 / 24389 ? Math.cbrt(part) : ((24389 / 27) * part + 16) / 116;
  }) as [number, number, number];
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

function distance(a: Rgb, b: Rgb, vision: Matrix): number {
  const [first, second] = [lab(a, vision), lab(b, vision)];
  return Math.hypot(...first.map((value, index) => value - (second[index] as number)));
}

test("series stay apart in every kind of vision", () => {
  // A difference of 2.3 can just be noticed (Mahy et al. 1994); small marks need several times as much.
  for (const theme of ["light", "dark"] as const) {
    const colours = themeOf({ theme }).series.map(parseHex);
    for (const [name, vision] of Object.entries(visions)) {
      colours.forEach((colour, index) => {
        for (const other of colours.slice(0, index)) {
          const apart = distance(colour, other, vision);
          assert.ok(apart >= 15, `${theme}, ${name}: ${colour} and ${other} are ${apart.toFixed(1)} apart`);
        }
      });
    }
  }
});

test("text can be read, and marks are seen, on both backgrounds", () => {
  for (const theme of ["light", "dark"] as const) {
    const { background, ink, series } = themeOf({ theme });
    const ground = parseHex(background);
    assert.ok(contrast(parseHex(ink), ground) >= 7, "WCAG 2.2, level AAA");
    const found = series.map((colour) => contrast(parseHex(colour), ground));
    assert.ok(Math.min(...found.slice(0, 3)) >= 3, `${theme}: the first three reach WCAG's 3, ${found}`);
    assert.ok(Math.min(...found) >= 2, `${theme}: ${found}`);
  }
});

test("lines coloured by value are seen on both backgrounds", () => {
  for (const theme of ["light", "dark"] as const) {
    const { background } = themeOf({ theme });
    const colours = stops("viridis", background);
    assert.ok(colours.length >= 5 && colours.length < 9, `${theme}: ${colours.length}`);
    assert.deepEqual(
      colours,
      stops("viridis").filter((colour) => colours.includes(colour)),
    );
  }
});

test("scales get brighter all the way, in every kind of vision", () => {
  for (const name of ["grey", "viridis", "inferno"] as const) {
    for (const [vision, matrix] of Object.entries(visions)) {
      let before = -1;
      for (let step = 0; step <= 20; step++) {
        const [brightness] = lab(colourMaps[name](step / 20), matrix);
        assert.ok(brightness > before, `${name}, ${vision} at ${step}`);
        before = brightness;
      }
    }
  }
});

test("the two sides of the diverging scale stay apart, and both get darker from the middle", () => {
  for (const [vision, matrix] of Object.entries(visions)) {
    const at = (level: number) => colourMaps.diverging(level);
    for (const part of [0.25, 0.5]) {
      assert.ok(distance(at(0.5 - part), at(0.5 + part), matrix) >= 20, vision);
      assert.ok(lab(at(0.5 + part), matrix)[0] < 100 - 30 * part, vision);
      assert.ok(lab(at(0.5 - part), matrix)[0] < 100 - 30 * part, vision);
    }
  }
});
