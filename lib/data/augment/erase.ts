// Parts of the image are wiped out, so that a model does not rely on one detail. Boxes, masks and keypoints stay.

import type { RandomSource } from "../random.ts";
import { blank, type Image, pixels, sizeOf } from "./image.ts";
import { define } from "./transform.ts";

/** What an erased part shows: a value from 0 to 1, or noise. */
type Fill = number | "noise";

/** A random rectangle: `scale` of the area with a ratio of height to width from `ratio` (Zhong et al., 2020). */
export const erasing = define(
  "erasing",
  {
    scale: [0.02, 0.33] as readonly [low: number, high: number],
    ratio: [0.3, 3.3] as readonly [low: number, high: number],
    fill: 0 as Fill,
    p: 0.5,
  },
  ({ scale, ratio, fill }, random, sample) => {
    const [height, width] = sizeOf(sample);
    for (let attempt = 0; attempt < 10; attempt++) {
      const area = height * width * (scale[0] + (scale[1] - scale[0]) * random.uniform());
      const [low, high] = [Math.log(ratio[0]), Math.log(ratio[1])];
      const aspect = Math.exp(low + (high - low) * random.uniform());
      const rows = Math.round(Math.sqrt(area * aspect));
      const columns = Math.round(Math.sqrt(area / aspect));
      if (rows >= height || columns >= width) continue;
      const top = random.integer(height - rows + 1);
      const left = random.integer(width - columns + 1);
      return pixels((image) => wipe(image, [{ top, left, rows, columns }], fill, random));
    }
    return (whole) => whole;
  },
);

/** Squares of `size` pixels around random places, cut off at the edges (DeVries and Taylor, 2017). */
export const cutout = define(
  "cutout",
  { size: 8, count: 1, fill: 0 as Fill, p: 0.5 },
  ({ size, count, fill }, random, sample) => {
    const [height, width] = sizeOf(sample);
    const squares = Array.from({ length: count }, () => ({
      top: random.integer(height) - Math.floor(size / 2),
      left: random.integer(width) - Math.floor(size / 2),
      rows: size,
      columns: size,
    }));
    return pixels((image) => wipe(image, squares, fill, random));
  },
);

interface Part {
  top: number;
  left: number;
  rows: number;
  columns: number;
}

function wipe(image: Image, parts: Part[], fill: Fill, random: RandomSource): Image {
  const { height, width, channels, bound } = image;
  const result = blank(image, height, width);
  result.data.set(image.data);
  for (const { top, left, rows, columns } of parts) {
    for (let y = Math.max(0, top); y < Math.min(height, top + rows); y++) {
      for (let x = Math.max(0, left); x < Math.min(width, left + columns); x++) {
        for (let channel = 0; channel < channels; channel++) {
          result.data[(y * width + x) * channels + channel] =
            bound * (fill === "noise" ? random.uniform() : fill);
        }
      }
    }
  }
  return result;
}
