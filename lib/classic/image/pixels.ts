// What image filters take and give: a tensor in, a tensor out; pixels in, pixels out. They compute in float64 without a
// backend, so that the result is the same on all of them.

import * as tf from "@tensorflow/tfjs";
import { requireOneOf } from "../../data/nearest.ts";

/** An image as numbers, row by row, the channels of a pixel side by side. */
export interface Pixels {
  data: ArrayLike<number>;
  height: number;
  width: number;
  /** Defaults to `1`. */
  channels?: number;
}

/** A tensor `[height, width]` or `[height, width, channels]`, or pixels. */
export type Image = tf.Tensor | Pixels;

/** Pixels that a filter made. */
export interface FilteredPixels extends Pixels {
  data: Float64Array;
  channels: number;
}

/** The same kind as the image that was given; tensors are float32 and the caller's to dispose. */
export type Like<Kind extends Image> = Kind extends tf.Tensor ? tf.Tensor : FilteredPixels;

/**
 * What lies outside an image of `a b c d`: `"reflect"` is `b a | a b c d | d c`, `"mirror"` is `c b | a b c d | c b`,
 * `"nearest"` is `a a | a b c d | d d`, `"wrap"` is `c d | a b c d | a b`, `"constant"` is 0.
 */
export type Border = "reflect" | "mirror" | "nearest" | "wrap" | "constant";

export interface BorderOptions {
  /** What lies outside of the image. Defaults to `"reflect"`. */
  border?: Border;
}

/** Read an image; its values are not to be changed. */
export function readImage(image: Image): FilteredPixels {
  if (image instanceof tf.Tensor) {
    const [height, width, channels = 1] = image.shape as [number, number, number?];
    if ((image.rank !== 2 && image.rank !== 3) || image.size === 0) {
      throw new RangeError(
        `The image has the shape [${image.shape}]; it must be [height, width] or [height, width, channels].`,
      );
    }
    return { data: finite(Float64Array.from(image.dataSync())), height, width, channels };
  }
  const { data, height, width, channels = 1 } = image;
  const wanted = height * width * channels;
  if (!(wanted > 0) || data.length !== wanted) {
    throw new RangeError(
      `The image has ${data?.length} values; ${height} × ${width} pixels of ${channels} ` +
        `${channels === 1 ? "channel" : "channels"} are ${wanted}.`,
    );
  }
  return { data: finite(Float64Array.from(data)), height, width, channels };
}

/** Read an image that must have one channel. */
export function readGrey(what: string, image: Image): FilteredPixels {
  const read = readImage(image);
  if (read.channels === 1) return read;
  throw new RangeError(
    `${what} takes images of 1 channel, this one has ${read.channels}; convert it with grey first.`,
  );
}

/** The result as the kind of image that was given. */
export function like<Kind extends Image>(given: Kind, result: FilteredPixels): Like<Kind> {
  if (!(given instanceof tf.Tensor)) return result as Like<Kind>;
  const { data, height, width, channels } = result;
  const shape = given.rank === 2 && channels === 1 ? [height, width] : [height, width, channels];
  return tf.tensor(Float32Array.from(data), shape, "float32") as tf.Tensor as Like<Kind>;
}

/** A new image of the same size, its values from a function of place and channel. */
export function mapPixels(
  image: FilteredPixels,
  value: (row: number, column: number, channel: number) => number,
): FilteredPixels {
  const { height, width, channels } = image;
  const data = new Float64Array(height * width * channels);
  let at = 0;
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      for (let channel = 0; channel < channels; channel++) data[at++] = value(row, column, channel);
    }
  }
  return { data, height, width, channels };
}

/** Place inside for a place that may be outside, along an axis of `size`; −1 for outside. */
export function inside(place: number, size: number, border: Border): number {
  if (place >= 0 && place < size) return place;
  if (border === "constant") return -1;
  if (border === "nearest") return place < 0 ? 0 : size - 1;
  if (border === "wrap") return ((place % size) + size) % size;
  requireOneOf("border", border, ["reflect", "mirror", "nearest", "wrap", "constant"]);
  if (size === 1) return 0;
  const period = border === "reflect" ? 2 * size : 2 * size - 2;
  const folded = ((place % period) + period) % period;
  if (folded < size) return folded;
  return border === "reflect" ? period - 1 - folded : period - folded;
}

/** Value at a place that may be outside. */
export function valueAt(
  image: FilteredPixels,
  row: number,
  column: number,
  channel: number,
  border: Border,
): number {
  const y = inside(row, image.height, border);
  const x = inside(column, image.width, border);
  return y < 0 || x < 0 ? 0 : (image.data[(y * image.width + x) * image.channels + channel] as number);
}

/** @throws RangeError if a window's size is not odd and at least 1. */
export function requireOdd(name: string, size: number): void {
  if (Number.isSafeInteger(size) && size >= 1 && size % 2 === 1) return;
  throw new RangeError(`${name} is ${size}; it must be an odd whole number, so that a window has a middle.`);
}

function finite(values: Float64Array): Float64Array {
  const wrong = values.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0)
    throw new RangeError(`The image holds ${values[wrong]} at ${wrong}; it must hold finite numbers.`);
  return values;
}
