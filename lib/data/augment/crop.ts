// Flips, crops and padding: whole pixels at other places. Equal to torchvision's functions.

import { requireOneOf } from "../nearest.ts";
import type { RandomSource } from "../random.ts";
import type { Sample } from "../sample.ts";
import { blank, fromImage, reflect, sizeOf, toImage } from "./image.ts";
import { resizeSample } from "./resize.ts";
import { type Move, moveMask, moveTargets, requireMask } from "./targets.ts";
import { type Change, define } from "./transform.ts";

/** `[height, width]` in pixels, or one number for both. */
export type Size = number | readonly [height: number, width: number];

/** What is around an image: one value (0 to 1 of the largest), its edge pixels, or its mirror image. */
export type PadMode = "constant" | "edge" | "reflect" | "symmetric";

const around = { mode: "constant" as PadMode, fill: 0 };

/** Left and right swapped. */
export const horizontalFlip = define("horizontalFlip", { p: 0.5 }, (_, _random, sample) => {
  const [height, width] = sizeOf(sample);
  return rearrange(indices(height), indices(width).reverse(), (x, y) => [width - x, y]);
});

/** Top and bottom swapped. */
export const verticalFlip = define("verticalFlip", { p: 0.5 }, (_, _random, sample) => {
  const [height, width] = sizeOf(sample);
  return rearrange(indices(height).reverse(), indices(width), (x, y) => [x, height - y]);
});

/** The middle, padded where the image is smaller. */
export const centerCrop = define(
  "centerCrop",
  { size: 224 as Size, ...around, p: 1 },
  (options, _random, sample) => {
    const [height, width] = sizeOf(sample);
    const [rows, columns] = toSize(options.size, "centerCrop");
    // Of an odd rest the upper left part is rounded to even, as in torchvision; padding gets the smaller half there.
    const begin = (have: number, want: number) =>
      have >= want ? roundEven((have - want) / 2) : -Math.floor((want - have) / 2);
    return crop(sample, begin(height, rows), begin(width, columns), rows, columns, options);
  },
);

/** A part at a random place, after padding with `padding` pixels, and more where the image is smaller. */
export const randomCrop = define(
  "randomCrop",
  { size: 32 as Size, padding: 0, ...around, p: 1 },
  (options, random, sample) => {
    const [height, width] = sizeOf(sample);
    const [rows, columns] = toSize(options.size, "randomCrop");
    const begin = (have: number, want: number) => {
      const room = have + 2 * options.padding - want;
      return room >= 0 ? random.integer(room + 1) - options.padding : -random.integer(want - have + 1);
    };
    return crop(sample, begin(height, rows), begin(width, columns), rows, columns, options);
  },
);

/** Pixels added on all sides: one number, or left, top, right and bottom. */
export const pad = define(
  "pad",
  {
    padding: 4 as number | readonly [left: number, top: number, right: number, bottom: number],
    ...around,
    p: 1,
  },
  (options, _random, sample) => {
    const { padding } = options;
    const [left, top, right, bottom] =
      typeof padding === "number" ? [padding, padding, padding, padding] : padding;
    const [height, width] = sizeOf(sample);
    return crop(sample, -top, -left, height + top + bottom, width + left + right, options);
  },
);

/** As many pixels as `size` says: bilinear and antialiased; masks take the nearest label. */
export const resize = define("resize", { size: 224 as Size, p: 1 }, ({ size }) => {
  const [rows, columns] = toSize(size, "resize");
  return (sample) => resizeSample(sample, rows, columns);
});

/**
 * A random part resized to `size`: `scale` of the area, with a ratio of width to height from `ratio`
 * (Szegedy et al., 2015). Scale `[1, 1]` with the image's own ratio is resizing.
 */
export const resizedCrop = define(
  "resizedCrop",
  {
    size: 224 as Size,
    scale: [0.08, 1] as readonly [number, number],
    ratio: [3 / 4, 4 / 3] as readonly [number, number],
    p: 1,
  },
  ({ size, scale, ratio }, random, sample) => {
    const [height, width] = sizeOf(sample);
    const [rows, columns] = toSize(size, "resizedCrop");
    const part = randomPart(height, width, scale, ratio, random);
    const cut = crop(sample, part.top, part.left, part.height, part.width, around);
    return (whole, partners) => resizeSample(cut(whole, partners), rows, columns);
  },
);

