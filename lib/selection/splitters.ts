// Ways to cross-validate: each example is tested on once (k folds), with the classes' shares kept, groups kept
// together, or the past before the future. Without shuffling the folds are those of scikit-learn.

import { random } from "../data/random.ts";
import { compareLabels, requireWhole } from "../metrics/values.ts";
import { indicesByLabel, requireEnough, type Split, type Splitter, splitBy, splitter } from "./splits.ts";

export interface FoldOptions {
  /** Number of folds, at least 2. Defaults to `5`. */
  folds?: number;
}

export interface KFoldOptions extends FoldOptions {
  /** Shuffle before the examples are dealt to the folds. Defaults to `true` if there is a seed. */
  shuffle?: boolean;
  /** Seed of the shuffle. Defaults to `0`. */
  seed?: number;
}

/**
 * k folds of (almost) the same size; each is tested on once. Without shuffling they are consecutive.
 *
 * @throws RangeError on splitting fewer examples than folds.
 */
export function kFold(options: KFoldOptions = {}): Splitter {
  const folds = readFolds(options);
  return splitter("kFold", ({ size }) => {
    requireEnough("examples", size, folds);
    const order = shuffles(options) ? random(options.seed).permutation(size) : undefined;
    const fold = new Int32Array(size);
    for (let place = 0; place < size; place++)
      fold[order?.[place] ?? place] = consecutive(place, size, folds);
    return splitsOf(fold, folds);
  });
}

/**
 * k folds in which every class has its share of the whole, give or take one example.
 *
 * @throws RangeError on splitting without `y`, or if every class has fewer examples than there are folds.
 */
export function stratifiedKFold(options: KFoldOptions = {}): Splitter {
  const folds = readFolds(options);
  return splitter("stratifiedKFold", ({ size, labels }) => {
    const classes = [...indicesByLabel(labels()).values()];
    requireEnough("examples of the largest class", Math.max(...classes.map(({ length }) => length)), folds);
    const source = shuffles(options) ? random(options.seed) : undefined;
    const fold = new Int32Array(size);
    // Class after class is dealt to the folds in turn, so that a class goes on with the fold after the one where
    // the last class ended, and folds differ in size by one at most too. A fold takes a class's examples in one run.
    let dealt = 0;
    for (const indices of classes) {
      const start = dealt;
      const runs = indices.map((_, count) => (start + count) % folds).sort((a, b) => a - b);
      dealt += indices.length;
      const order = source?.permutation(indices.length);
      for (const [place, part] of runs.entries()) fold[indices[order?.[place] ?? place] as number] = part;
    }
    return splitsOf(fold, folds);
  });
}

/**
 * k folds that keep every group in one piece, so that no test example has a relative in training; the sizes of the
 * folds are as even as dealing the largest group first to the smallest fold makes them.
 *
 * @throws RangeError on splitting without `groups`, or if there are fewer groups than folds.
 */
export function groupKFold(options: FoldOptions = {}): Splitter {
  const folds = readFolds(options);
  return splitter("groupKFold", ({ size, groups }) => {
    const byGroup = [...indicesByLabel(groups()).entries()];
    requireEnough("groups", byGroup.length, folds);
    // Of groups as large the last in order goes first, as in scikit-learn.
    byGroup.sort(([a, { length: m }], [b, { length: n }]) => n - m || compareLabels(b, a));
    const fold = new Int32Array(size);
    const sizes = Array.from({ length: folds }, () => 0);
    for (const [, indices] of byGroup) {
      const smallest = sizes.indexOf(Math.min(...sizes));
      sizes[smallest] = (sizes[smallest] as number) + indices.length;
      for (const index of indices) fold[index] = smallest;
    }
    return splitsOf(fold, folds);
  });
}

/** As many folds as there are examples: each is tested on alone. */
export function leaveOneOut(): Splitter {
  return splitter("leaveOneOut", ({ size }) =>
    Array.from({ length: size }, (_, test) => splitBy(size, (index) => index === test)),
  );
}

export interface TimeSeriesSplitOptions extends FoldOptions {
  /** Examples to test on in each split. Defaults to `floor(size / (folds + 1))`. */
  testSize?: number;
  /** Examples left out between training and test. Defaults to `0`. */
  gap?: number;
  /** Use the latest so many examples before the test only. Defaults to all. */
  maximumTrainSize?: number;
}

/**
 * Splits of examples in order of time: always tests on what comes after the training part, which grows from split
 * to split.
 *
 * @throws RangeError on splitting too few examples.
 */
export function timeSeriesSplit(options: TimeSeriesSplitOptions = {}): Splitter {
  const folds = readFolds(options);
  const { gap = 0, testSize, maximumTrainSize = Infinity } = options;
  requireWhole("gap", gap, 0);
  if (testSize !== undefined) requireWhole("testSize", testSize, 1);
  if (maximumTrainSize !== Infinity) requireWhole("maximumTrainSize", maximumTrainSize, 1);
  return splitter("timeSeriesSplit", ({ size }) => {
    const tested = testSize ?? Math.floor(size / (folds + 1));
    const first = size - folds * tested;
    if (tested < 1 || first - gap < 1) {
      throw new RangeError(
        `timeSeriesSplit got ${size} examples; ${folds} folds that test on ${Math.max(1, tested)} each after a gap ` +
          `of ${gap} need at least ${folds * Math.max(1, tested) + gap + 1}.`,
      );
    }
    return Array.from({ length: folds }, (_, fold) => {
      const start = first + fold * tested;
      const end = start - gap;
      const begin = Math.max(0, end - maximumTrainSize);
      return { train: range(begin, end), test: range(start, start + tested) };
    });
  });
}

export interface RepeatedOptions {
  /** How often to split anew. Defaults to `10`. */
  times?: number;
  /** Seed of the first repetition's shuffle; the others take the next ones. Defaults to `0`. */
  seed?: number;
}

/**
 * The splits of a shuffled splitter, several times over: `repeated((seed) => stratifiedKFold({ folds: 5, seed }))`.
 * Their scores tell more surely than one repetition how much chance there is in them.
 *
 * @param make Makes the splitter from a seed.
 */
export function repeated(make: (seed: number) => Splitter, options: RepeatedOptions = {}): Splitter {
  const { times = 10, seed = 0 } = options;
  requireWhole("times", times, 1);
  return {
    split: (examples) => range(0, times).flatMap((repetition) => make(seed + repetition).split(examples)),
  };
}

function readFolds({ folds = 5 }: FoldOptions): number {
  requireWhole("folds", folds, 2);
  return folds;
}

function shuffles({ shuffle, seed }: KFoldOptions): boolean {
  return shuffle ?? seed !== undefined;
}

function splitsOf(fold: Int32Array, folds: number): Split[] {
  return range(0, folds).map((part) => splitBy(fold.length, (index) => fold[index] === part));
}

/** Fold of a place if the folds are consecutive and the first ones take what is left over. */
function consecutive(place: number, size: number, folds: number): number {
  const small = Math.floor(size / folds);
  const large = size % folds;
  const inLarge = large * (small + 1);
  return place < inLarge ? Math.floor(place / (small + 1)) : large + Math.floor((place - inLarge) / small);
}

function range(start: number, end: number): number[] {
  return Array.from({ length: end - start }, (_, index) => start + index);
}
