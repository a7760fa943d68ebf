// A grid of small images: photographs in grey or colour, or signed numbers (weights, relevance) in blue,
// white and red.

import type * as tf from "@tensorflow/tfjs";
import type { Figure } from "./figure.ts";
import { type GridOptions, grid } from "./grid.ts";
import { type ImageBytes, type PictureOptions, toPictures } from "./pictures.ts";

export interface ImagesOptions extends GridOptions, PictureOptions {}

/**
 * Show images side by side.
 *
 * @param images A tensor `[n, height, width]` or `[n, height, width, 1 | 3]`, or images as bytes. A tensor stays
 *   the caller's.
 * @throws RangeError if the shape is not one of these, there is no image, or the captions are not as many.
 */
export function images(images: tf.Tensor | ImageBytes, options: ImagesOptions = {}): Figure {
  return grid(toPictures(images, options), options);
}
