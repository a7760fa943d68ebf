// Maps laid over the images that they explain.

import * as tf from "@tensorflow/tfjs";
import type { Figure } from "../../plot/figure.ts";
import { type ImagesOptions, images } from "../../plot/images.ts";
import type { CamResult } from "./cam.ts";

export interface OverlayOptions extends Pick<ImagesOptions, "title" | "columns" | "captions" | "scale"> {
  /** How much the map covers the image, from 0 to 1. Defaults to `0.5`. */
  alpha?: number;
  /** Values of the images shown as black and white. Defaults to 0 and 1. */
  range?: readonly [low: number, high: number];
}

/**
 * Class activation maps over their images, from blue (no evidence) through green to red (most evidence).
 *
 * @param x The images explained, `[n, height, width, 1 | 3]`.
 * @throws RangeError if the images are not grey or in colour, or the maps not as many as the images or a multiple.
 */
export function overlay(x: tf.Tensor, result: CamResult, options: OverlayOptions = {}): Figure {
  const { alpha = 0.5, range = [0, 1], ...rest } = options;
  const [count = 0, , , channels] = x.shape;
  const maps = result.map.shape[0];
  if (x.rank !== 4 || (channels !== 1 && channels !== 3) || maps % count !== 0) {
    throw new RangeError(
      `The images have the shape [${x.shape}] and there are ${maps} maps; images are [n, height, width, 1 or 3], ` +
        `and each has the same number of maps.`,
    );
  }
  const blended = tf.tidy(() => {
    const shown = tf.clipByValue(tf.div(tf.sub(x, range[0]), range[1] - range[0]), 0, 1);
    const indices = Array.from({ length: maps }, (_, index) => Math.floor((index * count) / maps));
    const repeated = tf.gather(shown, tf.tensor1d(indices, "int32"));
    const colour = channels === 1 ? tf.tile(repeated, [1, 1, 1, 3]) : repeated;
    return tf.add(tf.mul(colour, 1 - alpha), tf.mul(rainbow(result.map), alpha));
  });
  const captions = result.scores.map((score, index) => {
    const name = result.classes ? `class ${result.classes[index]}: ` : "";
    return `${name}${score.toPrecision(3)}`;
  });
  try {
    return images(blended, { captions, ...rest });
  } finally {
    blended.dispose();
  }
}

/** Blue, cyan, green, yellow, red for 0 to 1. */
function rainbow(map: tf.Tensor): tf.Tensor {
  const channel = (centre: number) =>
    tf.clipByValue(tf.sub(1.5, tf.abs(tf.sub(tf.mul(map, 4), centre))), 0, 1);
  return tf.stack([channel(3), channel(2), channel(1)], -1);
}
