// One split into a part to learn from and a part to test on.

import type { Examples } from "../data/examples.ts";
import { type RandomSource, random } from "../data/random.ts";
import { type Label, type Labels, readLabels, requireSameLength } from "../metrics/values.ts";
import { indicesByLabel, type Split, splitBy } from "./splits.ts";
import { type Columns, isExamples, sizeOf, takeColumn, takeExamples } from "./take.ts";

export interface TrainTestSplitOptions {
  /** Part of the examples to test on, between 0 and 1, or their number. Defaults to `0.25`. */
  test?: number;
  /** Class of each example, `[n]`: both parts get every class's share, give or take one example. */
  stratify?: Labels;
  /** Group of each example, `[n]`: none is in both parts; `test` then is the part or number of groups. */
  groups?: Labels;
  /** Mix the examples first; without it the last ones are the test. Defaults to `true`. */
  shuffle?: boolean;
  /** Seed of the shuffle. Defaults to `0`. */
  seed?: number;
}

/**
 * Split examples in two: `const { train, test } = trainTestSplit({ x, y }, { test: 0.2, stratify: y })`.
 *
 * @param data Columns (arrays, typed arrays, tensors) of the same length, a data set, or the number of examples.
 * @returns Both parts in the same form, tensors being the caller's to dispose; for a number the indices.
 * @throws RangeError if a part would be empty, or the options don't fit the data or each other.
 */
export function trainTestSplit(data: number, options?: TrainTestSplitOptions): Split;
export function trainTestSplit(
  data: Examples,
  options?: TrainTestSplitOptions,
): { train: Examples; test: Examples };
export function trainTestSplit<Data extends Columns>(
  data: Data,
  options?: TrainTestSplitOptions,
): { train: Data; test: Data };
export function trainTestSplit(data: number | Examples | Columns, options: TrainTestSplitOptions = {}) {
  if (typeof data === "number") return splitIndices(data, options);
  if (isExamples(data)) {
    const { train, test } = splitIndices(data.size, options);
    return { train: takeExamples(data, train), test: takeExamples(data, test) };
  }
  const { train, test } = splitIndices(sizeOf(data), options);
  const take = (indices: number[]) =>
    Object.fromEntries(Object.entries(data).map(([name, column]) => [name, takeColumn(column, indices)]));
  return { train: take(train), test: take(test) };
}

function splitIndices(size: number, options: TrainTestSplitOptions): Split {
  const { stratify, groups, shuffle = true, seed } = options;
  const source = random(seed);
  if (stratify !== undefined && groups !== undefined) {
    throw new RangeError("Both stratify and groups are given; choose one.");
  }
  if (stratify !== undefined && !shuffle) {
    throw new RangeError("stratify needs the examples shuffled; leave out shuffle: false.");
  }
  if (groups !== undefined) {
    const labels = readLabels("groups", groups);
    requireSameLength({ data: size, groups: labels.length });
    const names = [...indicesByLabel(labels).keys()];
    const { test } = splitAtRandom(names.length, "groups", options, source);
    const tested = new Set(test.map((index) => names[index]));
    return splitBy(size, (index) => tested.has(labels[index] as Label));
  }
  if (stratify === undefined) return splitAtRandom(size, "examples", options, source);
  const labels = readLabels("stratify", stratify);
  requireSameLength({ data: size, stratify: labels.length });
  return splitStratified(labels, testCount(size, "examples", options), source);
}

function splitAtRandom(
  size: number,
  unit: string,
  options: TrainTestSplitOptions,
  source: RandomSource,
): Split {
  const tested = testCount(size, unit, options);
  const order = options.shuffle === false ? undefined : source.permutation(size);
  const place = new Int32Array(size);
  for (let index = 0; index < size; index++) place[order?.[index] ?? index] = index;
  return splitBy(size, (index) => (place[index] as number) >= size - tested);
}

function splitStratified(labels: readonly Label[], tested: number, source: RandomSource): Split {
  const classes = [...indicesByLabel(labels).entries()];
  const [alone] = classes.find(([, { length }]) => length < 2) ?? [];
  if (alone !== undefined) {
    throw new RangeError(`Class ${JSON.stringify(alone)} has 1 example; to stratify every class needs 2.`);
  }
  if (tested < classes.length || labels.length - tested < classes.length) {
    throw new RangeError(
      `A split into ${labels.length - tested} and ${tested} examples can't hold all ${classes.length} classes; ` +
        "each part needs at least one of each.",
    );
  }
  // Every class gets the whole part of its share; the examples then missing go to the largest remainders.
  const shares = classes.map(([, indices]) => (indices.length * tested) / labels.length);
  const counts = shares.map(Math.floor);
  const missing = tested - counts.reduce((sum, count) => sum + count, 0);
  const mixed = source.permutation(classes.length);
  const byRemainder = [...mixed].sort((a, b) => remainder(shares[b]) - remainder(shares[a]));
  for (const at of byRemainder.slice(0, missing)) counts[at] = (counts[at] as number) + 1;
  const inTest = new Set<number>();
  for (const [at, [, indices]] of classes.entries()) {
    const order = source.permutation(indices.length).subarray(0, counts[at]);
    for (const place of order) inTest.add(indices[place] as number);
  }
  return splitBy(labels.length, (index) => inTest.has(index));
}

function remainder(share: number | undefined): number {
  return (share as number) % 1;
}

function testCount(size: number, unit: string, { test = 0.25 }: TrainTestSplitOptions): number {
  const count = test < 1 ? Math.ceil(size * test - 1e-9) : test;
  if (!(test > 0) || !Number.isInteger(count)) {
    throw new RangeError(`test is ${test}; it must be between 0 and 1, or a whole number of ${unit}.`);
  }
  if (count >= size) {
    throw new RangeError(
      `test is ${test}, ${count} of ${size} ${unit}; at least one must be left to learn from.`,
    );
  }
  return count;
}
