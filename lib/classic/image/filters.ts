// Filters that replace every pixel by what is around it: smoothing, sharpening, slopes.

import { requireAbove } from "../estimator.ts";
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
  valueAt,
} from "./pixels.ts";

export interface WindowOptions extends BorderOptions {
  /** Width and height of the window in pixels, odd. Defaults to `3`. */
  size?: number;
}

export interface GaussianOptions extends BorderOptions {
  /** Standard deviation in pixels. Defaults to `1`. */
  sigma?: number;
  /** The window reaches so many standard deviations. Defaults to `4`. */
  reach?: number;
}

export interface BilateralOptions extends BorderOptions {
  /** Standard deviation of the distance in pixels. Defaults to `2`. */
  sigma?: number;
  /** Standard deviation of the difference in value, over all channels. Defaults to `0.1`. */
  sigmaValue?: number;
  /** Width and height of the window, odd. Defaults to what reaches three standard deviations. */
  size?: number;
}

export interface SharpenOptions extends GaussianOptions {
  /** How much of what smoothing takes away is added. Defaults to `1`. */
  amount?: number;
}

/** Slopes of an image. */
export interface Slopes<Kind extends Image> {
  /** From left to right. */
  x: Like<Kind>;
  /** From top to bottom. */
  y: Like<Kind>;
  /** Length of the slope. */
  magnitude: Like<Kind>;
  /** Direction in which it rises, in radians from the x axis towards the y axis, −π to π. */
  direction: Like<Kind>;
}

/**
 * Weighted sum of the pixels around each pixel (a cross-correlation: the kernel is not turned).
 *
 * @param kernel Weights, an odd number of rows and columns.
 * @throws RangeError for such a kernel, NaN, or a wrong shape.
 */
export function filter<Kind extends Image>(
  image: Kind,
  kernel: readonly (readonly number[])[],
  { border = "reflect" }: BorderOptions = {},
): Like<Kind> {
  return like(image, correlate(readImage(image), kernel, border));
}

/** Mean of each window. */
export function box<Kind extends Image>(image: Kind, options: WindowOptions = {}): Like<Kind> {
  const { size = 3, border = "reflect" } = options;
  requireOdd("size", size);
  const weights = new Array<number>(size).fill(1 / size);
  return like(image, separable(readImage(image), weights, weights, border));
}

/** Median of each window, which takes out single wrong pixels and keeps edges. */
export function median<Kind extends Image>(image: Kind, options: WindowOptions = {}): Like<Kind> {
  const { size = 3, border = "reflect" } = options;
  requireOdd("size", size);
  const pixels = readImage(image);
  const radius = (size - 1) / 2;
  const window = new Float64Array(size * size);
  const middle = (row: number, column: number, channel: number) => {
    let at = 0;
    for (let dy = -radius; dy <= radius; dy++) {
      for (let dx = -radius; dx <= radius; dx++) {
        window[at++] = valueAt(pixels, row + dy, column + dx, channel, border);
      }
    }
    return window.sort()[(window.length - 1) / 2] as number;
  };
  return like(image, mapPixels(pixels, middle));
}

/** Mean weighted by a Gaussian of the distance. */
export function gaussian<Kind extends Image>(image: Kind, options: GaussianOptions = {}): Like<Kind> {
  return like(image, smooth(readImage(image), options));
}

/**
 * Mean weighted by nearness in place and in value, which smooths and keeps edges (Tomasi and Manduchi 1998).
 */
export function bilateral<Kind extends Image>(image: Kind, options: BilateralOptions = {}): Like<Kind> {
  const { sigma = 2, sigmaValue = 0.1, border = "reflect" } = options;
  requireAbove("sigma", sigma, 0);
  requireAbove("sigmaValue", sigmaValue, 0);
  const size = options.size ?? 2 * Math.ceil(3 * sigma) + 1;
  requireOdd("size", size);
  const pixels = readImage(image);
  const { height, width, channels } = pixels;
  const radius = (size - 1) / 2;
  const data = new Float64Array(pixels.data.length);
  const sums = new Float64Array(channels);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      sums.fill(0);
      let total = 0;
      const at = (row * width + column) * channels;
      for (let dy = -radius; dy <= radius; dy++) {
        for (let dx = -radius; dx <= radius; dx++) {
          let difference = 0;
          for (let channel = 0; channel < channels; channel++) {
            const value = valueAt(pixels, row + dy, column + dx, channel, border);
            difference += (value - (pixels.data[at + channel] as number)) ** 2;
          }
          const weight = Math.exp(
            -(dx * dx + dy * dy) / (2 * sigma ** 2) - difference / (2 * sigmaValue ** 2),
          );
          total += weight;
          for (let channel = 0; channel < channels; channel++) {
            const value = valueAt(pixels, row + dy, column + dx, channel, border);
            sums[channel] = (sums[channel] as number) + weight * value;
          }
        }
      }
      for (let channel = 0; channel < channels; channel++)
        data[at + channel] = (sums[channel] as number) / total;
    }
  }
  return like(image, { ...pixels, data });
}

