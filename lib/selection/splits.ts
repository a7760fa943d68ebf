// What all ways to split examples share: where the labels and groups come from, and how often to repeat.

import { type Label, type Labels, readLabels, requireSameLength } from "../metrics/values.ts";

/** Indices of the examples to learn from and of those to test on. */
export interface Split {
  train: number[];
  test: number[];
}

/** What a splitter may look at: how many examples there are, their classes, and which belong together. */
export interface SplitInput {
  /** Number of examples; not needed if there are classes or groups. */
  size?: number;
  /** The class of each example, `[n]`. */
  y?: Labels;
  /** The group of each example, `[n]`, such as the patient that an image is of. */
  groups?: Labels;
}

/** A way to split examples into parts to learn from and parts to test on. */
export interface Splitter {
  /** The splits of so many examples, or of examples with such classes or groups; the same every time. */
  split(examples: number | SplitInput): Split[];
}

/** A split input that was read and checked. */
export interface ReadInput {
  size: number;
  labels: () => Label[];
  groups: () => Label[];
}

/**
 * A splitter that reads and checks its input before `split` sees it.
 *
 * @param needs Name of the splitter, for its errors.
 */
export function splitter(name: string, split: (input: ReadInput) => Split[]): Splitter {
  return { split: (examples) => split(readInput(name, examples)) };
}

function readInput(name: string, examples: number | SplitInput): ReadInput {
  const { size, y, groups } = typeof examples === "number" ? { size: examples } : examples;
  const read: Record<string, Label[]> = {};
  if (y !== undefined) read.y = readLabels("y", y);
  if (groups !== undefined) read.groups = readLabels("groups", groups);
  const lengths: Record<string, number> = size === undefined ? {} : { size };
  for (const [key, labels] of Object.entries(read)) lengths[key] = labels.length;
  const [count] = Object.values(lengths);
  if (count === undefined)
    throw new RangeError(`${name} needs to know size, y or groups; it got none of them.`);
  requireSameLength(lengths);
  if (!Number.isSafeInteger(count) || count < 2) {
    throw new RangeError(`${name} got ${count} examples; it needs at least 2 to split.`);
  }
  const need = (key: "y" | "groups") => () => {
    const labels = read[key];
    if (labels) return labels;
    throw new RangeError(`${name} needs ${key}, the ${key === "y" ? "class" : "group"} of each example.`);
  };
  return { size: count, labels: need("y"), groups: need("groups") };
}

/** The split that tests on the examples for which `inTest` holds; both parts in rising order. */
export function splitBy(size: number, inTest: (index: number) => boolean): Split {
  const split: Split = { train: [], test: [] };
  for (let index = 0; index < size; index++) (inTest(index) ? split.test : split.train).push(index);
  return split;
}

/** Indices of the examples of each label, in the order in which the labels first appear. */
export function indicesByLabel(labels: readonly Label[]): Map<Label, number[]> {
  const byLabel = new Map<Label, number[]>();
  for (const [index, label] of labels.entries()) {
    const indices = byLabel.get(label);
    if (indices) indices.push(index);
    else byLabel.set(label, [index]);
  }
  return byLabel;
}

/** @throws RangeError if there are fewer things than folds. */
export function requireEnough(what: string, count: number, folds: number): void {
  if (count < folds) {
    throw new RangeError(
      `There are ${count} ${what} and ${folds} folds; there must be at least one for each fold.`,
    );
  }
}
