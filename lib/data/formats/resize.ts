// A change of size by weighted averages, as Pillow's BILINEAR: a triangle that widens where the image shrinks.

import type { PixelImage } from "./netpbm.ts";

/** The image with another height and width in pixels. */
export function resizeImage(image: PixelImage, height: number, width: number): PixelImage {
  if (image.height === height && image.width === width) return image;
  const { channels } = image;
  const narrow = resample(image.data, {
    groups: image.height,
    from: image.width,
    to: width,
    values: channels,
  });
  const data = resample(narrow, { groups: 1, from: image.height, to: height, values: width * channels });
  return { width, height, channels, data };
}

// `groups` times, `from` records of `values` bytes become `to` records.
function resample(
  source: Uint8Array,
  { groups, from, to, values }: { groups: number; from: number; to: number; values: number },
): Uint8Array {
  const result = new Uint8Array(groups * to * values);
  const filters = triangles(from, to);
  for (let group = 0; group < groups; group++) {
    filters.forEach(({ first, factors }, position) => {
      for (let value = 0; value < values; value++) {
        let sum = 0;
        factors.forEach((factor, offset) => {
          sum += factor * (source[(group * from + first + offset) * values + value] as number);
        });
        result[(group * to + position) * values + value] = Math.round(sum);
      }
    });
  }
  return result;
}

function triangles(from: number, to: number): { first: number; factors: number[] }[] {
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
