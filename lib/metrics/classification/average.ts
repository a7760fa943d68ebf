// From counts a class to one score: the averages of scikit-learn, and what a division by zero means.

import { requireOneOf } from "../../data/nearest.ts";
import type { Label, Vector } from "../values.ts";
import type { ConfusionCounts, OneVsRest } from "./counts.ts";

const averages = ["binary", "micro", "macro", "weighted", "none"] as const;

/**
 * How scores of several classes become one: `binary` is the score of `posLabel` alone, `micro` counts all classes
 * together, `macro` is the mean over classes, `weighted` the mean weighted by how often each class is the true one,
 * `none` gives one score a class, in the order of `labels`.
 */
export type Average = (typeof averages)[number];

/** One score a class for the average `none`, otherwise one number. */
export type Averaged<Kind extends Average> = Kind extends "none" ? number[] : number;

export interface AverageOptions<Kind extends Average = Average> {
  /** Defaults to `"binary"`. */
  average?: Kind;
  /**
   * The classes that count, in this order; examples of other classes still count as errors. Defaults to all that
   * occur, sorted. The average `binary` ignores it.
   */
  labels?: readonly Label[];
  /** The class that the average `binary` is about. Defaults to `1`. */
  posLabel?: Label;
  /**
   * Score where there is nothing to divide by, such as the precision of a class that was never predicted; with `NaN`
   * the averages leave such classes out. Defaults to `0`, which is also scikit-learn's, without its warning.
   */
  zeroDivision?: number;
}

export interface Weighted {
  /** Weight of each example, at least 0. Defaults to `1` each. */
  sampleWeight?: Vector;
}

/** Numerator and denominator of a score. */
export type Ratio = (counts: OneVsRest) => readonly [numerator: number, denominator: number];

/**
 * A score that is a ratio of counts, averaged over the classes.
 *
 * @throws RangeError if the average is `binary` and there are more than two classes, or `posLabel` is none of two.
 */
export function averagedRatio<Kind extends Average>(
  counts: ConfusionCounts,
  ratio: Ratio,
  options: AverageOptions<Kind>,
): Averaged<Kind> {
  const { average = "binary", zeroDivision = 0 } = options;
  requireOneOf("average", average, averages);
  const divide = (each: OneVsRest) => {
    const [numerator, denominator] = ratio(each);
    return denominator === 0 ? zeroDivision : numerator / denominator;
  };
  const classes = counts.oneVsRest(chosenLabels(counts, options));
  const scores = () => classes.map(divide);
  const score = {
    binary: () => divide(classes[0] as OneVsRest),
    micro: () => divide(together(classes)),
    macro: () => meanOfNumbers(scores()),
    weighted: () =>
      meanOfNumbers(
        scores(),
        classes.map(({ tp, fn }) => tp + fn),
      ),
    none: scores,
  }[average];
  return score() as Averaged<Kind>;
}

/**
 * Mean of the scores that are numbers; NaN if none is. Where all weights are 0 every score counts the same, as in
 * scikit-learn.
 */
export function meanOfNumbers(scores: readonly number[], weights?: readonly number[]): number {
  let [sum, total, plain, count] = [0, 0, 0, 0];
  for (const [index, score] of scores.entries()) {
    if (Number.isNaN(score)) continue;
    const weight = weights?.[index] ?? 1;
    sum += weight * score;
    total += weight;
    plain += score;
    count++;
  }
  return total === 0 ? plain / count : sum / total;
}

function chosenLabels(counts: ConfusionCounts, options: AverageOptions): readonly Label[] {
  const { average = "binary", posLabel = 1, labels } = options;
  if (average !== "binary") return labels ?? counts.labels();
  const present = counts.labels();
  const found = present
    .slice(0, 10)
    .map((label) => JSON.stringify(label))
    .join(", ");
  if (present.length > 2) {
    throw new RangeError(
      `The average "binary" is for two classes, and there are ${present.length} (${found}${present.length > 10 ? ", …" : ""}); ` +
        'choose average "macro", "weighted", "micro" or "none".',
    );
  }
  if (present.length === 2 && !present.includes(posLabel)) {
    throw new RangeError(
      `posLabel is ${JSON.stringify(posLabel)}, and the classes are ${found}; set posLabel to the positive one.`,
    );
  }
  return [posLabel];
}

function together(classes: readonly OneVsRest[]): OneVsRest {
  const sum = { tp: 0, fp: 0, fn: 0, tn: 0 };
  for (const { tp, fp, fn, tn } of classes) {
    sum.tp += tp;
    sum.fp += fp;
    sum.fn += fn;
    sum.tn += tn;
  }
  return sum;
}
