// Occlusion (Zeiler and Fergus 2014): cover a window of the input and see how much of the score goes.

import * as tf from "@tensorflow/tfjs";
import { inBatches } from "../batches.ts";
import {
  type Attribution,
  type AttributionOptions,
  baselineOf,
  finish,
  fixedTarget,
  scoresOf,
} from "./attribution.ts";

export interface OcclusionOptions extends AttributionOptions {
  /**
   * Size of the window along each axis but the channels (of a vector: along its one axis). A number counts for all.
   * Defaults to `3`.
   */
  window?: number | readonly number[];
  /** Steps between windows. Defaults to `1`. */
  stride?: number | readonly number[];
  /** What the window is filled with: a number, or a tensor that broadcasts to the input. Defaults to `0`. */
  fill?: number | tf.Tensor;
  /** Windows tried at a time. Defaults to `32`. */
  batchSize?: number;
  signal?: AbortSignal;
}

/**
 * Occlusion: for each input the mean loss of score over the windows that cover it.
 *
 * @throws RangeError if the window or the stride does not fit the input.
 */
export async function occlusion(
  model: tf.LayersModel,
  x: tf.Tensor,
  options: OcclusionOptions = {},
): Promise<Attribution> {
  const { output, window = 3, stride = 1, fill = 0, batchSize = 32, signal } = options;
  // All channels of a place are covered together.
  const sizes = x.rank === 2 ? x.shape.slice(1) : x.shape.slice(1, -1);
  const [windows, strides] = [perAxis("window", window, sizes), perAxis("stride", stride, sizes)];
  const masks = coverings(sizes, windows, strides);
  const target = await fixedTarget(model, x, options);
  const maskShape = x.rank === 2 ? sizes : [...sizes, 1];
  const scores = tf.tidy(() => scoresOf(model, x, target, output));
  let total = tf.zeros(x.shape);
  try {
    const count = x.shape[0] as number;
    const piece = Math.max(1, Math.floor(batchSize / count));
    await inBatches(masks.length, piece, signal, (start, end) => {
      const next = tf.tidy(() => {
        const chosen = masks.slice(start, end);
        const covered = tf.tensor(Float32Array.from(chosen.flatMap((mask) => [...mask])), [
          chosen.length,
          1,
          ...maskShape,
        ]);
        const kept = tf.mul(tf.expandDims(x, 0), tf.sub(1, covered));
        const seen = tf.add(kept, tf.mul(tf.expandDims(baselineOf(fill, x), 0), covered));
        const repeated = Array.isArray(target) ? chosen.flatMap(() => target as number[]) : target;
        const without = scoresOf(model, tf.reshape(seen, [-1, ...x.shape.slice(1)]), repeated, output);
        const losses = tf.sub(scores, tf.reshape(without, [chosen.length, count]));
        const weighted = tf.mul(
          tf.reshape(losses, [chosen.length, count, ...maskShape.map(() => 1)]),
          covered,
        );
        return tf.add(total, tf.sum(weighted, 0));
      });
      total.dispose();
      total = next;
    });
    const attribution = tf.tidy(() => {
      const times = new Float32Array(masks[0]?.length ?? 0);
      for (const mask of masks)
        for (const [index, value] of mask.entries()) times[index] = (times[index] as number) + value;
      // Places that no window covers have lost nothing.
      return tf.divNoNan(total, tf.tensor(times, [1, ...maskShape]));
    });
    return await finish({ attribution, scores: scores.clone() });
  } finally {
    tf.dispose([total, scores]);
  }
}

function perAxis(name: string, value: number | readonly number[], sizes: readonly number[]): number[] {
  const values = typeof value === "number" ? sizes.map(() => value) : [...value];
  const fits =
    values.length === sizes.length &&
    values.every(
      (one, axis) =>
        Number.isInteger(one) && one >= 1 && (name === "stride" || one <= (sizes[axis] as number)),
    );
  if (fits) return values;
  throw new RangeError(
    `${name} is ${value}; for an input of ${sizes.join(" × ")} it takes ${sizes.length} whole numbers from 1 on` +
      `${name === "window" ? ", none larger than the input" : ""}.`,
  );
}

/** The windows as masks of 0 and 1; the last of an axis may reach over the edge. */
function coverings(sizes: readonly number[], windows: number[], strides: number[]): Float32Array[] {
  const starts = sizes.map((size, axis) => {
    const [window, stride] = [windows[axis] as number, strides[axis] as number];
    return Array.from({ length: 1 + Math.ceil((size - window) / stride) }, (_, index) => index * stride);
  });
  const corners = starts.reduce<number[][]>(
    (found, axis) => found.flatMap((corner) => axis.map((start) => [...corner, start])),
    [[]],
  );
  const volume = sizes.reduce((all, size) => all * size, 1);
  return corners.map((corner) =>
    Float32Array.from({ length: volume }, (_, index) => {
      let rest = index;
      for (let axis = sizes.length - 1; axis >= 0; axis--) {
        const position = rest % (sizes[axis] as number);
        rest = Math.floor(rest / (sizes[axis] as number));
        const start = corner[axis] as number;
        if (position < start || position >= start + (windows[axis] as number)) return 0;
      }
      return 1;
    }),
  );
}
