// Class labels as splits and samplers read them: arrays or a tensor, grouped by class.

import * as tf from "@tensorflow/tfjs";
import type { Category } from "./one-hot.ts";

/** One class for each example. */
export type Labels = ArrayLike<Category> | tf.Tensor;

/** The examples of each class, classes in order of their value or name. */
export function groups(labels: Labels): Map<Category, Int32Array> {
  const values = labels instanceof tf.Tensor ? labelsOf(labels) : labels;
  if (values.length === 0) throw new RangeError("There are no labels.");
  const members = new Map<Category, number[]>();
  for (let index = 0; index < values.length; index++) {
    const label = values[index] as Category;
    if (label === undefined || label === null || Number.isNaN(label)) {
      throw new RangeError(`Label ${index} is ${label}; every example needs a class.`);
    }
    const group = members.get(label);
    if (group) group.push(index);
    else members.set(label, [index]);
  }
  const sorted = [...members].sort(([a], [b]) =>
    typeof a === "number" && typeof b === "number" ? a - b : String(a) < String(b) ? -1 : 1,
  );
  return new Map(sorted.map(([label, indices]) => [label, Int32Array.from(indices)]));
}

// One-hot rows count as their class.
function labelsOf(labels: tf.Tensor): ArrayLike<number> {
  const last = labels.shape.at(-1) ?? 1;
  if (labels.rank === 1 || (labels.rank === 2 && last === 1)) return labels.dataSync();
  if (labels.rank !== 2) {
    throw new RangeError(`Labels have the shape [${labels.shape}]; they must be [examples] or one-hot rows.`);
  }
  return tf.tidy(() => labels.argMax(-1).dataSync());
}
