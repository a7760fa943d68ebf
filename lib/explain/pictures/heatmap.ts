// Signed maps as pictures: red speaks for what is explained, blue against it, and white is exactly 0.

import * as tf from "@tensorflow/tfjs";
import type { ColourName } from "../../plot/colours.ts";
import type { Figure } from "../../plot/figure.ts";
import { type GridOptions, grid } from "../../plot/grid.ts";
import { type Picture, toPictures } from "../../plot/pictures.ts";
import { captionsOf, describeMaps, type Explanation, mapsOf } from "./maps.ts";

export interface ImgifyOptions {
  /** Defaults to `"diverging"`: blue, white at exactly 0, red. */
  colours?: ColourName;
  /** Whether each map's colours end at its own largest value or at that of all. Defaults to `"each"`. */
  scaling?: "together" | "each";
  /** Values of the first and the last colour, instead of those that are found. */
  range?: readonly [low: number, high: number];
  /** Share of the values of a map that may lie beyond the last colour, such as 0.01. Defaults to `0`. */
  clip?: number;
}

export interface HeatmapOptions extends ImgifyOptions, Omit<GridOptions, "text"> {}

/**
 * Pixels of an explanation's maps, for `plot.grid`.
 *
 * @throws RangeError if the explanation has no maps, or `clip` is not from 0 to below 1.
 */
export function imgify(explanation: Explanation, options: ImgifyOptions = {}): Picture[] {
  const { values } = mapsOf(explanation);
  try {
    return picturesOf(values, options);
  } finally {
    values.dispose();
  }
}

/**
 * Heat maps of an explanation: an LRP result, an attribution, class activation maps, or a tensor.
 *
 * The values of all channels of a pixel are added up. `text/plain` tells sum, minimum, maximum and explained logit.
 *
 * @throws RangeError as `imgify` does.
 */
export function heatmap(explanation: Explanation, options: HeatmapOptions = {}): Figure {
  const maps = mapsOf(explanation);
  try {
    const pictures = picturesOf(maps.values, options);
    return grid(pictures, {
      captions: captionsOf(maps),
      colourBar: true,
      ...options,
      text: describeMaps(maps, options.title),
    });
  } finally {
    maps.values.dispose();
  }
}

function picturesOf(values: tf.Tensor3D, options: ImgifyOptions): Picture[] {
  const { colours = "diverging", scaling = "each", range, clip = 0 } = options;
  if (!(clip >= 0 && clip < 1)) throw new RangeError(`clip is ${clip}; it must be from 0 to below 1.`);
  if (clip === 0 || range) return toPictures(values, { colours, scaling, range });
  const [count, height, width] = values.shape;
  const clipped = tf.tidy(() => {
    const flat = tf.reshape(values, scaling === "each" ? [count, -1] : [1, -1]);
    const size = flat.shape[1] as number;
    // The largest absolute value but for the share that is clipped.
    const kept = tf.topk(tf.abs(flat), Math.min(size, Math.floor(clip * size) + 1)).values;
    const bound = tf.slice(kept, [0, (kept.shape[1] as number) - 1], [-1, 1]);
    return tf.reshape(tf.maximum(tf.minimum(flat, bound), tf.neg(bound)), [count, height, width]);
  });
  try {
    return toPictures(clipped, { colours, scaling });
  } finally {
    clipped.dispose();
  }
}
