// A change of size by weighted averages, as Pillow's BILINEAR and torchvision's antialiased one: a triangle that widens
// where the image shrinks.

import type { PixelImage } from "./netpbm.ts";

/** Values of an image, row by row. */
interface ImageValues {
  data: Uint8Array | Float32Array;
  height: number;
  width: number;
  channels: number;
}

/** The image with another height and width in pixels. */
export function resizeImage(image: PixelImage, height: number, width: number): PixelImage {
  if (image.height === height && image.width === width) return image;
  return {
    width,
    height,
    channels: image.channels,
    data: Uint8Array.from(resizeValues(image, height, width)),
  };
}

/** The values of the image with `rows` and `columns` of pixels; bytes are rounded after each of the two passes, as in Pillow. */
export function resizeValues(image: ImageValues, rows: number, columns: number): Float64Array {
  const { data, height, width, channels } = image;
  const whole = data instanceof Uint8Array;
  const narrow = resample(data, { groups: height, from: width, to: columns, values: channels, whole });
  return resample(narrow, { groups: 1, from: height, to: rows, values: columns * channels, whole });
}

/** The pixel of an image that lies nearest to each pixel of the same image in another size. */
export function nearestPixel(
  { height, width }: { height: number; width: number },
  rows: number,
  columns: number,
): (pixel: number) => number {
  const [down, across] = [height / rows, width / columns];
  return (pixel) => {
    const row = Math.floor((Math.floor(pixel / columns) + 0.5) * down);
    return row * width + Math.floor(((pixel % columns) + 0.5) * across);
  };
}

interface Pass {
  groups: number;
  from: number;
  to: number;
  values: number;
  whole: boolean;
}

// `groups` times, `from` records of `values` numbers become `to` records.
function resample(source: ArrayLike<number>, { groups, from, to, values, whole }: Pass): Float64Array {
  const result = new Float64Array(groups * to * values);
  const filters = triangles(from, to);
  for (let group = 0; group < groups; group++) {
    for (let position = 0; position < to; position++) {
      const { first, factors } = filters[position] as Triangle;
      for (let value = 0; value < values; value++) {
        let sum = 0;
        for (let offset = 0; offset < factors.length; offset++) {
          const place = (group * from + first + offset) * values + value;
          sum += (factors[offset] as number) * (source[place] as number);
        }
        result[(group * to + position) * values + value] = whole ? Math.round(sum) : sum;
      }
    }
  }
  return result;
}

interface Triangle {
  first: number;
  factors: number[];
}

// As wide as two pixels of the smaller of both images.
function triangles(from: number, to: number): Triangle[] {
  const scale = from / to;
  const reach = Math.max(1, scale);
  return Array.from({ length: to }, (_, position) => {
    const centre = (position + 0.5) * scale;
    const first = Math.max(0, Math.floor(centre - reach + 0.5));
    const last = Math.min(from, Math.floor(centre + reach + 0.5));
    const heights = Array.from({ length: last - first }, (_, offset) =>
      Math.max(0, 1 - Math.abs(first + offset + 0.5 - centre) / reach),
    );
    const sum = heights.reduce((total, height) => total + height, 0);
    return { first, factors: heights.map((height) => height / sum) };
  });
}
