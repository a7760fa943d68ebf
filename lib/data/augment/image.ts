// Images as transforms see them, and what happens to values between two numbers of the image's type.

import type { Sample, Values } from "../sample.ts";
import type { Change } from "./transform.ts";

/** An image `[height, width, channels]`, uint8 0 to 255 or float32 0 to 1. */
export interface Image {
  data: Uint8Array | Float32Array;
  height: number;
  width: number;
  channels: number;
  /** The largest value: 255 or 1. */
  bound: number;
}

export function toImage({ data, shape }: Values): Image {
  const [height = 0, width = 0, channels = 0] = shape;
  return {
    data: data as Image["data"],
    height,
    width,
    channels,
    bound: data instanceof Uint8Array ? 255 : 1,
  };
}

export function fromImage({ data, height, width, channels }: Image): Values {
  return { data, shape: [height, width, channels] };
}

/** An empty image of the same type. */
export function blank(like: Image, height: number, width: number, channels = like.channels): Image {
  const size = height * width * channels;
  const data = like.bound === 255 ? new Uint8Array(size) : new Float32Array(size);
  return { ...like, data, height, width, channels };
}

/** A change of pixel values that moves nothing: boxes, mask and keypoints stay. */
export function pixels(change: (image: Image) => Image): Change {
  return (sample: Sample) => ({ ...sample, x: fromImage(change(toImage(sample.x))) });
}

/** A value per number: cut off at the ends, and in uint8 cut to a whole number as torchvision does. */
export function each(image: Image, value: (number: number, index: number) => number): Image {
  const result = blank(image, image.height, image.width);
  const { data, bound } = image;
  for (let index = 0; index < data.length; index++) {
    // float32 as in torchvision: in float64 a whole number could turn out just below itself.
    const number = Math.fround(value(data[index] as number, index));
    result.data[index] = Math.max(0, Math.min(bound, number));
  }
  return result;
}

/** Between `other` (ratio 0) and the image (1), or beyond: how torchvision's colour changes work. */
export function blend(image: Image, ratio: number, other: (index: number) => number): Image {
  const rest = Math.fround(1 - ratio);
  const own = Math.fround(ratio);
  return each(image, (number, index) => Math.fround(own * number) + Math.fround(rest * other(index)));
}

/** Luminance (ITU-R BT.601) of each pixel, in float32; the image itself if it is grey. */
export function luminance({ data, channels, height, width }: Image): Float32Array {
  const grey = new Float32Array(height * width);
  for (let pixel = 0; pixel < grey.length; pixel++) {
    const at = pixel * channels;
    const red = data[at] as number;
    if (channels < 3) {
      grey[pixel] = red;
      continue;
    }
    const green = Math.fround((data[at + 1] as number) * share.green);
    const blue = Math.fround((data[at + 2] as number) * share.blue);
    grey[pixel] = Math.fround(Math.fround(red * share.red) + green) + blue;
  }
  return grey;
}

const share = { red: Math.fround(0.2989), green: Math.fround(0.587), blue: Math.fround(0.114) };

/** As uint8, whatever it was. */
export function toBytes(image: Image): Image {
  if (image.bound === 255) return image;
  // torchvision's way to give every byte the same share of [0, 1].
  const data = Uint8Array.from(image.data, (value) => Math.fround(value * 255.999));
  return { ...image, data, bound: 255 };
}

/** Bytes as the type of `like`. */
export function fromBytes(image: Image, like: Image): Image {
  if (like.bound === 255) return image;
  return { ...image, data: Float32Array.from(image.data, (value) => value / 255), bound: 1 };
}

/** Height and width of a sample's image. */
export function sizeOf({ x }: Sample): [height: number, width: number] {
  return [x.shape[0] as number, x.shape[1] as number];
}

/** An index mirrored at the first and last pixel, which are not repeated. */
export function reflect(index: number, size: number): number {
  if (size === 1) return 0;
  const period = 2 * (size - 1);
  const place = ((index % period) + period) % period;
  return place < size ? place : period - place;
}
