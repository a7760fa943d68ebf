// Another number of pixels for the same picture: bilinear, and averaged over what becomes one pixel when it gets smaller
// (antialiased, as in Pillow and torchvision). Masks take the nearest label.

import type { Sample } from "../sample.ts";
import { blank, each, fromImage, type Image, toImage } from "./image.ts";
import { moveMask, moveTargets, requireMask } from "./targets.ts";

/** A sample with an image of `rows` × `columns`. */
export function resizeSample(sample: Sample, rows: number, columns: number): Sample {
  requireMask(sample, "resize");
  const image = toImage(sample.x);
  const { height, width } = image;
  const [down, across] = [height / rows, width / columns];
  const nearest = (pixel: number) => {
    const row = Math.floor((Math.floor(pixel / columns) + 0.5) * down);
    return row * width + Math.floor(((pixel % columns) + 0.5) * across);
  };
  return {
    ...sample,
    x: fromImage(resizeImage(image, rows, columns)),
    ...(sample.mask && { mask: moveMask(sample.mask, [rows, columns], nearest, 0) }),
    ...moveTargets(sample, (x, y) => [x / across, y / down], columns, rows),
  };
}

function resizeImage(image: Image, rows: number, columns: number): Image {
  const { height, width, channels, data } = image;
  // Bytes are rounded after each of the two passes, as in Pillow.
  const round = image.bound === 255 ? Math.round : (value: number) => value;
  const across = taps(width, columns);
  const narrow = new Float64Array(height * columns * channels);
  for (let y = 0; y < height; y++) {
    for (const [x, { first, weights }] of across.entries()) {
      for (let channel = 0; channel < channels; channel++) {
        let sum = 0;
        for (const [tap, weight] of weights.entries()) {
          sum += weight * (data[(y * width + first + tap) * channels + channel] as number);
        }
        narrow[(y * columns + x) * channels + channel] = round(sum);
      }
    }
  }
  const down = taps(height, rows);
  const row = columns * channels;
  return each(blank(image, rows, columns), (_, index) => {
    const { first, weights } = down[Math.floor(index / row)] as Taps;
    const rest = index % row;
    let sum = 0;
    for (const [tap, weight] of weights.entries())
      sum += weight * (narrow[(first + tap) * row + rest] as number);
    return round(sum);
  });
}

interface Taps {
  first: number;
  weights: number[];
}

// The triangle filter: as wide as two pixels of the smaller of both images.
function taps(from: number, to: number): Taps[] {
  const scale = from / to;
  const reach = Math.max(1, scale);
  return Array.from({ length: to }, (_, index) => {
    const center = (index + 0.5) * scale;
    const first = Math.max(0, Math.trunc(center - reach + 0.5));
    const end = Math.min(from, Math.trunc(center + reach + 0.5));
    const raw = Array.from({ length: end - first }, (_, tap) =>
      Math.max(0, 1 - Math.abs((first + tap + 0.5 - center) / reach)),
    );
    const sum = raw.reduce((total, weight) => total + weight, 0);
    return { first, weights: raw.map((weight) => weight / sum) };
  });
}
