// Optimizer, loss and metrics where the caller names none, and the checks that turn a shape error deep
// inside a kernel into one that names the layer's and the data's shape.

import * as tf from "@tensorflow/tfjs";
import type { Batch, Examples, TensorPair } from "../data/examples.ts";
import { LabelledImages } from "../data/labelled-images.ts";
import { requireOneOf } from "../data/nearest.ts";
import { binaryCrossEntropy, crossEntropy } from "./losses/index.ts";

export interface CompileOptions {
  /** An optimizer or its Keras name. Defaults to Adam with learning rate 0.001. */
  optimizer?: string | tf.Optimizer;
  /**
   * A loss or its Keras name. Defaults to cross-entropy for class numbers (int32 targets), taken from
   * probabilities or from logits depending on the last activation, for targets of the output's shape under a softmax
   * (one-hot) too, and to `"meanSquaredError"` for others.
   */
  loss?: string | LossOrMetric;
  /** Metrics or their Keras names. Defaults to the accuracy for classes, also one-hot, and none for other targets. */
  metrics?: (string | LossOrMetric)[];
}

type LossOrMetric = (target: tf.Tensor, prediction: tf.Tensor) => tf.Tensor;

/**
 * Compile a model as `options` say; one that is compiled already and gets no options is left as it is.
 *
 * @param batch A few examples, to see what the targets are; they stay the caller's.
 * @param options `soft` names a callback that makes rows of class probabilities out of class numbers.
 * @throws RangeError if the loss is for class numbers and there is such a callback.
 */
export function compile(
  model: tf.LayersModel,
  batch: Batch,
  options: CompileOptions & { soft?: string | undefined },
): void {
  const compiled = model.loss !== undefined;
  const { optimizer, loss, metrics, soft } = options;
  const chosen = loss ?? (compiled ? (model.loss as string | LossOrMetric) : undefined);
  if (soft && (chosen === "sparseCategoricalCrossentropy" || chosen === crossEntropyFromLogits)) {
    throw new RangeError(
      `${soft} makes rows of class probabilities out of class numbers, which the model's loss does not take. ` +
        "Give fit the loss dl.train.losses.crossEntropy({ fromLogits: … }) and a metric that takes rows.",
    );
  }
  if (compiled && optimizer === undefined && loss === undefined && metrics === undefined) return;
  const kind = targetsOf(model, batch.y);
  const owned = compiled && optimizer !== undefined && (model as unknown as OwnsOptimizer).isOptimizerOwned;
  if (owned) model.optimizer.dispose();
  const previous = compiled ? model.optimizer : undefined;
  const names = {
    optimizer: optimizer ?? previous ?? "adam",
    loss: chosen ?? (soft && kind !== "values" ? softLoss(model) : defaultLoss(model, kind)),
    metrics: metrics ?? (soft && kind !== "values" ? [softAccuracy] : defaultMetrics(model, kind)),
  };
  requireKnown("optimizer", names.optimizer, kerasNames.optimizer);
  requireKnown("loss", names.loss, kerasNames.loss);
  for (const metric of names.metrics) {
    requireKnown("metrics", metric, kerasNames.metrics);
  }
  model.compile(names);
}

function requireKnown(option: string, given: unknown, known: readonly string[]): void {
  if (typeof given === "string") requireOneOf(option, given, known);
}

// The names that TensorFlow.js knows, best spelling first; its own error for others names none of them.
const kerasNames = {
  optimizer: [
    ...["adam", "sgd", "rmsprop", "adagrad", "adadelta", "adamax"],
    ...["Adam", "SGD", "RMSProp", "Adagrad", "Adadelta", "Adamax"],
  ],
  loss: [
    ...[
      "meanSquaredError",
      "meanAbsoluteError",
      "meanAbsolutePercentageError",
      "meanSquaredLogarithmicError",
    ],
    ...["squaredHinge", "hinge", "categoricalHinge", "logcosh", "kullbackLeiblerDivergence", "poisson"],
    ...["categoricalCrossentropy", "sparseCategoricalCrossentropy", "binaryCrossentropy", "cosineProximity"],
  ],
  metrics: [
    ...["accuracy", "acc", "crossentropy", "ce", "binaryAccuracy", "categoricalAccuracy", "precision"],
    ...["mse", "MSE", "mae", "MAE", "mape", "MAPE", "cosine"],
    ...["categoricalCrossentropy", "sparseCategoricalCrossentropy"],
  ],
};

interface OwnsOptimizer {
  isOptimizerOwned: boolean;
}

/**
 * @throws RangeError if the model has not one input and one output, or its input shape is not the examples'.
 */
export function checkShapes(model: tf.LayersModel, batch: Batch): void {
  const input = model.inputs[0];
  if (model.inputs.length !== 1 || model.outputs.length !== 1 || !input) {
    throw new RangeError(
      `The model has ${model.inputs.length} inputs and ${model.outputs.length} outputs; only one of each can be trained here.`,
    );
  }
  const [wanted, found] = [input.shape.slice(1), batch.x.shape.slice(1)];
  const fits =
    wanted.length === found.length && wanted.every((size, axis) => size === null || size === found[axis]);
  if (!fits) {
    throw new RangeError(
      `The model takes examples of shape [${wanted}], the data has [${found}]. ${remedy(wanted, found)}`,
    );
  }
}