/** What smoothing takes away is added once more (unsharp masking); values may leave their range. */
export function sharpen<Kind extends Image>(image: Kind, options: SharpenOptions = {}): Like<Kind> {
  const { amount = 1 } = options;
  requireAbove("amount", amount, 0);
  const pixels = readImage(image);
  const smoothed = smooth(pixels, options);
  const data = pixels.data.map((value, at) => value + amount * (value - (smoothed.data[at] as number)));
  return like(image, { ...pixels, data });
}

/** Slopes by Sobel's operator: differences of neighbours, smoothed across; a ramp of 1 a pixel gives 8. */
export function sobel<Kind extends Image>(
  image: Kind,
  { border = "reflect" }: BorderOptions = {},
): Slopes<Kind> {
  const { x, y } = slopes(readImage(image), border);
  const magnitude = { ...x, data: x.data.map((value, at) => Math.hypot(value, y.data[at] as number)) };
  const direction = { ...x, data: x.data.map((value, at) => Math.atan2(y.data[at] as number, value)) };
  return {
    x: like(image, x),
    y: like(image, y),
    magnitude: like(image, magnitude),
    direction: like(image, direction),
  };
}

/** Sum of the second differences along both axes: 0 on a plane, large at edges and corners. */
export function laplacian<Kind extends Image>(
  image: Kind,
  { border = "reflect" }: BorderOptions = {},
): Like<Kind> {
  const kernel = [
    [0, 1, 0],
    [1, -4, 1],
    [0, 1, 0],
  ];
  return like(image, correlate(readImage(image), kernel, border));
}

/** Smooth by a Gaussian. */
export function smooth(pixels: FilteredPixels, options: GaussianOptions): FilteredPixels {
  const { sigma = 1, reach = 4, border = "reflect" } = options;
  requireAbove("sigma", sigma, 0);
  requireAbove("reach", reach, 0);
  const weights = gaussianWeights(sigma, Math.floor(reach * sigma + 0.5));
  return separable(pixels, weights, weights, border);
}

/** Sobel's slopes along both axes. */
export function slopes(pixels: FilteredPixels, border: Border): { x: FilteredPixels; y: FilteredPixels } {
  const [across, along] = [
    [1, 2, 1],
    [-1, 0, 1],
  ];
  return { x: separable(pixels, across, along, border), y: separable(pixels, along, across, border) };
}

function gaussianWeights(sigma: number, radius: number): number[] {
  const weights = Array.from({ length: 2 * radius + 1 }, (_, at) =>
    Math.exp(-((at - radius) ** 2) / (2 * sigma ** 2)),
  );
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

/** A filter whose kernel is a column of weights times a row of weights: two short filters one after the other. */
export function separable(
  pixels: FilteredPixels,
  column: readonly number[],
  row: readonly number[],
  border: Border,
): FilteredPixels {
  return correlate(
    correlate(
      pixels,
      column.map((weight) => [weight]),
      border,
    ),
    [[...row]],
    border,
  );
}

function correlate(
  pixels: FilteredPixels,
  kernel: readonly (readonly number[])[],
  border: Border,
): FilteredPixels {
  const [height, width] = [kernel.length, kernel[0]?.length ?? 0];
  if (height % 2 === 0 || width % 2 === 0 || kernel.some(({ length }) => length !== width)) {
    throw new RangeError(
      `The kernel has ${height} rows and ${width} columns; it must be a table of odd sizes.`,
    );
  }
  const rows = placesInside(pixels.height, height, border);
  const columns = placesInside(pixels.width, width, border);
  const { data, width: across, channels } = pixels;
  return mapPixels(pixels, (y, x, channel) => {
    let sum = 0;
    for (let i = 0; i < height; i++) {
      const row = rows[y + i] as number;
      const weights = kernel[i] as readonly number[];
      if (row < 0) continue;
      for (let j = 0; j < width; j++) {
        const column = columns[x + j] as number;
        if (column >= 0)
          sum += (weights[j] as number) * (data[(row * across + column) * channels + channel] as number);
      }
    }
    return sum;
  });
}

/** Where the places that a kernel of some size reaches lie inside, along an axis. */
function placesInside(size: number, kernel: number, border: Border): Int32Array {
  const reach = (kernel - 1) / 2;
  return Int32Array.from({ length: size + kernel - 1 }, (_, at) => inside(at - reach, size, border));
}