/** A part of an image; negative places and more than the image are padded. */
function crop(
  sample: Sample,
  top: number,
  left: number,
  rows: number,
  columns: number,
  { mode, fill }: { mode: PadMode; fill: number },
): Change {
  requireOneOf<string>("mode", mode, Object.keys(outside));
  const [height, width] = sizeOf(sample);
  const place = (index: number, size: number) =>
    index >= 0 && index < size ? index : outside[mode](index, size);
  return rearrange(
    indices(rows).map((row) => place(row + top, height)),
    indices(columns).map((column) => place(column + left, width)),
    (x, y) => [x - left, y - top],
    fill,
  );
}

const outside: Record<PadMode, (index: number, size: number) => number> = {
  constant: () => -1,
  edge: (index, size) => Math.max(0, Math.min(size - 1, index)),
  reflect,
  symmetric: (index, size) => {
    const place = ((index % (2 * size)) + 2 * size) % (2 * size);
    return place < size ? place : 2 * size - 1 - place;
  },
};

// Rows and columns of the new image as those of the old one; −1 is filled.
function rearrange(rows: readonly number[], columns: readonly number[], move: Move, fill = 0): Change {
  return (sample) => {
    requireMask(sample, "crop");
    const image = toImage(sample.x);
    const { width, channels, data, bound } = image;
    const result = blank(image, rows.length, columns.length);
    const places = placesInRow(columns, channels);
    const background = fill * bound;
    const made = result.data;
    for (let row = 0, at = 0; row < rows.length; row++) {
      const start = (rows[row] as number) * width * channels;
      for (let next = 0; next < places.length; next++, at++) {
        const place = places[next] as number;
        made[at] = start < 0 || place < 0 ? background : (data[start + place] as number);
      }
    }
    const mask =
      sample.mask &&
      moveMask(
        sample.mask,
        [rows.length, columns.length],
        (pixel) => {
          const row = rows[Math.floor(pixel / columns.length)] as number;
          const column = columns[pixel % columns.length] as number;
          return row < 0 || column < 0 ? -1 : row * width + column;
        },
        0,
      );
    return {
      ...sample,
      x: fromImage(result),
      ...(mask && { mask }),
      ...moveTargets(sample, move, columns.length, rows.length),
    };
  };
}

// Where the numbers of a row come from in a row of the old image; below 0 is filled.
function placesInRow(columns: readonly number[], channels: number): readonly number[] {
  if (channels === 1) return columns;
  return columns.flatMap((column) => {
    const first = column * channels;
    return Array.from({ length: channels }, (_, channel) => first + channel);
  });
}

function randomPart(
  height: number,
  width: number,
  scale: readonly [number, number],
  ratio: readonly [number, number],
  random: RandomSource,
): { top: number; left: number; height: number; width: number } {
  for (let attempt = 0; attempt < 10; attempt++) {
    const area = height * width * (scale[0] + (scale[1] - scale[0]) * random.uniform());
    const [low, high] = [Math.log(ratio[0]), Math.log(ratio[1])];
    const aspect = Math.exp(low + (high - low) * random.uniform());
    const columns = Math.round(Math.sqrt(area * aspect));
    const rows = Math.round(Math.sqrt(area / aspect));
    if (columns < 1 || rows < 1 || columns > width || rows > height) continue;
    const top = random.integer(height - rows + 1);
    return { top, left: random.integer(width - columns + 1), height: rows, width: columns };
  }
  // The largest part in the middle whose ratio is allowed.
  const aspect = Math.max(ratio[0], Math.min(ratio[1], width / height));
  const columns = Math.min(width, Math.round(height * aspect));
  const rows = Math.min(height, Math.round(width / aspect));
  const [top, left] = [Math.floor((height - rows) / 2), Math.floor((width - columns) / 2)];
  return { top, left, height: rows, width: columns };
}

/** @throws RangeError if it is no size. */
function toSize(size: Size, name: string): readonly [height: number, width: number] {
  const both = typeof size === "number" ? ([size, size] as const) : size;
  if (both.length === 2 && both.every((each) => Number.isInteger(each) && each > 0)) return both;
  throw new RangeError(`${name}: size is [${size}]; it must be [height, width] in pixels, or one number.`);
}

// A list of JavaScript's: memory for a typed array takes longer than to rearrange a small image.
function indices(size: number): number[] {
  const all: number[] = [];
  for (let index = 0; index < size; index++) all.push(index);
  return all;
}

function roundEven(value: number): number {
  const below = Math.floor(value);
  return value - below === 0.5 ? below + (below % 2) : Math.round(value);
}
