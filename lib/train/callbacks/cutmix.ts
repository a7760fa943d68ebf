// CutMix (Yun et al., 2019): a rectangle of another image is pasted in, and its target counts by the rectangle's area.

import * as tf from "@tensorflow/tfjs";
import { beta } from "../../data/beta.ts";
import type { RandomSource } from "../../data/random.ts";
import type { FitCallback } from "../callback.ts";
import { mixBatch } from "./mix.ts";

export interface CutmixOptions {
  /** Of the distribution Beta(alpha, alpha) that the area is drawn from. Defaults to `1`: all areas alike. */
  alpha?: number;
}

/** Paste a rectangle of another image of the batch into each one; targets as with `mixup`. Images are `[n, h, w, c]`. */
export function cutmix({ alpha = 1 }: CutmixOptions = {}): FitCallback {
  if (!(alpha > 0)) throw new RangeError(`alpha is ${alpha}; it must be a number above 0.`);
  let classes = 1;
  return {
    name: "cutmix",
    softTargets: true,
    onStart({ model }) {
      classes = model.outputs[0]?.shape.at(-1) ?? 1;
    },
    onBatch: (batch, random) =>
      mixBatch(batch, classes, random, (own, other) => {
        if (own.rank !== 4) {
          throw new RangeError(
            `cutmix needs images, [n, height, width, channels]; x has the shape [${own.shape}].`,
          );
        }
        const [, height, width] = own.shape as [number, number, number, number];
        const side = Math.sqrt(1 - beta(alpha, random));
        const [top, bottom] = interval(height, side, random);
        const [left, right] = interval(width, side, random);
        const mask = tf.pad(tf.ones([1, bottom - top, right - left, 1]), [
          [0, 0],
          [top, height - bottom],
          [left, width - right],
          [0, 0],
        ]);
        const mixed = own.mul(tf.sub(1, mask)).add(other.mul(mask));
        return { mixed, part: 1 - ((bottom - top) * (right - left)) / (height * width) };
      }),
  };
}

/** A part of the way around a random middle, cut off at the edges. */
function interval(length: number, part: number, random: RandomSource): [from: number, to: number] {
  const middle = random.integer(length);
  const half = Math.floor((length * part) / 2);
  return [Math.max(0, middle - half), Math.min(length, middle + half)];
}
