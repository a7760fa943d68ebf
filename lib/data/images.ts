// What the sets of images have in common: bytes to floats, a choice of indices, a random split.

import * as tf from "@tensorflow/tfjs";
import { random } from "./random.ts";

/** Shape of one image. */
export type ImageShape = readonly [height: number, width: number, channels: number];

// Divided here and not on the device: all backends then see the same float32 values.
const scaled = Float32Array.from({ length: 256 }, (_, value) => value / 255);

/** Bytes of images as float32 `[n, height, width, channels]` in [0, 1]; the caller disposes it. */
export function toFloatTensor(images: Uint8Array, shape: ImageShape): tf.Tensor4D {
  const pixels = new Float32Array(images.length);
  for (let index = 0; index < images.length; index++)
    pixels[index] = scaled[images[index] as number] as number;
  return tf.tensor4d(pixels, [images.length / pixelCount(shape), ...shape]);
}

/** Number of values of one image. */
export function pixelCount(shape: ImageShape): number {
  return shape[0] * shape[1] * shape[2];
}

/**
 * The records of `length` values at `indices`, in that order.
 *
 * @throws RangeError if an index is not a whole number from 0 to the number of records − 1.
 */
export function selectRecords(values: Uint8Array, length: number, indices: ArrayLike<number>): Uint8Array {
  const chosen = new Uint8Array(indices.length * length);
  for (let position = 0; position < indices.length; position++) {
    const index = requireIndex(indices[position] as number, values.length / length);
    chosen.set(values.subarray(index * length, (index + 1) * length), position * length);
  }
  return chosen;
}

/**
 * @throws RangeError if there is no image (or whatever it is) of that number.
 */
export function requireIndex(index: number, size: number, what = "image"): number {
  if (Number.isInteger(index) && index >= 0 && index < size) return index;
  throw new RangeError(`There is no ${what} ${index}; indices go from 0 to ${size - 1}.`);
}

/**
 * Split the numbers 0 to `size` − 1 at random into two ascending parts.
 *
 * @throws RangeError if the fraction is not between 0 and 1.
 */
export function splitIndices(size: number, fraction: number, seed: number): [rest: number[], part: number[]] {
  if (!(fraction > 0 && fraction < 1)) {
    throw new RangeError(`fraction is ${fraction}; it must lie between 0 and 1, such as 0.2 for a fifth.`);
  }
  const part = new Set(
    random(seed)
      .permutation(size)
      .subarray(0, Math.round(size * fraction)),
  );
  const all = Array.from({ length: size }, (_, index) => index);
  return [all.filter((index) => !part.has(index)), all.filter((index) => part.has(index))];
}
