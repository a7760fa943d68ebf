// Parts of data for training, validation and test: at random by seed, every class in proportion where asked for.

import * as tf from "@tensorflow/tfjs";
import type { TensorPair } from "../examples.ts";
import { LabelledImages } from "../labelled-images.ts";
import { random } from "../random.ts";
import { groups, type Labels } from "./labels.ts";

/** Inputs and targets of the same number of examples. */
interface Columns<X, Y> {
  x: readonly X[];
  y: readonly Y[];
}

export interface SplitOptions {
  /** Size of each part, above 0, together 1. Defaults to `[0.8, 0.2]`. */
  fractions?: readonly number[];
  /** Keep the proportion of the classes: `true` for those of the data (its y or labels), or one label for each example. */
  stratify?: boolean | Labels;
  /** Chooses which examples. Defaults to `0`. */
  seed?: number;
}

/**
 * Split at random: `const [train, test] = split(data, { fractions: [0.8, 0.2], stratify: true, seed: 1 })`.
 *
 * Each part is in the order of the data; sizes differ from the fractions by less than one example, in total and, where
 * stratified, summed over the first parts of every class.
 *
 * @param data An array; `{ x, y }` of arrays or of tensors (the parts' tensors are the caller's); labelled images; or
 *   a number of examples, to get their indices.
 * @throws RangeError for fractions that don't add up to 1, an empty part, or a class with fewer examples than parts.
 */
export function split(data: LabelledImages, options?: SplitOptions): LabelledImages[];
export function split(data: number, options?: SplitOptions): Int32Array[];
export function split<Item>(data: readonly Item[], options?: SplitOptions): Item[][];
export function split(data: TensorPair, options?: SplitOptions): TensorPair[];
export function split<X, Y>(data: Columns<X, Y>, options?: SplitOptions): { x: X[]; y: Y[] }[];
export function split(
  data: LabelledImages | number | readonly unknown[] | TensorPair | Columns<unknown, unknown>,
  options: SplitOptions = {},
): unknown[] {
  if (typeof data === "number") return splitIndices(data, options);
  if (data instanceof LabelledImages) {
    return splitIndices(data.size, options, data.labels).map((part) => data.select(part));
  }
  if (Array.isArray(data)) {
    return splitIndices(data.length, options).map((part) => pick(data, part));
  }
  const { x, y } = data as TensorPair | Columns<unknown, unknown>;
  const sizes = [x, y].map((each) => (each instanceof tf.Tensor ? each.shape[0] : each.length));
  if (sizes[0] !== sizes[1]) {
    throw new RangeError(`x has ${sizes[0]} examples and y has ${sizes[1]}; they must be as many.`);
  }
  const parts = splitIndices(sizes[0] as number, options, y as Labels);
  if (x instanceof tf.Tensor && y instanceof tf.Tensor) {
    return parts.map((part) =>
      tf.tidy(() => {
        const rows = tf.tensor1d(part, "int32");
        return { x: tf.gather(x, rows), y: tf.gather(y, rows) };
      }),
    );
  }
  return parts.map((part) => ({ x: pick(x as unknown[], part), y: pick(y as unknown[], part) }));
}

function splitIndices(size: number, options: SplitOptions, labels?: Labels): Int32Array[] {
  const { fractions = [0.8, 0.2], stratify = false, seed = 0 } = options;
  const sum = fractions.reduce((total, fraction) => total + fraction, 0);
  if (fractions.length < 2 || !fractions.every((fraction) => fraction > 0) || Math.abs(sum - 1) > 1e-9) {
    throw new RangeError(
      `fractions are [${fractions}], together ${sum}; they must be at least two numbers above 0 that add up to 1, ` +
        "such as [0.8, 0.2].",
    );
  }
  const classes = classesOf(size, stratify, labels);
  if (stratify !== false) {
    for (const [label, members] of classes) {
      if (members.length >= fractions.length) continue;
      throw new RangeError(
        `Class ${JSON.stringify(label)} has ${members.length} of the ${size} examples; with ${fractions.length} parts ` +
          "every class needs at least as many. Leave stratify out, or merge rare classes.",
      );
    }
  }
  const source = random(seed);
  const shuffled = [...classes.values()].map((members) =>
    source.permutation(members.length).map((place) => members[place] as number),
  );
  const given = shuffled.map(() => 0);
  let reached = 0;
  let before = 0;
  return fractions.map((fraction, part) => {
    reached += fraction;
    const end = part === fractions.length - 1 ? size : Math.round(size * reached);
    const counts = shares(
      shuffled.map((members, each) => members.length * reached - (given[each] as number)),
      end - before,
    );
    before = end;
    const indices = shuffled.flatMap((members, each) => {
      const start = given[each] as number;
      given[each] = start + (counts[each] as number);
      return [...members.subarray(start, given[each])];
    });
    if (indices.length === 0) {
      throw new RangeError(
        `Part ${part} would be empty: ${fraction} of ${size} examples. Give it a larger fraction.`,
      );
    }
    return Int32Array.from(indices).sort();
  });
}

function classesOf(size: number, stratify: boolean | Labels, labels: Labels | undefined) {
  if (stratify === false) {
    return new Map([["", Int32Array.from({ length: size }, (_, index) => index)]]);
  }
  const chosen = stratify === true ? labels : stratify;
  if (chosen === undefined) {
    throw new RangeError("stratify is true, but the data has no labels; give them: { stratify: labels }.");
  }
  const count = chosen instanceof tf.Tensor ? chosen.shape[0] : chosen.length;
  if (count !== size) {
    throw new RangeError(
      `There are ${count} labels to stratify by and ${size} examples; they must be as many.`,
    );
  }
  return groups(chosen);
}

// Whole numbers that sum to `total`, each the wanted one rounded up or down: largest remainders go up (Hamilton).
function shares(wanted: number[], total: number): number[] {
  const counts = wanted.map((want) => Math.max(0, Math.floor(want + 1e-9)));
  const order = wanted
    .map((want, index) => ({ index, remainder: want - (counts[index] as number) }))
    .sort((a, b) => b.remainder - a.remainder);
  let missing = total - counts.reduce((sum, count) => sum + count, 0);
  for (let turn = 0; missing > 0; turn++, missing--) {
    const { index } = order[turn % order.length] as { index: number };
    counts[index] = (counts[index] as number) + 1;
  }
  return counts;
}

function pick<Item>(items: readonly Item[], indices: Int32Array): Item[] {
  return Array.from(indices, (index) => items[index] as Item);
}
