// Parts of data for training, validation and test: at random by seed, every class in proportion or every group whole
// where asked for.

import * as tf from "@tensorflow/tfjs";
import type { Examples, TensorPair } from "../examples.ts";
import { random } from "../random.ts";
import { type Columns, isExamples, sizeOf, takeColumn, takeExamples } from "../take.ts";
import { groups, type Labels } from "./labels.ts";

export interface SplitOptions {
  /** Size of each part, above 0, together 1. Defaults to `[0.8, 0.2]`. */
  fractions?: readonly number[];
  /** Keep the proportion of the classes: `true` for those of the data (its y or labels), or one label for each example. */
  stratify?: boolean | Labels;
  /** Group of each example, such as its patient: none is in two parts; the fractions then are of the groups. */
  groups?: Labels;
  /** Mix the examples first; without it the parts follow each other as in a series of time. Defaults to `true`. */
  shuffle?: boolean;
  /** Chooses which examples. Defaults to `0`. */
  seed?: number;
}

/** A data set whose parts are of its own kind. */
interface Selectable<Part> extends Examples {
  select(indices: ArrayLike<number>): Part;
}

/**
 * Split at random: `const [train, test] = split(data, { fractions: [0.8, 0.2], stratify: true, seed: 1 })`.
 *
 * Each part is in the order of the data; sizes differ from the fractions by less than one example, in total and, where
 * stratified, summed over the first parts of every class.
 *
 * @param data An array; columns of the same length by name, such as `{ x, y }`, of arrays, typed arrays or tensors (the
 *   parts' tensors are the caller's); a data set; or a number of examples, to get their indices.
 * @throws RangeError for fractions that don't add up to 1, an empty part, a class with fewer examples than parts, or
 *   options that don't fit each other.
 */
export function split(data: number, options?: SplitOptions): Int32Array[];
export function split<Item>(data: readonly Item[], options?: SplitOptions): Item[][];
export function split<Part>(data: Selectable<Part>, options?: SplitOptions): Part[];
export function split(data: Examples, options?: SplitOptions): Examples[];
export function split(data: TensorPair, options?: SplitOptions): TensorPair[];
export function split<Data extends Columns>(data: Data, options?: SplitOptions): Data[];
export function split(
  data: number | readonly unknown[] | Selectable<unknown> | Examples | TensorPair | Columns,
  options: SplitOptions = {},
): unknown[] {
  if (typeof data === "number") return splitIndices(data, options);
  if (Array.isArray(data)) {
    return splitIndices(data.length, options).map((part) => takeColumn(data, part));
  }
  if (isExamples(data)) {
    const labels = "labels" in data ? (data.labels as Labels) : undefined;
    return splitIndices(data.size, options, labels).map((part) =>
      "select" in data ? (data as Selectable<unknown>).select(part) : takeExamples(data, part),
    );
  }
  const columns = data as Columns;
  return splitIndices(sizeOf(columns), options, columns.y as Labels | undefined).map((part) =>
    Object.fromEntries(Object.entries(columns).map(([name, column]) => [name, takeColumn(column, part)])),
  );
}

function splitIndices(size: number, options: SplitOptions, labels?: Labels): Int32Array[] {
  const { fractions = [0.8, 0.2], stratify = false, shuffle = true, seed = 0 } = options;
  if (options.groups !== undefined) return splitGroups(size, options.groups, options);
  if (stratify !== false && !shuffle) {
    throw new RangeError("stratify needs the examples shuffled; leave out shuffle: false.");
  }
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
    shuffle ? source.permutation(members.length).map((place) => members[place] as number) : members,
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

function splitGroups(size: number, labels: Labels, options: SplitOptions): Int32Array[] {
  const { stratify = false, groups: _, ...rest } = options;
  if (stratify !== false) throw new RangeError("Both stratify and groups are given; choose one.");
  requireAsMany(size, labels, "groups");
  const members = [...groups(labels).values()];
  return splitIndices(members.length, rest).map((part) =>
    Int32Array.from([...part].flatMap((group) => [...(members[group] as Int32Array)])).sort(),
  );
}

function classesOf(size: number, stratify: boolean | Labels, labels: Labels | undefined) {
  if (stratify === false) {
    return new Map([["", Int32Array.from({ length: size }, (_, index) => index)]]);
  }
  const chosen = stratify === true ? labels : stratify;
  if (chosen === undefined) {
    throw new RangeError("stratify is true, but the data has no labels; give them: { stratify: labels }.");
  }
  requireAsMany(size, chosen, "labels to stratify by");
  return groups(chosen);
}

function requireAsMany(size: number, labels: Labels, what: string): void {
  const count = labels instanceof tf.Tensor ? labels.shape[0] : labels.length;
  if (count === size) return;
  throw new RangeError(`There are ${count} ${what} and ${size} examples; they must be as many.`);
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
