// Measuring and using a model, batch by batch, so that memory does not grow with the data.

import { setImmediate } from "node:timers/promises";
import * as tf from "@tensorflow/tfjs";
import { batchesOf, type Examples, inOrder, type TensorPair, toExamples } from "../data/examples.ts";
import { requireOneOf } from "../data/nearest.ts";
import { displayTarget } from "../plot/display.ts";
import { type CompileMode, compileModes } from "./compile-mode.ts";
import { forwardStep } from "./forward-step.ts";
import { compiledModel, runOn, type Values, WeightedMeans } from "./step.ts";

const defaultBatchSize = 256;

export interface EvaluateOptions {
  /** Examples that are computed at once; it changes speed and memory, not the result. Defaults to `256`. */
  batchSize?: number;
  /** Ends with the signal's reason; the notebook's interrupt does the same. */
  signal?: AbortSignal;
  /**
   * How batches are computed, as in `FitOptions.compile`. Defaults to `"auto"`, which leaves it with fewer than 4 batches;
   * recorded results agree to rounding with those of `false`.
   */
  compile?: CompileMode;
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
  const values = await measure(model, toExamples(data), withInterrupt(options));
  const { loss, ...metrics } = Object.fromEntries(values);
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

/**
 * Means over all examples, whose batches are prepared ahead where they can be.
 *
 * @throws The signal's reason if it is aborted.
 */
export async function measure(
  model: tf.LayersModel,
  examples: Examples,
  { batchSize = defaultBatchSize, signal, compile = "auto" }: EvaluateOptions,
): Promise<Values> {
  const means = new WeightedMeans();
  const step = forwardStep(model, "test", compile, examples.size / batchSize);
  try {
    for await (const batch of batchesOf(examples, inOrder(examples.size), { batchSize, signal })) {
      const count = Math.min(batchSize, examples.size - means.count);
      means.add(await runOn(compiledModel(model), batch, step.call), count);
      await setImmediate();
    }
  } finally {
    step.dispose();
  }
  return means.values();
}

async function forward(
  model: tf.LayersModel,
  data: Examples | TensorPair | tf.Tensor,
  options: EvaluateOptions,
  take: (output: tf.Tensor) => void,
): Promise<void> {
  const examples = toExamples(data instanceof tf.Tensor ? { x: data, y: data } : data);
  const { batchSize, signal, compile } = withInterrupt(options);
  const step = forwardStep(model, "predict", compile, examples.size / batchSize);
  try {
    for await (const { x, y } of batchesOf(examples, inOrder(examples.size), { batchSize, signal })) {
      try {
        tf.tidy(() => take(step.call([x])[0] as tf.Tensor));
      } finally {
        tf.dispose([x, y]);
      }
      await setImmediate();
    }
  } finally {
    step.dispose();
  }
}

function withInterrupt({
  batchSize = defaultBatchSize,
  signal,
  compile = "auto",
}: EvaluateOptions): Required<EvaluateOptions> {
  requireOneOf("compile", compile, compileModes);
  const signals = [signal, displayTarget().interruptSignal()].filter((each) => each !== undefined);
  return { batchSize, signal: AbortSignal.any(signals), compile };
}
