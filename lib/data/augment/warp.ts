// Moving every pixel anywhere: each place of the new image is asked where in the old one it comes from, and the colour there
// is interpolated. Outside of the image is the fill value, also for neighbours in the interpolation. (So does torchvision
// without a fill value; with one it blends edges twice and draws them darker.)

import { requireOneOf } from "../nearest.ts";
import type { Sample } from "../sample.ts";
import { blank, fromImage, toImage } from "./image.ts";
import { type Move, moveMask, moveTargets, requireMask } from "./targets.ts";

/** How pixels between pixels are found, and what is outside. */
export interface WarpOptions {
  interpolation: "bilinear" | "nearest";
  /** Colour outside, in parts of the largest value, 0 to 1. */
  fill: number;
  /** Label outside. */
  maskFill: number;
}

export const warpDefaults: WarpOptions = { interpolation: "bilinear", fill: 0, maskFill: 0 };

/** A sample whose places come `from` others, and whose points go `to` others. */
export function warp(
  sample: Sample,
  from: Move,
  to: Move,
  { interpolation, fill, maskFill }: WarpOptions,
): Sample {
  requireOneOf("interpolation", interpolation, ["bilinear", "nearest"]);
  requireMask(sample, "warp");
  const image = toImage(sample.x);
  const { height, width, channels, data, bound } = image;
  const result = blank(image, height, width);
  const labels = new Int32Array(height * width);
  const background = fill * bound;
  const value = (row: number, column: number, channel: number) =>
    row >= 0 && row < height && column >= 0 && column < width
      ? (data[(row * width + column) * channels + channel] as number)
      : background;
  for (let row = 0, at = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const place = from(column + 0.5, row + 0.5);
      const x = place[0];
      const y = place[1];
      const near = nearest(y) * width + nearest(x);
      const outside = nearest(x) < 0 || nearest(x) >= width || nearest(y) < 0 || nearest(y) >= height;
      labels[row * width + column] = outside ? -1 : near;
      if (interpolation === "nearest") {
        for (let channel = 0; channel < channels; channel++) {
          result.data[at++] = outside ? background : (data[near * channels + channel] as number);
        }
        continue;
      }
      const left = Math.floor(x - 0.5);
      const top = Math.floor(y - 0.5);
      const right = x - 0.5 - left;
      const down = y - 0.5 - top;
      for (let channel = 0; channel < channels; channel++) {
        const upper = value(top, left, channel) * (1 - right) + value(top, left + 1, channel) * right;
        const lower = value(top + 1, left, channel) * (1 - right) + value(top + 1, left + 1, channel) * right;
        const mixed = upper * (1 - down) + lower * down;
        result.data[at++] = bound === 255 ? Math.round(mixed) : mixed;
      }
    }
  }
  const mask =
    sample.mask && moveMask(sample.mask, [height, width], (pixel) => labels[pixel] as number, maskFill);
  return {
    ...sample,
    x: fromImage(result),
    ...(mask && { mask }),
    ...moveTargets(sample, to, width, height),
  };
}

/**
 * Where points go if it is only known where they come from: p so that from(p) = q, by p ← p + (q − from(p)),
 * which finds it for gentle distortions.
 */
export function inverted(from: Move): Move {
  return (x, y) => {
    let [nearX, nearY] = [x, y];
    for (let step = 0; step < 30; step++) {
      const [fromX, fromY] = from(nearX, nearY);
      nearX += x - fromX;
      nearY += y - fromY;
    }
    return [nearX, nearY];
  };
}

// The pixel that a place is in; rounding noise at a border must not decide.
function nearest(place: number): number {
  return Math.floor(place + 1e-9);
}
