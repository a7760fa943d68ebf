// Learning on one part of the data and scoring on the other, for both kinds of model: estimators (fit and predict on
// arrays) and tfjs's layers models (trained by `fit`).

import * as tf from "@tensorflow/tfjs";
import type { Examples, TensorPair } from "../data/examples.ts";
import { random, withRandomSource } from "../data/random.ts";
import { type Column, isExamples, takeColumn, takeExamples } from "../data/take.ts";
import { displayTarget } from "../plot/display.ts";
import { evaluate, predict } from "../train/evaluate.ts";
import { type FitOptions, fit } from "../train/fit.ts";
import type { Split } from "./splits.ts";

/** What can be cross-validated besides layers models: all of `dl.classic`, or anything with these methods. */
export interface Estimator {
  /** Learn anew from examples, forgetting earlier ones. */
  fit(x: never, y: never): unknown;
  predict(x: never): unknown;
  /** The score by which it is usually judged, more being better: accuracy, R². */
  score?(x: never, y: never): number;
  /** Classifiers get folds with the classes' shares kept. */
  readonly kind?: string;
}

export type Trainable = Estimator | tf.LayersModel;

/** Examples with their targets: columns x and y of the same length, or a data set (for layers models). */
export type LabelledData = { x: Column; y: Column } | Examples;

/** A score by true targets and predictions, in the form that the data's y and the model's `predict` have. */
export type ScoreFunction = (yTrue: never, yPredicted: never) => number;

export interface LearnOptions {
  /**
   * Scores by name, such as `{ f1: (y, p) => dl.metrics.f1Score(y, p, { average: "macro" }) }`. Estimators are
   * measured by their own `score` if there are none, layers models always also by what `evaluate` measures.
   */
  metrics?: Record<string, ScoreFunction>;
  /** How layers models are trained. Name the optimizer, or compile in the maker: one made here is shared by all folds. */
  fit?: Omit<FitOptions, "show" | "signal" | "validation">;
  /** Seed of the initial weights and the training of layers models, and of the folds. Defaults to `0`. */
  seed?: number;
  /** Ends with the signal's reason; the notebook's interrupt does the same. */
  signal?: AbortSignal;
}

/** Scores by name. */
export type Scores = Record<string, number>;

/** Learn on a split's training part and score on its test part. A layers model is disposed in the end. */
export async function learnAndScore(
  make: () => Trainable | Promise<Trainable>,
  data: LabelledData,
  split: Split,
  options: LearnOptions,
): Promise<Scores> {
  const { seed = 0 } = options;
  // tfjs draws initial weights from Math.random; a maker that waits before it builds layers has to seed them itself.
  const model = await withRandomSource(random(seed), make);
  throwIfStopped(options.signal);
  if (model instanceof tf.LayersModel) return scoreLayers(model, data, split, options);
  if (isExamples(data)) {
    throw new RangeError("Estimators take the data as columns, { x, y }; a data set is for layers models.");
  }
  const owned: tf.Tensor[] = [];
  const take = (column: Column, indices: number[]) => {
    const taken = takeColumn(column, indices);
    if (taken instanceof tf.Tensor) owned.push(taken);
    return taken as never;
  };
  try {
    await model.fit(take(data.x, split.train), take(data.y, split.train));
    const [x, y] = [take(data.x, split.test), take(data.y, split.test)];
    const metrics = Object.entries(options.metrics ?? {});
    if (metrics.length > 0) {
      const predicted = (await model.predict(x)) as never;
      return Object.fromEntries(metrics.map(([name, metric]) => [name, metric(y, predicted)]));
    }
    if (!model.score) throw new RangeError("The model has no score method; give metrics to measure it by.");
    return { score: model.score(x, y) };
  } finally {
    tf.dispose(owned);
  }
}

async function scoreLayers(
  model: tf.LayersModel,
  data: LabelledData,
  split: Split,
  { metrics = {}, fit: fitOptions = {}, seed = 0, signal }: LearnOptions,
): Promise<Scores> {
  const owned: tf.Tensor[] = [];
  const take = (indices: number[]): Examples | TensorPair => {
    if (isExamples(data)) return takeExamples(data, indices);
    const pair = { x: toTensor(data.x, indices, "x"), y: toTensor(data.y, indices, "y") };
    owned.push(pair.x, pair.y);
    return pair;
  };
  try {
    const history = await fit(model, take(split.train), {
      seed,
      ...fitOptions,
      show: false,
      ...(signal ? { signal } : {}),
    });
    throwIfStopped(signal);
    if (history.interrupted) throw new Error("Training was interrupted; there is no score.");
    const test = take(split.test);
    const measured = await evaluate(model, test, signal ? { signal } : {});
    const scores: Scores = { ...measured.metrics, loss: measured.loss };
    if (Object.keys(metrics).length > 0) {
      const predicted = await predict(model, test, signal ? { signal } : {});
      const { y } = "batch" in test ? test.batch(Int32Array.from(split.test.keys())) : test;
      owned.push(predicted, y);
      for (const [name, metric] of Object.entries(metrics))
        scores[name] = metric(y as never, predicted as never);
    }
    return scores;
  } finally {
    tf.dispose(owned);
    // A maker's own optimizer is not the model's to dispose; one from the options serves the next fold too.
    if (model.optimizer && model.optimizer !== fitOptions.optimizer) model.optimizer.dispose();
    model.dispose();
  }
}

function toTensor(column: Column, indices: readonly number[], name: string): tf.Tensor {
  const taken = takeColumn(column, indices);
  if (taken instanceof tf.Tensor) return taken;
  const values = ArrayBuffer.isView(taken) ? taken : (taken as number[]);
  const [first] = values as readonly unknown[];
  if (typeof first === "string") {
    throw new RangeError(
      `${name} holds names; layers models learn class numbers, so give their positions in a list.`,
    );
  }
  const whole = name === "y" && !Array.isArray(first) && (values as number[]).every(Number.isInteger);
  return tf.tensor(values as number[], undefined, whole ? "int32" : "float32");
}

/** @throws The signal's reason if it, or the notebook's interrupt, is aborted. */
export function throwIfStopped(signal: AbortSignal | undefined): void {
  signal?.throwIfAborted();
  displayTarget().interruptSignal()?.throwIfAborted();
}
