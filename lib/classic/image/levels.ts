// Brightness: grey from colour, histograms, and black and white by a threshold.

import { requireOneOf } from "../../data/nearest.ts";
import { requireWhole } from "../../metrics/values.ts";
import { type GaussianOptions, separable, smooth } from "./filters.ts";
import {
  type BorderOptions,
  type FilteredPixels,
  type Image,
  type Like,
  like,
  mapPixels,
  readGrey,
  readImage,
  requireOdd,
} from "./pixels.ts";

/** Brightness of a colour image as the eye weighs it (Rec. 709: 0.2125 red, 0.7154 green, 0.0721 blue). */
export function grey<Kind extends Image>(image: Kind): Like<Kind> {
  const pixels = readImage(image);
  if (pixels.channels === 1) return like(image, pixels);
  if (pixels.channels !== 3) {
    throw new RangeError(`The image has ${pixels.channels} channels; grey takes red, green and blue.`);
  }
  const { data, height, width } = pixels;
  const values = Float64Array.from({ length: height * width }, (_, at) => {
    const [red, green, blue] = data.subarray(3 * at, 3 * at + 3) as unknown as [number, number, number];
    return 0.2125 * red + 0.7154 * green + 0.0721 * blue;
  });
  return like(image, { data: values, height, width, channels: 1 });
}

export interface HistogramOptions {
  /** Number of bins, from the smallest to the largest value. Defaults to `256`. */
  bins?: number;
}

/** Counts of values with the middles of their bins. */
export interface Histogram {
  counts: number[];
  centers: number[];
}

/** How often values occur, over all channels. */
export function histogram(image: Image, { bins = 256 }: HistogramOptions = {}): Histogram {
  requireWhole("bins", bins, 1);
  const { data } = readImage(image);
  let [low, high] = [Infinity, -Infinity];
  for (const value of data) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  // One value alone gets bins of some width around it.
  if (low === high) [low, high] = [low - 0.5, high + 0.5];
  const counts = new Array<number>(bins).fill(0);
  for (const value of data) {
    const bin = Math.min(bins - 1, Math.floor(((value - low) / (high - low)) * bins));
    counts[bin] = (counts[bin] as number) + 1;
  }
  return { counts, centers: counts.map((_, bin) => low + ((bin + 0.5) * (high - low)) / bins) };
}

/** Spread brightness evenly: every value becomes the part of pixels that are at most as bright, 0 to 1. */
export function equalizeHistogram<Kind extends Image>(
  image: Kind,
  options: HistogramOptions = {},
): Like<Kind> {
  const pixels = readImage(image);
  const { counts, centers } = histogram(pixels, options);
  let sum = 0;
  const parts = counts.map((count) => {
    sum += count;
    return sum / pixels.data.length;
  });
  return like(image, { ...pixels, data: pixels.data.map((value) => between(value, centers, parts)) });
}

/** 1 for pixels above a value and 0 for the others. */
export function threshold<Kind extends Image>(image: Kind, value: number): Like<Kind> {
  if (!Number.isFinite(value)) throw new RangeError(`The threshold is ${value}; it must be a finite number.`);
  const pixels = readImage(image);
  return like(image, { ...pixels, data: pixels.data.map((each) => Number(each > value)) });
}

/**
 * The threshold that tells dark from bright best: the variance between the two is largest (Otsu 1979). Use it as
 * `threshold(image, otsu(image))`.
 */
export function otsu(image: Image, options: HistogramOptions = {}): number {
  const { counts, centers } = histogram(readGrey("otsu", image), options);
  const total = counts.reduce((sum, count) => sum + count, 0);
  const whole = counts.reduce((sum, count, bin) => sum + count * (centers[bin] as number), 0);
  let [below, sum, best, found] = [0, 0, -1, centers[0] as number];
  for (let bin = 0; bin < counts.length - 1; bin++) {
    below += counts[bin] as number;
    sum += (counts[bin] as number) * (centers[bin] as number);
    if (below === 0 || below === total) continue;
    const between = below * (total - below) * (sum / below - (whole - sum) / (total - below)) ** 2;
    // Of splits that only rounding tells apart the first one.
    if (between > best * (1 + 1e-12)) [best, found] = [between, centers[bin] as number];
  }
  return found;
}

export interface AdaptiveThresholdOptions extends BorderOptions {
  /** Width and height of the window, odd. Defaults to `35`. */
  size?: number;
  /** What a pixel is compared with: the window's mean, or that weighted by a Gaussian. Defaults to `"gaussian"`. */
  method?: "mean" | "gaussian";
  /** Taken from the mean. Defaults to `0`. */
  offset?: number;
}

/** 1 for pixels brighter than those around them: for pages and plates with uneven light. */
export function adaptiveThreshold<Kind extends Image>(
  image: Kind,
  options: AdaptiveThresholdOptions = {},
): Like<Kind> {
  const { size = 35, method = "gaussian", offset = 0, border = "reflect" } = options;
  requireOdd("size", size);
  requireOneOf("method", method, ["mean", "gaussian"]);
  const pixels = readGrey("adaptiveThreshold", image);
  const around = localMean(pixels, size, method, { border });
  const brighter = (row: number, column: number) => {
    const at = row * pixels.width + column;
    return Number((pixels.data[at] as number) > (around.data[at] as number) - offset);
  };
  return like(image, mapPixels(pixels, brighter));
}

function localMean(
  pixels: FilteredPixels,
  size: number,
  method: string,
  options: GaussianOptions,
): FilteredPixels {
  const weights = new Array<number>(size).fill(1 / size);
  if (method === "mean") return separable(pixels, weights, weights, options.border ?? "reflect");
  // A window of three standard deviations to each side.
  return smooth(pixels, { ...options, sigma: Math.max(1e-9, (size - 1) / 6) });
}

/** Value on the line through points, flat outside of them. */
function between(value: number, at: number[], values: number[]): number {
  const first = at[0] as number;
  const step = at.length > 1 ? (at[1] as number) - first : 1;
  const place = Math.min(at.length - 1, Math.max(0, (value - first) / step));
  const below = values[Math.floor(place)] as number;
  return below + ((values[Math.ceil(place)] as number) - below) * (place % 1);
}
