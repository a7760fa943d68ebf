// Numbers as coloured pixels: images in grey or colour, and maps of values by a scale of colours.

import * as tf from "@tensorflow/tfjs";
import { requireOneOf } from "../data/nearest.ts";
import { type ColourName, colourMaps, requireColours } from "./colours.ts";

/** Images with bytes 0 to 255, such as a split of a data set. */
export interface ImageBytes {
  images: Uint8Array;
  /** Shape of one image: height, width, channels. */
  shape: readonly [height: number, width: number, channels: number];
}

/** Pixels of one image, and the scale of colours they were made by. */
export interface Picture {
  width: number;
  height: number;
  /** Red, green and blue of each pixel, row by row. */
  data: Uint8Array;
  /** What the colours mean; images in colour have none. */
  scale?: ColourScale;
}

export interface ColourScale {
  colours: ColourName;
  range: readonly [low: number, high: number];
}

export interface PictureOptions {
  /**
   * `"grey"` for brightness, `"diverging"` for signed values with white at 0, `"viridis"` or `"inferno"` for values
   * from 0 on. Defaults to `"grey"`. Colour images ignore it.
   */
  colours?: ColourName;
  /**
   * Values shown by the first and the last colour (grey: black and white). Defaults to 0 and 1 for grey and colour
   * images, to the largest absolute value downwards and upwards for diverging colours, and else to the smallest and
   * the largest value.
   */
  range?: readonly [low: number, high: number];
  /** Whether images without a `range` are scaled together or each by itself. Defaults to `"together"`. */
  scaling?: "together" | "each";
}

/**
 * Pixels of images.
 *
 * @param images A tensor `[n, height, width]` or `[n, height, width, 1 | 3]`, or images as bytes. A tensor stays
 *   the caller's.
 * @throws RangeError if the shape is not one of these, or there is no image.
 */
export function toPictures(images: tf.Tensor | ImageBytes, options: PictureOptions = {}): Picture[] {
  const { values, count, height, width, channels } = toValues(images);
  const { colours = "grey", scaling = "together" } = options;
  requireOneOf("scaling", scaling, ["together", "each"]);
  requireColours(colours);
  const size = height * width * channels;
  const common = options.range ?? (scaling === "together" ? defaultRange(values, colours) : undefined);
  return Array.from({ length: count }, (_, index) => {
    const own = values.subarray(index * size, (index + 1) * size);
    const range = common ?? defaultRange(own, colours);
    const level = (value: number) =>
      Math.min(1, Math.max(0, (value - range[0]) / (range[1] - range[0] || 1)));
    if (channels === 3) {
      return { width, height, data: Uint8Array.from(own, (value) => Math.round(255 * level(value))) };
    }
    const data = new Uint8Array(size * 3);
    own.forEach((value, pixel) => {
      data.set(colourMaps[colours](level(value)), pixel * 3);
    });
    return { width, height, data, scale: { colours, range } };
  });
}

interface Values {
  values: Float32Array;
  count: number;
  height: number;
  width: number;
  channels: number;
}

function toValues(source: tf.Tensor | ImageBytes): Values {
  if (!(source instanceof tf.Tensor)) {
    const [height, width, channels] = source.shape;
    const count = source.images.length / (height * width * channels);
    return checked(
      { values: Float32Array.from(source.images, (value) => value / 255), count, height, width, channels },
      source.shape,
    );
  }
  const [count = 0, height = 0, width = 0, channels = 1] = source.shape;
  if (source.rank !== 3 && source.rank !== 4) {
    throw new RangeError(
      `The tensor has the shape [${source.shape}]; images are [n, height, width] or [n, height, width, 1 or 3].`,
    );
  }
  return checked(
    { values: Float32Array.from(source.dataSync()), count, height, width, channels },
    source.shape,
  );
}

function checked(values: Values, shape: readonly number[]): Values {
  const { count, channels } = values;
  if (!(Number.isInteger(count) && count > 0 && (channels === 1 || channels === 3))) {
    throw new RangeError(
      `Found ${count} images, shape [${shape}]; at least one image with 1 or 3 channels is needed.`,
    );
  }
  return values;
}

function defaultRange(values: Float32Array, colours: ColourName): readonly [number, number] {
  if (colours === "grey") return [0, 1];
  const largest = values.reduce((found, value) => Math.max(found, value), -Infinity);
  const smallest = values.reduce((found, value) => Math.min(found, value), Infinity);
  if (colours !== "diverging") return [smallest, largest];
  const most = Math.max(largest, -smallest) || 1;
  return [-most, most];
}
