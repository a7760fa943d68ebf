// Explanations of any kind as maps with a value a pixel, and what can be said of them in words.

import * as tf from "@tensorflow/tfjs";
import type { CamResult } from "../cam/cam.ts";
import type { Attribution } from "../gradients/attribution.ts";
import type { LrpResult } from "../lrp/lrp.ts";

/** What can be drawn: the result of any way of explaining, or a tensor of its values. */
export type Explanation = tf.Tensor | LrpResult | Attribution | CamResult;

export interface Maps {
  /** `[n, height, width]`: what each pixel speaks for (above 0) or against; the caller's. */
  values: tf.Tensor3D;
  /** Explained logit of each map, where it is known. */
  scores?: readonly number[];
  /** Explained class of each map, where it is one. */
  classes?: readonly number[];
}

/**
 * Maps of an explanation; the channels of a pixel add up.
 *
 * @throws RangeError unless the values are `[n, width]`, `[n, height, width]` or `[n, height, width, channels]`.
 */
export function mapsOf(explanation: Explanation): Maps {
  const { values, scores, classes } = parts(explanation);
  const { rank, shape } = values;
  if (rank < 2 || rank > 4 || shape.includes(0)) {
    throw new RangeError(
      `The explanation has the shape [${shape}]; a map needs [n, width], [n, height, width] or ` +
        `[n, height, width, channels].`,
    );
  }
  const maps = tf.tidy(() => {
    if (rank === 4) return tf.sum(values, -1);
    return rank === 3 ? tf.clone(values) : tf.expandDims(values, 1);
  });
  return { values: maps as tf.Tensor3D, scores, classes };
}

function parts(explanation: Explanation): Omit<Maps, "values"> & { values: tf.Tensor } {
  if (explanation instanceof tf.Tensor) return { values: explanation };
  const { scores } = explanation;
  if ("relevance" in explanation) {
    return { values: explanation.relevance, scores, classes: explanation.target };
  }
  if ("raw" in explanation) return { values: explanation.raw, scores, classes: explanation.classes };
  return { values: explanation.attribution, scores };
}

/** What stands under each map: its class and logit, as far as they are known. */
export function captionsOf({ scores, classes }: Maps): string[] | undefined {
  return scores?.map((score, index) => {
    const name = classes ? `class ${classes[index]}: ` : "";
    return `${name}${short(score)}`;
  });
}

const most = 10;

/** A line a map: the sum, the smallest and the largest value, and the explained logit. */
export function describeMaps(maps: Maps, title = "Heat map"): string {
  const [count, height, width] = maps.values.shape;
  const [sums, lows, highs] = tf.tidy(() =>
    [tf.sum, tf.min, tf.max].map((reduce) => [...reduce(maps.values, [1, 2]).dataSync()]),
  ) as [number[], number[], number[]];
  const lines = sums.slice(0, most).map((sum, index) => {
    const chosen = maps.classes ? ` of class ${maps.classes[index]}` : "";
    const logit = maps.scores ? `, explained logit${chosen} ${short(maps.scores[index] as number)}` : "";
    return `sum ${short(sum)}, minimum ${short(lows[index] as number)}, maximum ${short(highs[index] as number)}${logit}`;
  });
  const numbered = count === 1 ? lines : lines.map((line, index) => `\n  ${index}: ${line}`);
  const rest = count > most ? `\n  … and ${count - most} more` : "";
  return `${title}, ${count === 1 ? "" : `${count} of `}${height} × ${width}: ${numbered.join("")}${rest}`;
}

function short(value: number): string {
  return String(Number(value.toPrecision(4)));
}
