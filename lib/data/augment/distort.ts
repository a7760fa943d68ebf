// Distortions that bend the image: a grid with uneven lines, and elastic noise (Simard, Steinkraus and Platt, 2003).

import { sizeOf } from "./image.ts";
import type { Move } from "./targets.ts";
import { define } from "./transform.ts";
import { inverted, warp, warpDefaults } from "./warp.ts";

/** Lines of a grid are moved; between them the image is stretched. strength: part of a cell, 0 to below 1. */
export const gridDistortion = define(
  "gridDistortion",
  { cells: 5, strength: 0.3, ...warpDefaults, p: 0.5 },
  (options, random, sample) => {
    const { cells, strength } = options;
    if (!(strength >= 0 && strength < 1) || !(Number.isInteger(cells) && cells > 0)) {
      throw new RangeError(
        `gridDistortion: strength is ${strength} and cells ${cells}; strength must be from 0 to below 1, cells whole.`,
      );
    }
    const lines = (size: number) => {
      const widths = Array.from({ length: cells }, () => 1 + strength * (2 * random.uniform() - 1));
      const sum = widths.reduce((total, each) => total + each, 0);
      let reached = 0;
      const ends = widths.map((each) => {
        reached += (each * size) / sum;
        return reached;
      });
      return [0, ...ends];
    };
    const [height, width] = sizeOf(sample);
    const [down, across] = [lines(height), lines(width)];
    const even = (size: number) => Array.from({ length: cells + 1 }, (_, line) => (line * size) / cells);
    const [evenDown, evenAcross] = [even(height), even(width)];
    const from: Move = (x, y) => [between(x, across, evenAcross), between(y, down, evenDown)];
    const to: Move = (x, y) => [between(x, evenAcross, across), between(y, evenDown, down)];
    return (given) => warp(given, from, to, options);
  },
);

/** Every pixel is moved by smooth noise: up to about `strength` pixels, alike within about `smoothness` pixels. */
export const elastic = define(
  "elastic",
  { strength: 2, smoothness: 5, ...warpDefaults, p: 0.5 },
  (options, random, sample) => {
    const { strength, smoothness } = options;
    if (!(strength >= 0 && smoothness > 0)) {
      throw new RangeError(
        `elastic: strength is ${strength} and smoothness ${smoothness}; both must be positive.`,
      );
    }
    const [height, width] = sizeOf(sample);
    const field = () => smoothNoise(height, width, smoothness, () => 2 * random.uniform() - 1);
    const [shiftX, shiftY] = [field(), field()];
    const from: Move = (x, y) => [x + strength * shiftX(x, y), y + strength * shiftY(x, y)];
    return (given) => warp(given, from, inverted(from), options);
  },
);

// From one set of lines to another, linear between them; beyond the first and last it goes on.
function between(place: number, lines: number[], others: number[]): number {
  let cell = 0;
  while (cell < lines.length - 2 && place > (lines[cell + 1] as number)) cell++;
  const [low, high] = [lines[cell] as number, lines[cell + 1] as number];
  const [otherLow, otherHigh] = [others[cell] as number, others[cell + 1] as number];
  return otherLow + ((place - low) * (otherHigh - otherLow)) / (high - low);
}

// Random numbers, blurred with a Gaussian and scaled so that the largest is 1; linear between pixels.
function smoothNoise(
  height: number,
  width: number,
  sigma: number,
  one: () => number,
): (x: number, y: number) => number {
  const reach = Math.ceil(3 * sigma);
  const kernel = Float64Array.from({ length: 2 * reach + 1 }, (_, tap) =>
    Math.exp(-((tap - reach) ** 2) / (2 * sigma ** 2)),
  );
  const raw = Float64Array.from({ length: height * width }, one);
  const blurred = blurAlong(blurAlong(raw, kernel, width, 1), kernel, height, width);
  const most = blurred.reduce((largest, value) => Math.max(largest, Math.abs(value)), Number.MIN_VALUE);
  const at = (row: number, column: number) =>
    (blurred[
      Math.max(0, Math.min(height - 1, row)) * width + Math.max(0, Math.min(width - 1, column))
    ] as number) / most;
  return (x, y) => {
    const [left, top] = [Math.floor(x - 0.5), Math.floor(y - 0.5)];
    const [right, down] = [x - 0.5 - left, y - 0.5 - top];
    const upper = at(top, left) * (1 - right) + at(top, left + 1) * right;
    const lower = at(top + 1, left) * (1 - right) + at(top + 1, left + 1) * right;
    return upper * (1 - down) + lower * down;
  };
}

// Lines of `size` numbers that are `step` apart; outside is 0.
function blurAlong(values: Float64Array, kernel: Float64Array, size: number, step: number): Float64Array {
  const reach = (kernel.length - 1) / 2;
  return values.map((_, index) => {
    const place = Math.floor(index / step) % size;
    let sum = 0;
    for (let tap = Math.max(-reach, -place); tap <= Math.min(reach, size - 1 - place); tap++) {
      sum += (kernel[tap + reach] as number) * (values[index + tap * step] as number);
    }
    return sum;
  });
}
