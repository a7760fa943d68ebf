// A training run at the end of an epoch, as plain data: what a resumed run needs to go on as if it had never stopped.

import * as tf from "@tensorflow/tfjs";
import type { RandomState } from "../data/random.ts";
import type { TensorArray } from "../data/typed-array.ts";
import type { FitCallback } from "./callback.ts";
import type { History } from "./history.ts";
import { type OptimizerState, readOptimizer, writeOptimizer } from "./optimizer-state.ts";

/** A tensor's content, apart from any backend. */
export interface StoredTensor {
  /** What it belongs to, such as `model/3`. */
  name: string;
  shape: number[];
  dtype: tf.DataType;
  values: TensorArray;
}

/** Everything that a run consists of, with all tensors in one list. */
export interface TrainingState {
  /** Epochs that are complete. */
  epoch: number;
  /** Steps that are done. */
  step: number;
  /** The streams of random numbers: order of the examples, dropout masks, callbacks. */
  random: Record<string, RandomState>;
  /** Values of each complete epoch. */
  history: HistoryValues;
  optimizer: Pick<OptimizerState, "values" | "order"> & { className: string };
  /** What each callback remembers; `null` for those that remember nothing. */
  callbacks: (CallbackValues | null)[];
  tensors: StoredTensor[];
}

interface CallbackValues {
  name: string | undefined;
  values: unknown;
}

type HistoryValues = Pick<History, "loss" | "accuracy" | "valLoss" | "valAccuracy" | "metrics">;

/** The variables of a model's weights, in the order of `getWeights`. */
export function modelVariables(model: tf.LayersModel): tf.Variable[] {
  return model.weights.map((weight) => weight.read() as tf.Variable);
}

/** Read all state that hangs on the model, its optimizer and the callbacks. */
export async function captureState(
  model: tf.LayersModel,
  callbacks: readonly FitCallback[],
  rest: Pick<TrainingState, "epoch" | "step" | "random"> & { history: History },
): Promise<TrainingState> {
  const weights = modelVariables(model);
  const optimizer = readOptimizer(model.optimizer, weights);
  const memories = callbacks.map((callback) => callback.save?.());
  const named: [string, tf.Tensor][] = [
    ...weights.map((weight, index): [string, tf.Tensor] => [`model/${index}`, weight]),
    ...optimizer.tensors.map(([path, tensor]): [string, tf.Tensor] => [`optimizer/${path}`, tensor]),
    ...memories.flatMap((memory, index) =>
      (memory?.tensors ?? []).map((tensor, at): [string, tf.Tensor] => [`callback/${index}/${at}`, tensor]),
    ),
  ];
  const tensors = await Promise.all(
    named.map(async ([name, tensor]): Promise<StoredTensor> => {
      // A copy: some backends give their own memory, which the next step writes to.
      const values = (await tensor.data()).slice() as Float32Array;
      return { name, shape: tensor.shape, dtype: tensor.dtype, values };
    }),
  );
  const { loss, accuracy, valLoss, valAccuracy, metrics } = rest.history;
  return {
    ...rest,
    history: structuredClone({ loss, accuracy, valLoss, valAccuracy, metrics }),
    optimizer: {
      className: model.optimizer.getClassName(),
      values: optimizer.values,
      order: optimizer.order,
    },
    callbacks: memories.map((memory, index) =>
      memory ? { name: callbacks[index]?.name, values: structuredClone(memory.values) } : null,
    ),
    tensors,
  };
}

/**
 * Give a model, its optimizer and the callbacks the state of another run.
 *
 * @throws RangeError if the model, the optimizer or the callbacks are not those of the other run.
 */
export function restoreState(
  model: tf.LayersModel,
  callbacks: readonly FitCallback[],
  state: TrainingState,
): void {
  requireSameKind(model, callbacks, state);
  const weights = modelVariables(model);
  const under = (prefix: string) => state.tensors.filter(({ name }) => name.startsWith(prefix));
  for (const [index, stored] of under("model/").entries()) {
    const tensor = toTensor(stored);
    (weights[index] as tf.Variable).assign(tensor);
    tensor.dispose();
  }
  const { values, order } = state.optimizer;
  const tensors = under("optimizer/").map((stored): [string, tf.Tensor] => [
    stored.name.slice("optimizer/".length),
    toTensor(stored),
  ]);
  writeOptimizer(model.optimizer, weights, { tensors, values, order });
  for (const [index, memory] of state.callbacks.entries()) {
    const own = under(`callback/${index}/`).map(toTensor);
    if (memory) callbacks[index]?.restore?.({ values: structuredClone(memory.values), tensors: own });
  }
}

function requireSameKind(
  model: tf.LayersModel,
  callbacks: readonly FitCallback[],
  state: TrainingState,
): void {
  const found = model.weights.map(({ shape }) => `[${shape}]`).join(" ");
  const wanted = state.tensors
    .filter(({ name }) => name.startsWith("model/"))
    .map(({ shape }) => `[${shape}]`)
    .join(" ");
  if (found !== wanted) {
    throw new RangeError(`The model has weights of the shapes ${found}; the checkpoint's are ${wanted}.`);
  }
  const className = model.optimizer.getClassName();
  if (className !== state.optimizer.className) {
    throw new RangeError(
      `The model is trained with ${className}; the checkpoint is of a run with ${state.optimizer.className}.`,
    );
  }
  for (const [index, memory] of state.callbacks.entries()) {
    if (memory && callbacks[index]?.name !== memory.name) {
      throw new RangeError(
        `Callback ${index} is ${callbacks[index]?.name ?? "missing"}; in the run that is resumed it is ${memory.name}. ` +
          "Give the same callbacks in the same order.",
      );
    }
  }
}

function toTensor({ values, shape, dtype }: StoredTensor): tf.Tensor {
  return tf.tensor(values, shape, dtype);
}
