// Cross-validation: learn and test on several splits of the data, to see how good a model is and how sure that is.

import { setImmediate } from "node:timers/promises";
import * as tf from "@tensorflow/tfjs";
import { isExamples, sizeOf } from "../data/take.ts";
import type { Labels } from "../metrics/values.ts";
import { type DisplayHandle, displaySymbol, displayTarget, type MimeBundle } from "../plot/display.ts";
import { Figure } from "../plot/figure.ts";
import { chart } from "../plot/vega.ts";
import {
  type LabelledData,
  type LearnOptions,
  learnAndScore,
  type Scores,
  type Trainable,
  throwIfStopped,
} from "./learn.ts";
import type { Split, SplitInput, Splitter } from "./splits.ts";
import { kFold, stratifiedKFold } from "./splitters.ts";
import { formatScore, formatSpread, type Spread, spread, tableBundle } from "./table.ts";

export interface FoldResult {
  /** Counts from 1. */
  fold: number;
  scores: Scores;
  /** Numbers of examples learned from and tested on. */
  trainSize: number;
  testSize: number;
  seconds: number;
}

export interface SplitOptions {
  /**
   * How to split, or the number of folds. Defaults to 5 shuffled folds; for classifiers and class numbers they keep
   * the classes' shares.
   */
  cv?: number | Splitter;
  /** Group of each example, for splitters that keep groups together. */
  groups?: Labels;
  /** Class of each example, for splitters that keep shares, where y does not tell. */
  classes?: Labels;
}

export interface CrossValidateOptions extends LearnOptions, SplitOptions {
  /** Called after each fold. */
  onFold?: (fold: FoldResult) => void | Promise<void>;
  /** Show the table while it grows. Defaults to `true`. */
  show?: boolean;
}

/** Scores of all folds. */
export class CrossValidation {
  readonly folds: readonly FoldResult[];

  constructor(folds: readonly FoldResult[]) {
    this.folds = folds;
  }

  /** Mean and standard deviation over the folds by score. */
  get scores(): Record<string, Spread> {
    const names = Object.keys(this.folds[0]?.scores ?? {});
    return Object.fromEntries(
      names.map((name) => [name, spread(this.folds.map(({ scores }) => scores[name] as number))]),
    );
  }

  /** Mean over the folds by score. */
  get mean(): Scores {
    return Object.fromEntries(Object.entries(this.scores).map(([name, { mean }]) => [name, mean]));
  }

  /** Chart of every fold's scores, with their mean as a line. */
  get figure(): Figure {
    const panels = Object.entries(this.scores).map(([name, { mean }]) => ({
      width: 200,
      height: 200,
      layer: [
        {
          data: { values: this.folds.map(({ fold, scores }) => ({ fold, value: scores[name] })) },
          mark: { type: "point", filled: true, size: 60 },
          encoding: { x: { field: "fold", type: "ordinal", axis: { labelAngle: 0 } }, y: axis(name) },
        },
        {
          data: { values: [{ value: mean }] },
          mark: { type: "rule", strokeDash: [4, 4] },
          encoding: { y: axis(name) },
        },
      ],
    }));
    const text = summary(this.scores);
    const title = { title: "Cross-validation", subtitle: text };
    return new Figure({ vegaLite: chart(title, { hconcat: panels }), text: `Cross-validation: ${text}` });
  }

  toString(): string {
    return this[displaySymbol]()["text/plain"] as string;
  }

  [displaySymbol](): MimeBundle {
    const names = Object.keys(this.scores);
    const rows = this.folds.map(({ fold, scores, trainSize, testSize, seconds }) => [
      String(fold),
      ...names.map((name) => formatScore(scores[name] as number)),
      String(trainSize),
      String(testSize),
      `${seconds.toFixed(2)} s`,
    ]);
    const all = ["all", ...Object.values(this.scores).map(formatSpread), "", "", ""];
    return tableBundle({
      title: `Cross-validation over ${this.folds.length} folds`,
      head: ["fold", ...names, "learned from", "tested on", "time"],
      rows: [...rows, all],
      best: undefined,
    });
  }
}

