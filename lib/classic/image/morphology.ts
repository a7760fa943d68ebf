// Morphology (Matheron and Serra 1964): shapes grow and shrink by a structuring element.

import {
  type Border,
  type BorderOptions,
  type FilteredPixels,
  type Image,
  inside,
  type Like,
  like,
  mapPixels,
  readImage,
  requireOdd,
} from "./pixels.ts";

export interface MorphologyOptions extends BorderOptions {
  /**
   * Structuring element: the width of a square, or rows of 0 and 1 with an odd number of rows and columns. Defaults to `3`.
   */
  element?: number | readonly (readonly number[])[];
}

type Offsets = readonly (readonly [dy: number, dx: number])[];

/** Smallest value under the element: bright shapes shrink. */
export function erode<Kind extends Image>(image: Kind, options: MorphologyOptions = {}): Like<Kind> {
  return like(image, shrink(readImage(image), options));
}

/** Largest value under the element, turned by half a turn: bright shapes grow. */
export function dilate<Kind extends Image>(image: Kind, options: MorphologyOptions = {}): Like<Kind> {
  return like(image, expand(readImage(image), options));
}

/** Erosion, then dilation: takes out bright specks and bridges thinner than the element. */
export function open<Kind extends Image>(image: Kind, options: MorphologyOptions = {}): Like<Kind> {
  return like(image, expand(shrink(readImage(image), options), options));
}

/** Dilation, then erosion: closes dark holes and gaps. */
export function close<Kind extends Image>(image: Kind, options: MorphologyOptions = {}): Like<Kind> {
  return like(image, shrink(expand(readImage(image), options), options));
}

/** Dilation less erosion: the outlines of shapes. */
export function morphologicalGradient<Kind extends Image>(
  image: Kind,
  options: MorphologyOptions = {},
): Like<Kind> {
  const pixels = readImage(image);
  const [grown, shrunk] = [expand(pixels, options), shrink(pixels, options)];
  return like(image, { ...pixels, data: grown.data.map((value, at) => value - (shrunk.data[at] as number)) });
}

function shrink(
  pixels: FilteredPixels,
  { element = 3, border = "reflect" }: MorphologyOptions,
): FilteredPixels {
  return extreme(pixels, offsetsOf(element), border, Math.min, Infinity);
}

function expand(
  pixels: FilteredPixels,
  { element = 3, border = "reflect" }: MorphologyOptions,
): FilteredPixels {
  const turned = offsetsOf(element).map(([dy, dx]) => [-dy, -dx] as const);
  return extreme(pixels, turned, border, Math.max, -Infinity);
}

function extreme(
  pixels: FilteredPixels,
  offsets: Offsets,
  border: Border,
  better: (a: number, b: number) => number,
  start: number,
): FilteredPixels {
  const { height, width, channels, data } = pixels;
  return mapPixels(pixels, (row, column, channel) => {
    let found = start;
    for (const [dy, dx] of offsets) {
      const [y, x] = [inside(row + dy, height, border), inside(column + dx, width, border)];
      found = better(found, y < 0 || x < 0 ? 0 : (data[(y * width + x) * channels + channel] as number));
    }
    return found;
  });
}

function offsetsOf(element: number | readonly (readonly number[])[]): Offsets {
  if (typeof element === "number") {
    requireOdd("element", element);
    return offsetsOf(Array.from({ length: element }, () => new Array<number>(element).fill(1)));
  }
  const [height, width] = [element.length, element[0]?.length ?? 0];
  requireOdd("The number of rows of element", height);
  requireOdd("The number of columns of element", width);
  const offsets = element.flatMap((row, y) =>
    row.flatMap((value, x) => (value === 0 ? [] : [[y - (height - 1) / 2, x - (width - 1) / 2] as const])),
  );
  if (offsets.length === 0) throw new RangeError("element holds only zeros; at least one place must count.");
  return offsets;
}
