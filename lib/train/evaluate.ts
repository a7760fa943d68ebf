// Measuring and using a model, batch by batch, so that memory does not grow with the data.

import { setImmediate } from "node:timers/promises";
import * as tf from "@tensorflow/tfjs";
import { type Examples, type TensorPair, toExamples } from "../data/examples.ts";
import { displayTarget } from "../plot/display.ts";
import { testStep, type Values, WeightedMeans } from "./step.ts";

export interface EvaluateOptions {
  /** Examples that are computed at once; it changes speed and memory, not the result. Defaults to `256`. */
  batchSize?: number;
  /** Ends with the signal's reason; the notebook's interrupt does the same. */
  signal?: AbortSignal;
}

/** Means over all examples. */
export interface Evaluation {
  loss: number;
  /** Part of the examples that are classified rightly, 0 to 1; undefined if the model was compiled without it. */
  accuracy: number | undefined;
  /** All metrics by name. */
  metrics: Record<string, number>;
}

/**
 * Loss and metrics of a compiled model over data that it has not learned from.
 *
 * @throws RangeError if the model is not compiled; the signal's reason if it is aborted.
 */
export async function evaluate(
  model: tf.LayersModel,
  data: Examples | TensorPair,
  options: EvaluateOptions = {},
): Promise<Evaluation> {
  if (model.loss === undefined) {
    throw new RangeError(
      "The model has no loss yet: train it with dl.train.fit, or call model.compile, first.",
    );
  }
  const { throwIfStopped, batchSize } = withSignals(options);
  const values = await measure(model, toExamples(data), { batchSize, stopped: throwIfStopped });
  const { loss, ...metrics } = Object.fromEntries(values as Values);
  return { loss: loss as number, accuracy: metrics.accuracy, metrics };
}

/**
 * The model's outputs for all examples, `[n, …shape of one output]`; the caller disposes the tensor.
 *
 * @param data Examples, or their inputs alone as a tensor with the examples in the first dimension.
 * @throws The signal's reason if it is aborted.
 */
export async function predict(
  model: tf.LayersModel,
  data: Examples | TensorPair | tf.Tensor,
  options: EvaluateOptions = {},
): Promise<tf.Tensor> {
  const parts: tf.Tensor[] = [];
  try {
    await forward(model, data, options, (output) => {
      parts.push(tf.keep(output));
    });
    return tf.concat(parts);
  } finally {
    tf.dispose(parts);
  }
}

/**
 * The class number with the largest output for each example.
 *
 * @param data Examples, or their inputs alone as a tensor with the examples in the first dimension.
 * @throws The signal's reason if it is aborted.
 */
export async function classify(
  model: tf.LayersModel,
  data: Examples | TensorPair | tf.Tensor,
  options: EvaluateOptions = {},
): Promise<Int32Array> {
  const classes: number[] = [];
  await forward(model, data, options, (output) => {
    classes.push(...tf.argMax(output, -1).dataSync());
  });
  return Int32Array.from(classes);
}

/** Means over all examples, or undefined if `stopped` says so in between. */
export async function measure(
  model: tf.LayersModel,
  examples: Examples,
  { batchSize = 256, stopped }: { batchSize?: number; stopped(): boolean },
): Promise<Values | undefined> {
  const means = new WeightedMeans();
  for (const indices of batches(examples.size, batchSize)) {
    await setImmediate();
    if (stopped()) return undefined;
    means.add(await testStep(model, examples.batch(indices)), indices.length);
  }
  return means.values();
}

async function forward(
  model: tf.LayersModel,
  data: Examples | TensorPair | tf.Tensor,
  options: EvaluateOptions,
  take: (output: tf.Tensor) => void,
): Promise<void> {
  const { throwIfStopped, batchSize } = withSignals(options);
  const examples = toExamples(data instanceof tf.Tensor ? { x: data, y: data } : data);
  for (const indices of batches(examples.size, batchSize)) {
    await setImmediate();
    throwIfStopped();
    const { x, y } = examples.batch(indices);
    try {
      tf.tidy(() => take(model.predict(x, { batchSize: indices.length }) as tf.Tensor));
    } finally {
      tf.dispose([x, y]);
    }
  }
}

function withSignals({ batchSize = 256, signal }: EvaluateOptions) {
  const signals = [signal, displayTarget().interruptSignal()];
  const throwIfStopped = () => {
    for (const each of signals) each?.throwIfAborted();
    return false;
  };
  return { batchSize, throwIfStopped };
}

function batches(size: number, batchSize: number): number[][] {
  return Array.from({ length: Math.ceil(size / batchSize) }, (_, batch) => {
    const start = batch * batchSize;
    return Array.from({ length: Math.min(batchSize, size - start) }, (_, offset) => start + offset);
  });
}
