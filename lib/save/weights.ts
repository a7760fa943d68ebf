// The weights of a model by their names, and putting values from a file into them.

import * as tf from "@tensorflow/tfjs";
import type { TensorArray } from "../data/typed-array.ts";

/** Tensors by name. */
export type NamedTensors = Record<string, tf.Tensor>;

/** Values from a file, on their way into a tensor. */
export interface Values {
  shape: number[];
  dtype: "float32" | "int32" | "bool";
  data: TensorArray;
}

/** A weight and the name by which files know it. */
interface NamedWeight {
  name: string;
  weight: Weight;
}

type Weight = tf.layers.Layer["weights"][number];

/** Weights in the model's order; a name that comes twice gets a number. */
export function namedWeights(model: tf.LayersModel): NamedWeight[] {
  const uses = new Map<string, number>();
  return model.weights.map((weight) => {
    const { originalName } = weight;
    const use = uses.get(originalName) ?? 0;
    uses.set(originalName, use + 1);
    return { name: use === 0 ? originalName : `${originalName}:${use}`, weight };
  });
}

/** A weight and what it gets. */
export interface Assignment {
  weight: Weight;
  /** Where in the file the value is. */
  source: string;
  value: Values;
}

/** What a file with a model holds. */
export interface ModelFile {
  /** As modelFromJSON takes it; undefined where the file has weights alone. */
  topology: object | undefined;
  weights(model: tf.LayersModel): Assignment[];
}

/**
 * Which value is for which weight: by name where the file has all the model's names, else one after the other, since names
 * that TensorFlow.js makes up are others for each model.
 *
 * @throws Error if their numbers differ.
 */
export function matchByName(
  model: tf.LayersModel,
  values: ReadonlyMap<string, Values>,
  path: string,
): Assignment[] {
  const weights = namedWeights(model);
  const byName = weights.every(({ name }) => values.has(name));
  if (!byName && values.size !== weights.length) {
    throw new Error(
      `"${path}" holds ${values.size} tensors and the model "${model.name}" has ${weights.length} weights. ` +
        `The file begins with ${listed([...values.keys()])}, the model with ${listed(weights.map(({ name }) => name))}.`,
    );
  }
  const inOrder = [...values];
  return weights.map(({ name, weight }, index) => {
    const [source, value] = byName ? [name, values.get(name)] : (inOrder[index] ?? []);
    return { weight, source: source as string, value: value as Values };
  });
}

/** @throws Error at the first shape that differs, before anything is assigned. */
export function assign(assignments: readonly Assignment[], path: string): void {
  for (const { weight, source, value } of assignments) {
    if (String(value.shape) === String(weight.shape)) continue;
    throw new Error(
      `"${path}" has ${source} of shape [${value.shape}]; the model's ${weight.originalName} has shape [${weight.shape}].`,
    );
  }
  for (const { weight, value } of assignments) {
    tf.tidy(() => {
      weight.write(tf.cast(toTensor(value), weight.dtype));
    });
  }
}

export function toTensor({ data, shape, dtype }: Values): tf.Tensor {
  return tf.tensor(data, shape, dtype);
}

function listed(names: readonly string[]): string {
  const first = names.slice(0, 3).map((name) => `"${name}"`);
  return first.length === 0 ? "nothing" : first.join(", ");
}