/**
 * Learn and test on several splits: `await crossValidate(() => dl.classic.svm({ c: 10 }), { x, y }, { cv: 5 })`.
 *
 * @param make Makes an untrained model; an estimator itself will do too, since it learns anew each time.
 * @param data Columns x and y of the same length, or a data set for layers models.
 * @throws RangeError if the data can't be split so; the signal's reason if it is aborted.
 */
export async function crossValidate(
  make: Trainable | (() => Trainable | Promise<Trainable>),
  data: LabelledData,
  options: CrossValidateOptions = {},
): Promise<CrossValidation> {
  if (make instanceof tf.LayersModel) {
    throw new TypeError(
      "crossValidate got a layers model, which would keep what it learned in the folds before; " +
        "give a function that builds it: crossValidate(() => buildModel(), …).",
    );
  }
  const maker = typeof make === "function" ? make : () => make;
  const splits = await splitsFor(maker, data, options);
  const folds: FoldResult[] = [];
  let shown: DisplayHandle | undefined;
  for await (const fold of foldsOf(maker, data, splits, options)) {
    folds.push(fold);
    if (options.show !== false) {
      const bundle = new CrossValidation(folds)[displaySymbol]();
      if (shown) shown.update(bundle, { transient: folds.length < splits.length });
      else shown = displayTarget().show(bundle);
    }
    await options.onFold?.(fold);
  }
  return new CrossValidation(folds);
}

/** The results of one model, split by split. */
export async function* foldsOf(
  make: () => Trainable | Promise<Trainable>,
  data: LabelledData,
  splits: readonly Split[],
  options: LearnOptions,
): AsyncGenerator<FoldResult> {
  for (const [index, split] of splits.entries()) {
    await setImmediate();
    throwIfStopped(options.signal);
    const start = performance.now();
    const scores = await learnAndScore(make, data, split, options);
    const seconds = (performance.now() - start) / 1000;
    yield { fold: index + 1, scores, trainSize: split.train.length, testSize: split.test.length, seconds };
  }
}

/** The splits that the options ask for. */
export async function splitsFor(
  make: () => Trainable | Promise<Trainable>,
  data: LabelledData,
  { cv = 5, groups, classes, seed = 0 }: SplitOptions & { seed?: number },
): Promise<Split[]> {
  const size = isExamples(data) ? data.size : sizeOf({ x: data.x, y: data.y });
  const y = classes ?? (await classesOf(make, data));
  const input: SplitInput = { size, ...(y ? { y } : {}), ...(groups ? { groups } : {}) };
  if (typeof cv === "object") return cv.split(input);
  return (y ? stratifiedKFold({ folds: cv, seed }) : kFold({ folds: cv, seed })).split(input);
}

/** The classes of the examples, if the model is a classifier or the targets are class numbers. */
async function classesOf(
  make: () => Trainable | Promise<Trainable>,
  data: LabelledData,
): Promise<Labels | undefined> {
  if (isExamples(data)) return "labels" in data ? (data.labels as Labels) : undefined;
  const { y } = data;
  if (y instanceof tf.Tensor) return y.dtype === "int32" && y.rank === 1 ? y : undefined;
  if (y instanceof Int32Array || y instanceof Uint8Array || typeof y[0] === "string") return y as Labels;
  const model = await make();
  if (!(model instanceof tf.LayersModel)) return model.kind === "classifier" ? (y as Labels) : undefined;
  model.dispose();
  return undefined;
}

function summary(scores: Record<string, Spread>): string {
  return Object.entries(scores)
    .map(([name, each]) => `${name} ${formatSpread(each)}`)
    .join(", ");
}

function axis(title: string) {
  return { field: "value", type: "quantitative", title, scale: { zero: false } };
}
