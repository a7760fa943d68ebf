// Does an explanation point at the object? Maps against masks of where it is.

import * as tf from "@tensorflow/tfjs";
import { type Explanation, mapsOf } from "../pictures/maps.ts";

export interface PointingGameOptions {
  /** How far from the object the largest value may lie, in pixels. Defaults to `0`; the paper takes 15. */
  tolerance?: number;
}

/**
 * Pointing game (Zhang et al. 2016): whether each map's largest value lies on the object.
 *
 * @param masks `[n, height, width]`, above 0 on the object. They stay the caller's.
 * @throws RangeError if the masks are not of the maps' shape, or one is empty.
 */
export function pointingGame(
  explanation: Explanation,
  masks: tf.Tensor,
  { tolerance = 0 }: PointingGameOptions = {},
): boolean[] {
  return eachMap(explanation, masks, (map, mask, width) => {
    const at = map.indexOf(map.reduce((most, value) => Math.max(most, value), -Infinity));
    const [row, column] = [Math.floor(at / width), at % width];
    return mask.some((value, pixel) => {
      const distance = Math.hypot(Math.floor(pixel / width) - row, (pixel % width) - column);
      return value > 0 && distance <= tolerance;
    });
  });
}

/**
 * Relevance mass accuracy (Arras et al. 2022): the share of the positive relevance that lies on the object.
 *
 * @param masks As for `pointingGame`.
 * @returns A share for each map; 0 where nothing is positive.
 * @throws RangeError as `pointingGame` does.
 */
export function relevanceMass(explanation: Explanation, masks: tf.Tensor): number[] {
  return eachMap(explanation, masks, (map, mask) => {
    let [inside, all] = [0, 0];
    map.forEach((value, pixel) => {
      const positive = Math.max(0, value);
      all += positive;
      if ((mask[pixel] as number) > 0) inside += positive;
    });
    return all > 0 ? inside / all : 0;
  });
}

/**
 * Relevance rank accuracy (Arras et al. 2022): of as many most relevant pixels as the object has, the share on it.
 *
 * @param masks As for `pointingGame`.
 * @throws RangeError as `pointingGame` does.
 */
export function relevanceRank(explanation: Explanation, masks: tf.Tensor): number[] {
  return eachMap(explanation, masks, (map, mask) => {
    const size = mask.filter((value) => value > 0).length;
    const ranked = Array.from(map.keys()).sort((a, b) => (map[b] as number) - (map[a] as number) || a - b);
    return ranked.slice(0, size).filter((pixel) => (mask[pixel] as number) > 0).length / size;
  });
}

/**
 * Sparseness (Chalasani et al. 2020): the Gini coefficient of the absolute values, from 0 (all alike) to nearly 1 (one
 * pixel has it all).
 *
 * @returns A number for each map; 0 where all is 0.
 */
export function sparseness(explanation: Explanation): number[] {
  return eachMap(explanation, undefined, (map) => {
    const sorted = Float64Array.from(map, Math.abs).sort();
    const total = sorted.reduce((sum, value) => sum + value, 0);
    if (total === 0) return 0;
    const size = sorted.length;
    const weighted = sorted.reduce((sum, value, index) => sum + (2 * (index + 1) - size - 1) * value, 0);
    return weighted / (size * total);
  });
}

function eachMap<T>(
  explanation: Explanation,
  masks: tf.Tensor | undefined,
  judge: (map: Float32Array, mask: Float32Array, width: number) => T,
): T[] {
  const { values } = mapsOf(explanation);
  try {
    const [count, height, width] = values.shape;
    if (masks && !tf.util.arraysEqual(masks.shape, values.shape)) {
      throw new RangeError(
        `The masks have the shape [${masks.shape}] and the maps [${values.shape}]; they must be alike.`,
      );
    }
    const [maps, where] = [values.dataSync() as Float32Array, masks?.dataSync()];
    const size = height * width;
    return Array.from({ length: count }, (_, index) => {
      const part = (all: ArrayLike<number> | undefined) =>
        Float32Array.from({ length: all ? size : 0 }, (_, pixel) => all?.[index * size + pixel] as number);
      const mask = part(where);
      if (masks && !mask.some((value) => value > 0)) {
        throw new RangeError(`Mask ${index} is empty; each needs a pixel above 0.`);
      }
      return judge(part(maps), mask, width);
    });
  } finally {
    values.dispose();
  }
}
