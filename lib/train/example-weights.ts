// How much each example counts in the loss: by its class, one by one, or both.

import * as tf from "@tensorflow/tfjs";
import type { Batch, Examples } from "../data/examples.ts";

export interface WeightOptions {
  /**
   * What the loss of each class's examples is multiplied with, by class number; classes that are left out count 1.
   * `"balanced"` makes all classes weigh the same: examples / (classes · examples of the class), as in scikit-learn.
   */
  classWeight?: "balanced" | readonly number[] | Readonly<Record<number, number>>;
  /** What the loss of each example is multiplied with, as many numbers as there are examples. */
  sampleWeight?: ArrayLike<number>;
}

/** Adds weights to batches; its tensors are freed by `dispose`. */
export interface ExampleWeights {
  /** The batch with weights; takes over the batch. */
  weigh(batch: Batch, indices: ArrayLike<number>): Batch;
  dispose(): void;
}

/**
 * What the options say about these examples, or undefined if they say nothing.
 *
 * @throws RangeError if there are not as many weights as examples, or a weight is below 0 or no number.
 */
export function exampleWeights(
  model: tf.LayersModel,
  examples: Examples,
  { classWeight, sampleWeight }: WeightOptions,
): ExampleWeights | undefined {
  if (classWeight === undefined && sampleWeight === undefined) return undefined;
  if (sampleWeight) requireSampleWeights(sampleWeight, examples.size);
  const axes = lossAxes(model, examples);
  const classes = Math.max(2, (model.outputs[0]?.shape.at(-1) as number | null) ?? 2);
  const given = classWeight === "balanced" ? balanced(examples, classes) : classWeight;
  const table = given && tf.tensor1d(classTable(given, classes));
  const weigh = ({ x, y }: Batch, indices: ArrayLike<number>): Batch => {
    const weight = tf.tidy(() => {
      const own =
        sampleWeight && tf.tensor1d(Float32Array.from(indices, (index) => sampleWeight[index] ?? 0));
      const byClass = table && tf.gather(table, classNumbers(y));
      const both = own && byClass ? tf.mul(own, byClass) : ((own ?? byClass) as tf.Tensor);
      return tf.reshape(both, [indices.length, ...Array(axes - 1).fill(1)]);
    });
    return { x, y, weight };
  };
  return { weigh, dispose: () => table?.dispose() };
}

/** Rows of class probabilities count as their most probable class. */
function classNumbers(y: tf.Tensor): tf.Tensor1D {
  const columns = y.rank > 1 ? (y.shape.at(-1) as number) : 1;
  if (y.size !== (y.shape[0] as number) * columns) {
    throw new RangeError(
      `classWeight needs one class an example; the targets have the shape [${y.shape.slice(1)}]. Use sampleWeight.`,
    );
  }
  const numbers = columns > 1 ? tf.argMax(y, 1) : tf.reshape(y, [-1]);
  return tf.cast(numbers, "int32") as tf.Tensor1D;
}

function balanced(examples: Examples, classes: number): Record<number, number> {
  const counts = new Map<number, number>();
  const size = 1024;
  for (let start = 0; start < examples.size; start += size) {
    const indices = Array.from({ length: Math.min(size, examples.size - start) }, (_, at) => start + at);
    const { x, y } = examples.batch(indices);
    const numbers = tf.tidy(() => classNumbers(y).dataSync());
    tf.dispose([x, y]);
    for (const number of numbers) counts.set(number, (counts.get(number) ?? 0) + 1);
  }
  const outside = [...counts.keys()].find((number) => number < 0 || number >= classes);
  if (outside !== undefined) {
    throw new RangeError(`classWeight: the targets hold the class ${outside}; the model has ${classes}.`);
  }
  return Object.fromEntries(
    [...counts].map(([number, count]) => [number, examples.size / (counts.size * count)]),
  );
}

function classTable(given: readonly number[] | Readonly<Record<number, number>>, classes: number): number[] {
  const table = new Array<number>(classes).fill(1);
  for (const [key, weight] of Object.entries(given)) {
    const number = Number(key);
    if (!(Number.isInteger(number) && number >= 0 && number < classes)) {
      throw new RangeError(
        `classWeight has a weight for class ${key}; the model has the classes 0 to ${classes - 1}.`,
      );
    }
    requireWeight(`classWeight[${key}]`, weight);
    table[number] = weight;
  }
  return table;
}

function requireSampleWeights(weights: ArrayLike<number>, size: number): void {
  if (weights.length !== size) {
    throw new RangeError(`sampleWeight has ${weights.length} weights for ${size} examples; give one each.`);
  }
  for (let index = 0; index < size; index++)
    requireWeight(`sampleWeight[${index}]`, weights[index] as number);
}

function requireWeight(name: string, weight: number): void {
  if (Number.isFinite(weight) && weight >= 0) return;
  throw new RangeError(`${name} is ${weight}; it must be a number of at least 0.`);
}

/** How many axes the loss has before tfjs takes the mean: the weights must have as many. */
function lossAxes(model: tf.LayersModel, examples: Examples): number {
  const { x, y } = examples.batch([0]);
  try {
    return tf.tidy(() => {
      const prediction = model.predict(x) as tf.Tensor;
      const target = tf.cast(y.rank === 1 ? tf.expandDims(y, 1) : y, "float32");
      const { rank } = lossFunction(model)(target, prediction);
      if (rank > 0) return rank;
      throw new RangeError(
        "The model's loss gives one number for a whole batch, so that examples can't be weighed. " +
          "Take one of dl.train.losses, which give one for each example.",
      );
    });
  } finally {
    tf.dispose([x, y]);
  }
}

// What `compile` makes of a name or function; protected in tfjs's types.
function lossFunction(model: tf.LayersModel): (target: tf.Tensor, prediction: tf.Tensor) => tf.Tensor {
  const inner = (model as unknown as { model?: tf.LayersModel }).model ?? model;
  const [loss] = (inner as unknown as { lossFunctions: [(a: tf.Tensor, b: tf.Tensor) => tf.Tensor] })
    .lossFunctions;
  return loss;
}
