// How sure a score is: DeLong's interval for the area under the ROC curve, and the bootstrap for any score.

import { requireOneOf } from "../../data/nearest.ts";
import { random } from "../../data/random.ts";
import { type Label, type Labels, type Matrix, requireWhole, type Vector } from "../values.ts";
import { midranks } from "./midranks.ts";
import { normalQuantile } from "./normal-quantile.ts";
import { rocAucScore, twoClassScores } from "./roc-auc.ts";
import { type BinaryScores, ScoredLabels } from "./scored-labels.ts";

/** A score and the interval that holds the true one with the given confidence. */
export interface ScoreInterval {
  value: number;
  low: number;
  high: number;
  standardError: number;
}

interface LevelOptions {
  /** Confidence, above 0 and at most 0.9999. Defaults to `0.95`. */
  level?: number;
}

export interface BootstrapOptions extends LevelOptions {
  /** Number of resamples. Defaults to `1000`. */
  repetitions?: number;
  /** Defaults to `0`. */
  seed?: number;
  /** Draw within each of these groups, `[n]`, for instance the true classes, so that none is lost. */
  stratify?: ArrayLike<Label>;
  /** Ends with the signal's reason. */
  signal?: AbortSignal;
}

/**
 * Interval of any score by drawing examples with replacement (percentile bootstrap; Efron, 1979).
 *
 *     bootstrapInterval((take) => f1Score(take(yTrue), take(yPred)), yTrue.length, { seed: 1 })
 *
 * @param score Computes the score of a draw; `take` picks the drawn examples of an array.
 * @param size Number of examples.
 * @throws RangeError if there is no example, the score of a draw is no number (stratify then), or an option is wrong.
 */
export function bootstrapInterval(
  score: (take: <Value>(values: ArrayLike<Value>) => Value[]) => number,
  size: number,
  { level = 0.95, repetitions = 1000, seed = 0, stratify, signal }: BootstrapOptions = {},
): ScoreInterval {
  requireWhole("size", size, 1);
  requireWhole("repetitions", repetitions, 2);
  requireLevel(level);
  const draw = drawer(size, seed, stratify);
  const scoreOf = (rows: ArrayLike<number>) =>
    score((values) => {
      if (values.length !== size) {
        throw new RangeError(`take was given ${values.length} values; there are ${size} examples.`);
      }
      return Array.from(rows, (row) => values[row] as (typeof values)[number]);
    });
  const value = scoreOf(Array.from({ length: size }, (_, row) => row));
  const scores = Float64Array.from({ length: repetitions }, (_, repetition) => {
    signal?.throwIfAborted();
    const drawn = scoreOf(draw());
    if (Number.isFinite(drawn)) return drawn;
    throw new RangeError(
      `The score of draw ${repetition} is ${drawn}; perhaps a class is missing in it: set stratify to the true classes.`,
    );
  }).sort();
  const mean = scores.reduce((sum, each) => sum + each, 0) / repetitions;
  const squares = scores.reduce((sum, each) => sum + (each - mean) ** 2, 0);
  return {
    value,
    low: quantile(scores, (1 - level) / 2),
    high: quantile(scores, (1 + level) / 2),
    standardError: Math.sqrt(squares / (repetitions - 1)),
  };
}

function drawer(size: number, seed: number, stratify: ArrayLike<Label> | undefined): () => Int32Array {
  if (stratify && stratify.length !== size) {
    throw new RangeError(
      `stratify has ${stratify.length} values and there are ${size} examples; they must be as many.`,
    );
  }
  const groups = new Map<Label, number[]>();
  for (let row = 0; row < size; row++) {
    const label = stratify?.[row] ?? 0;
    const group = groups.get(label);
    if (group) group.push(row);
    else groups.set(label, [row]);
  }
  const source = random(seed);
  const members = [...groups.values()];
  return () =>
    Int32Array.from(members.flatMap((rows) => rows.map(() => rows[source.integer(rows.length)] as number)));
}

/** Quantile by linear interpolation between sorted values. */
function quantile(sorted: Float64Array, part: number): number {
  const position = part * (sorted.length - 1);
  const below = Math.floor(position);
  const low = sorted[below] as number;
  return low + ((sorted[Math.ceil(position)] as number) - low) * (position - below);
}

export interface RocAucIntervalOptions extends LevelOptions {
  /** DeLong's variance and the normal distribution, or the bootstrap within the classes. Defaults to `"delong"`. */
  method?: "delong" | "bootstrap";
  /** The two classes, the later one positive. Defaults to those that occur, sorted. */
  labels?: readonly Label[];
  /** Resamples of the bootstrap. Defaults to `1000`. */
  repetitions?: number;
  /** Seed of the bootstrap. Defaults to `0`. */
  seed?: number;
  /** Ends the bootstrap with the signal's reason. */
  signal?: AbortSignal;
}

/**
 * Area under the ROC curve of two classes with its confidence interval, kept within 0 and 1.
 *
 * @param yTrue True classes, `[n]`, at least 2 examples of each.
 * @param yScore Scores of the later class, `[n]`; of `[n, 2]` the second column.
 * @throws RangeError if a class has fewer than 2 examples, the two differ in length, or an option is wrong.
 */
export function rocAucInterval(
  yTrue: Labels,
  yScore: Vector | Matrix,
  options: RocAucIntervalOptions = {},
): ScoreInterval {
  const { level = 0.95, method = "delong", labels } = options;
  requireOneOf("method", method, ["delong", "bootstrap"]);
  requireLevel(level);
  const state = new ScoredLabels();
  state.add(yTrue, yScore);
  if (state.size === 0)
    throw new RangeError("There is no example; each of the two classes needs at least 2.");
  const scores = twoClassScores(state.all(), labels);
  const positives = scores.positive.reduce((sum, each) => sum + each, 0);
  const negatives = scores.positive.length - positives;
  if (positives < 2 || negatives < 2) {
    throw new RangeError(
      `There are ${positives} positive and ${negatives} negative examples; an interval needs at least 2 of each.`,
    );
  }
  if (method === "delong") return deLong(scores, level);
  const { positive, scores: values } = scores;
  return bootstrapInterval((take) => rocAucScore(take(positive), take(values)), positive.length, {
    ...options,
    stratify: positive,
  });
}

/**
 * Variance of the area from the placements of positives among negatives and the other way round (DeLong, DeLong and
 * Clarke-Pearson, 1988), found from ranks in n log n (Sun and Xu, 2014).
 */
function deLong({ positive, scores }: BinaryScores, level: number): ScoreInterval {
  const [positives, negatives] = [1, 0].map((side) =>
    scores.filter((_, index) => positive[index] === side),
  ) as [Float64Array, Float64Array];
  const placements = (own: Float64Array, other: Float64Array) => {
    const [among, within] = [midranks(Float64Array.from([...own, ...other])), midranks(own)];
    return Float64Array.from(
      own,
      (_, index) => ((among[index] as number) - (within[index] as number)) / other.length,
    );
  };
  const above = placements(positives, negatives);
  const below = placements(negatives, positives);
  const value = above.reduce((sum, part) => sum + part, 0) / above.length;
  const standardError = Math.sqrt(variance(above) / above.length + variance(below) / below.length);
  const margin = normalQuantile((1 + level) / 2) * standardError;
  return { value, low: Math.max(0, value - margin), high: Math.min(1, value + margin), standardError };
}

function variance(values: Float64Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
}

function requireLevel(level: number): void {
  if (!(level > 0 && level <= 0.9999)) {
    throw new RangeError(`level is ${level}; it must be above 0 and at most 0.9999, such as 0.95.`);
  }
}
