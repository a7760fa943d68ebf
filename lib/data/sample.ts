// One example as plain typed arrays, so that it can travel to worker threads; a batch makes tensors of many.

import type { TensorArray } from "./typed-array.ts";

/** Numbers with a shape. */
export interface Values {
  /** uint8 for pixels 0 to 255, int32 for class and token numbers, float32 for everything else. */
  data: TensorArray;
  /** `[]` for one number. */
  shape: readonly number[];
}

/** A box in pixels from the image's upper left corner; what follows the corners, such as a class number, stays with it. */
export type Box = readonly [x1: number, y1: number, x2: number, y2: number, ...rest: number[]];

/** A point in pixels from the image's upper left corner; the middle of the first pixel is (0.5, 0.5). */
export type Keypoint = readonly [x: number, y: number, ...rest: number[]];

/** One example. */
export interface Sample {
  /** The input, such as an image `[height, width, channels]`. */
  x: Values;
  /** The target, such as a class number (int32, shape `[]`). */
  y: Values;
  boxes?: readonly Box[];
  /** A label for each pixel, `[height, width]`. */
  mask?: Values;
  keypoints?: readonly Keypoint[];
}

/** Values that own their memory, so that sending them to a worker copies nothing else. */
export function owned({ data, shape }: Values): Values {
  return data.byteLength === data.buffer.byteLength ? { data, shape } : { data: data.slice(), shape };
}

/** A sample whose values own their memory. */
export function ownedSample(sample: Sample): Sample {
  const { x, y, mask } = sample;
  return { ...sample, x: owned(x), y: owned(y), ...(mask && { mask: owned(mask) }) };
}

/** Whether values have the same shape and type. */
export function alike(one: Values, other: Values): boolean {
  return (
    one.data.constructor === other.data.constructor &&
    one.shape.length === other.shape.length &&
    one.shape.every((size, axis) => size === other.shape[axis])
  );
}

/** How many numbers a shape holds. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}
