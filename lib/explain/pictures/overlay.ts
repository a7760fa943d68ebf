// Maps laid over the images that they explain.

import * as tf from "@tensorflow/tfjs";
import type { ColourName } from "../../plot/colours.ts";
import type { Figure } from "../../plot/figure.ts";
import { type GridOptions, grid } from "../../plot/grid.ts";
import { type Picture, toPictures } from "../../plot/pictures.ts";
import { captionsOf, describeMaps, type Explanation, mapsOf } from "./maps.ts";

export interface OverlayOptions extends Omit<GridOptions, "text" | "colourBar"> {
  /** How much the map covers the image, from 0 to 1. Defaults to `0.5`. */
  alpha?: number;
  /** Values of the images shown as black and white. Defaults to 0 and 1. */
  range?: readonly [low: number, high: number];
  /** Colours of class activation maps; signed maps are blue and red. Defaults to `"viridis"`. */
  colours?: ColourName;
}

/**
 * Explanations over their images. Class activation maps go from dark (no evidence) to bright; other maps cover the
 * image the more the larger their values are, red for and blue against what is explained.
 *
 * @param x The images explained, `[n, height, width, 1 | 3]`.
 * @throws RangeError if the images are not grey or in colour, or the maps not as many as the images or a multiple,
 *   or of another size.
 */
export function overlay(x: tf.Tensor, explanation: Explanation, options: OverlayOptions = {}): Figure {
  const { alpha = 0.5, range = [0, 1], colours = "viridis" } = options;
  const isCam = !(explanation instanceof tf.Tensor) && "raw" in explanation;
  const maps = mapsOf(explanation);
  const shown = isCam ? explanation.map : maps.values;
  try {
    const [count = 0, height, width, channels] = x.shape;
    const [times, ...size] = shown.shape;
    const fits = size[0] === height && size[1] === width && times % count === 0;
    if (x.rank !== 4 || (channels !== 1 && channels !== 3) || !fits) {
      throw new RangeError(
        `The images have the shape [${x.shape}] and the maps [${shown.shape}]; images are ` +
          `[n, height, width, 1 or 3], and each has the same number of maps of its size.`,
      );
    }
    const images = toPictures(x, { range });
    const layers = isCam
      ? toPictures(shown, { colours, range: [0, 1] })
      : toPictures(shown, { colours: "diverging", scaling: "each" });
    const values = shown.dataSync();
    const blended = layers.map((layer, index): Picture => {
      const image = images[Math.floor((index * count) / times)] as Picture;
      const own = values.subarray(
        index * layer.width * layer.height,
        (index + 1) * layer.width * layer.height,
      );
      return blend(image, layer, isCam ? () => alpha : strength(own, alpha));
    });
    return grid(blended, {
      captions: captionsOf(maps),
      ...options,
      text: describeMaps(maps, options.title ?? "Overlay"),
    });
  } finally {
    maps.values.dispose();
  }
}

/** How much each pixel is covered: all the more, the larger its value; twice `alpha` at the largest. */
function strength(values: ArrayLike<number>, alpha: number): (pixel: number) => number {
  const largest = Array.from(values).reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
  return (pixel) => Math.min(1, (2 * alpha * Math.abs(values[pixel] as number)) / largest);
}

function blend(below: Picture, above: Picture, cover: (pixel: number) => number): Picture {
  const data = below.data.map((value, index) => {
    const part = cover(Math.floor(index / 3));
    return Math.round(value * (1 - part) + (above.data[index] as number) * part);
  });
  return { width: below.width, height: below.height, data };
}
