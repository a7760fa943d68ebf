// Steps on a batch by the functions that tfjs compiles a model to.
// (Not trainOnBatch: it waits before it draws dropout masks, so their seed could not be set for it alone.)

import * as tf from "@tensorflow/tfjs";
import { type StartedCall, settled } from "../backend/index.ts";
import type { Batch } from "../data/examples.ts";

/** Mean values over one batch by name: `loss` first, then the metrics. */
export type Values = Map<string, number>;

// Protected in tfjs's types, stable since 1.0, and what its own fit runs.
export interface CompiledModel {
  metricsNames: string[];
  collectedTrainableWeights: tf.LayersModel["trainableWeights"];
  makeTrainFunction(): (data: tf.Tensor[]) => tf.Tensor[];
  /** A new list at each `compile`. */
  lossFunctions: object;
  makeTestFunction(): void;
  testFunction(data: tf.Tensor[]): tf.Tensor[];
}

// A tf.Sequential keeps what it is compiled to in a functional model inside.
export function compiledModel(model: tf.LayersModel): CompiledModel {
  const inner = (model as unknown as { model?: tf.LayersModel }).model;
  return (inner ?? model) as unknown as CompiledModel;
}

/** A step that may still be computed. */
export interface StartedStep {
  /** What it gave, when it is computed. To be called once, also if it is no longer of interest. */
  values(): Promise<Values>;
}

/** Run `step` on the batch, with the targets as tfjs's losses want them. The batch is disposed. */
export async function runOn(
  model: CompiledModel,
  batch: Batch,
  step: (data: tf.Tensor[]) => tf.Tensor[],
): Promise<Values> {
  return startOn(model, batch, (data) => settled(step(data))).values();
}

/** The same without waiting for the values. */
export function startOn(
  { metricsNames }: CompiledModel,
  { x, y, weight }: Batch,
  step: (data: tf.Tensor[]) => StartedCall<tf.Tensor[]>,
): StartedStep {
  // float32 and with a last dimension: [n] becomes [n, 1].
  const target = tf.tidy(() => {
    const numbers = tf.cast(y, "float32");
    return numbers.rank === 1 ? tf.expandDims(numbers, 1) : tf.clone(numbers);
  });
  try {
    const { result, settle } = step(weight ? [x, target, weight] : [x, target]);
    const read = async (each: tf.Tensor) => (await each.data())[0] as number;
    const values = async () => {
      try {
        settle();
        const numbers = await Promise.all(result.map(read));
        return new Map(numbers.map((value, index) => [keyOf(metricsNames[index] as string), value]));
      } finally {
        tf.dispose(result);
      }
    };
    return { values };
  } finally {
    // Also TensorFlow keeps what it still needs.
    tf.dispose([x, y, target, ...(weight ? [weight] : [])]);
  }
}

// tfjs calls the accuracy that fits the loss "acc", and the others by their function.
function keyOf(name: string): string {
  const isAccuracy = name === "acc" || /^(binary|categorical|sparseCategorical|soft)Accuracy$/.test(name);
  return isAccuracy ? "accuracy" : name;
}

/** Means over several batches: each batch counts with its number of examples, so that a short last one weighs less. */
export class WeightedMeans {
  readonly #sums = new Map<string, number>();
  #count = 0;

  add(values: Values, count: number): void {
    for (const [name, value] of values) this.#sums.set(name, (this.#sums.get(name) ?? 0) + value * count);
    this.#count += count;
  }

  get count(): number {
    return this.#count;
  }

  values(): Values {
    return new Map([...this.#sums].map(([name, sum]) => [name, sum / this.#count]));
  }
}
