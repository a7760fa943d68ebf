// Segmentation: every pixel is an example, and the scores are those of its confusion matrix.

import { requireOneOf } from "../../data/nearest.ts";
import { meanOfNumbers } from "../classification/average.ts";
import { ConfusionCounts, type OneVsRest } from "../classification/counts.ts";
import { type Accumulator, Metric } from "../metric.ts";
import { type Nested, readMask, requireWhole } from "../values.ts";

/** One batch: true and predicted class numbers of every pixel, of the same shape, such as `[n, height, width]`. */
export type MaskBatch = [yTrue: Nested, yPred: Nested];

export interface MaskOptions {
  /** Number of classes; pixels hold 0 … numClasses − 1. Defaults to what the masks hold. */
  numClasses?: number;
  /** Class of true pixels that don't count, such as 255 for borders. Defaults to none. */
  ignoreClass?: number;
}

const averages = ["macro", "none"] as const;

type MaskAverage = (typeof averages)[number];

export interface MaskScoreOptions<Kind extends MaskAverage = MaskAverage> extends MaskOptions {
  /** Mean over the classes, or one score a class. Defaults to `"macro"`. */
  average?: Kind;
}

class PixelCounts implements Accumulator<MaskBatch> {
  readonly #options: MaskOptions;
  readonly #counts = new ConfusionCounts();
  #largest = -1;

  constructor(options: MaskOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#counts.size;
  }

  add(...[yTrue, yPred]: MaskBatch): void {
    const { ignoreClass, numClasses = Infinity } = this.#options;
    const [truth, prediction] = [readMask("yTrue", yTrue), readMask("yPred", yPred)];
    if (truth.shape.join() !== prediction.shape.join()) {
      throw new RangeError(
        `yTrue has the shape [${truth.shape}] and yPred [${prediction.shape}]; they must be the same. ` +
          "Of scores for each class take argMax(-1) first.",
      );
    }
    const counts = (_: number, index: number) => truth.labels[index] !== ignoreClass;
    const [labels, predicted] = [truth.labels.filter(counts), prediction.labels.filter(counts)];
    let largest = this.#largest;
    for (const [name, values] of Object.entries({ yTrue: labels, yPred: predicted })) {
      for (const value of values) {
        if (!(value >= 0 && value < numClasses)) {
          const range = numClasses === Infinity ? "up" : `to ${numClasses - 1}`;
          throw new RangeError(`${name} holds ${value}; classes are whole numbers from 0 ${range}.`);
        }
        largest = Math.max(largest, value);
      }
    }
    this.#counts.add(labels, predicted);
    this.#largest = largest;
  }

  merge(other: PixelCounts): void {
    this.#counts.merge(other.#counts);
    this.#largest = Math.max(this.#largest, other.#largest);
  }

  classes(): OneVsRest[] {
    const length = this.#options.numClasses ?? this.#largest + 1;
    return this.#counts.oneVsRest(Array.from({ length }, (_, label) => label));
  }
}

abstract class MaskScore<Result> extends Metric<MaskBatch, PixelCounts, Result> {
  constructor(options: MaskOptions, score: (classes: OneVsRest[]) => Result) {
    if (options.numClasses !== undefined) requireWhole("numClasses", options.numClasses, 1);
    super({ options, state: () => new PixelCounts(options), result: (counts) => score(counts.classes()) });
  }
}

type MaskResult<Kind extends MaskAverage> = Kind extends "none" ? number[] : number;

abstract class OverlapScore<Kind extends MaskAverage> extends MaskScore<MaskResult<Kind>> {
  constructor(options: MaskScoreOptions<Kind>, overlap: (counts: OneVsRest) => number) {
    const { average = "macro" } = options;
    requireOneOf<string>("average", average, averages);
    super(options, (classes) => {
      // 0 / 0: a class in neither mask has no score.
      const scores = classes.map(overlap);
      return (average === "none" ? scores : meanOfNumbers(scores)) as MaskResult<Kind>;
    });
  }
}

/** Streaming {@link pixelAccuracy}. */
export class PixelAccuracy extends MaskScore<number> {
  constructor(options: MaskOptions = {}) {
    super(options, (classes) => {
      const correct = classes.reduce((sum, { tp }) => sum + tp, 0);
      return correct / classes.reduce((sum, { tp, fn }) => sum + tp + fn, 0);
    });
  }
}

/**
 * Part of the pixels with the right class, 0 to 1.
 *
 * @param yTrue True class numbers, any shape, such as `[n, height, width]`.
 * @param yPred Predicted class numbers, of the same shape.
 * @throws RangeError if the two are empty or differ in shape, or hold something that is no class.
 */
export function pixelAccuracy(yTrue: Nested, yPred: Nested, options: MaskOptions = {}): number {
  return new PixelAccuracy(options).update(yTrue, yPred).result();
}

/** Streaming {@link meanIoU}. */
export class MeanIoU<Kind extends MaskAverage = "macro"> extends OverlapScore<Kind> {
  constructor(options: MaskScoreOptions<Kind> = {}) {
    super(options, ({ tp, fp, fn }) => tp / (tp + fp + fn));
  }
}

/**
 * Intersection over union of each class over all pixels, and the mean of the classes that occur in one of the masks;
 * the others are NaN with the average `none`.
 *
 * Parameters and errors as for `pixelAccuracy`.
 */
export function meanIoU<Kind extends MaskAverage = "macro">(
  yTrue: Nested,
  yPred: Nested,
  options: MaskScoreOptions<Kind> = {},
): MaskResult<Kind> {
  return new MeanIoU(options).update(yTrue, yPred).result();
}

/** Streaming {@link diceScore}. */
export class DiceScore<Kind extends MaskAverage = "macro"> extends OverlapScore<Kind> {
  constructor(options: MaskScoreOptions<Kind> = {}) {
    super(options, ({ tp, fp, fn }) => (2 * tp) / (2 * tp + fp + fn));
  }
}

/**
 * Dice coefficient of each class over all pixels, 2 |A ∩ B| / (|A| + |B|), and the mean of the classes that occur in
 * one of the masks; the others are NaN with the average `none`.
 *
 * Parameters and errors as for `pixelAccuracy`.
 */
export function diceScore<Kind extends MaskAverage = "macro">(
  yTrue: Nested,
  yPred: Nested,
  options: MaskScoreOptions<Kind> = {},
): MaskResult<Kind> {
  return new DiceScore(options).update(yTrue, yPred).result();
}