function remedy(wanted: (number | null)[], found: number[]): string {
  const isKnown = (shape: typeof wanted): shape is number[] => !shape.includes(null);
  const sameSize = isKnown(wanted) && tf.util.sizeFromShape(wanted) === tf.util.sizeFromShape(found);
  if (!sameSize)
    return `Give its first layer inputShape: [${found}], or the data examples of shape [${wanted}].`;
  const layer =
    wanted.length === 1
      ? `tf.layers.flatten({ inputShape: [${found}] })`
      : `tf.layers.reshape({ inputShape: [${found}], targetShape: [${wanted}] })`;
  return `Put ${layer} before the first layer.`;
}

/**
 * tfjs turns a class number that the model does not have into a row of zeros, silently.
 *
 * @throws RangeError if the largest label is one of them.
 */
export function checkLabels(model: tf.LayersModel, data: Examples | TensorPair): void {
  const largest = largestLabel(data);
  const units = model.outputs[0]?.shape.at(-1);
  if (largest === undefined || typeof units !== "number") return;
  const classes = Math.max(2, units);
  if (largest < classes) return;
  throw new RangeError(
    `The data has the label ${largest}, but the model tells only ${classes} classes apart (0 to ${classes - 1}). ` +
      `Give its last layer at least ${largest + 1} units.`,
  );
}

function largestLabel(data: Examples | TensorPair): number | undefined {
  if (data instanceof LabelledImages) return data.labels.reduce((a, b) => Math.max(a, b), 0);
  if (!("y" in data) || data.y.dtype !== "int32") return undefined;
  return tf.tidy(() => data.y.max().dataSync()[0]);
}

type Targets = "classes" | "oneHot" | "values";

/** What the targets are. `tf.oneHot` gives int32 too: the shape tells its rows from class numbers. */
function targetsOf(model: tf.LayersModel, y: tf.Tensor): Targets {
  const output = model.outputs[0]?.shape ?? [];
  const units = output.at(-1);
  const isRow = y.rank === output.length && units !== 1 && y.shape.at(-1) === units;
  if (isRow && lastActivation(model) === "softmax") return "oneHot";
  return y.dtype === "int32" && !isRow ? "classes" : "values";
}

function defaultLoss(model: tf.LayersModel, kind: Targets): string | LossOrMetric {
  if (kind === "values") return "meanSquaredError";
  if (kind === "oneHot") return "categoricalCrossentropy";
  if (isBinary(model)) return "binaryCrossentropy";
  return lastActivation(model) === "softmax" ? "sparseCategoricalCrossentropy" : crossEntropyFromLogits;
}

function defaultMetrics(model: tf.LayersModel, kind: Targets): (string | LossOrMetric)[] {
  if (kind === "values") return [];
  return [kind === "oneHot" ? tf.metrics.categoricalAccuracy : accuracyFor(model)];
}

// For class numbers and for rows of class probabilities, which come from some callbacks.
function softLoss(model: tf.LayersModel): LossOrMetric {
  const fromLogits = lastActivation(model) !== (isBinary(model) ? "sigmoid" : "softmax");
  return isBinary(model) ? binaryCrossEntropy({ fromLogits }) : crossEntropy({ fromLogits });
}

/** Accuracy where targets are class numbers or rows of class probabilities, whose most probable class counts. */
export function softAccuracy(target: tf.Tensor, prediction: tf.Tensor): tf.Tensor {
  const classes = prediction.shape.at(-1) as number;
  if (classes === 1) return tf.metrics.binaryAccuracy(tf.round(target), prediction);
  const wanted = target.shape.at(-1) === classes ? tf.expandDims(tf.argMax(target, -1), -1) : target;
  return tf.metrics.sparseCategoricalAccuracy(tf.cast(wanted, "float32"), prediction);
}

function accuracyFor(model: tf.LayersModel): string | LossOrMetric {
  return isBinary(model) ? "binaryAccuracy" : tf.metrics.sparseCategoricalAccuracy;
}

function isBinary(model: tf.LayersModel): boolean {
  return model.outputs[0]?.shape.at(-1) === 1;
}

function lastActivation(model: tf.LayersModel): string | undefined {
  const layer = model.layers.at(-1) as unknown as { activation?: { getClassName?(): string } } | undefined;
  const className =
    layer?.activation?.getClassName?.() ?? (layer as tf.layers.Layer | undefined)?.getClassName();
  return className?.toLowerCase();
}

// tfjs has this loss for one-hot targets alone.
export function crossEntropyFromLogits(target: tf.Tensor, logits: tf.Tensor): tf.Tensor {
  const classes = logits.shape.at(-1) as number;
  const oneHot = tf.oneHot(tf.cast(tf.reshape(target, [-1]), "int32"), classes);
  const rows = tf.reshape(logits, [-1, classes]);
  return tf.losses.softmaxCrossEntropy(oneHot, rows, undefined, 0, tf.Reduction.NONE);
}
