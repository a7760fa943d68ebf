// What part of a model learns, and how fast: freezing, and a learning rate for each layer.

import type * as tf from "@tensorflow/tfjs";
import { didYouMean } from "../data/nearest.ts";

/**
 * Let the first layers of a model stay as they are, such as those of a network that was trained before; all others learn.
 *
 * Batch normalisation in frozen layers still computes with the statistics of each batch, as always in TensorFlow.js.
 *
 * @param upTo Name of the last layer that is frozen, or how many layers; 0 lets all of them learn.
 * @returns The same model.
 * @throws RangeError if there is no such layer.
 */
export function freeze<Model extends tf.LayersModel>(model: Model, upTo: string | number): Model {
  const { layers } = model;
  const count = typeof upTo === "number" ? upTo : 1 + layerIndex(model, upTo);
  if (!Number.isInteger(count) || count < 0 || count > layers.length) {
    throw new RangeError(`upTo is ${upTo}; the model has ${layers.length} layers.`);
  }
  for (const [index, layer] of layers.entries()) layer.trainable = index >= count;
  return model;
}

/**
 * Smaller learning rates for earlier layers, as in fine-tuning, for `fit`'s `layerRates`: from `first` times the learning
 * rate at the first layer that has weights, growing by the same factor from layer to layer, to 1 at the last one (Howard
 * and Ruder, 2018).
 *
 * @param first Above 0, at most 1. Defaults to `0.01`.
 */
export function discriminativeRates(model: tf.LayersModel, first = 0.01): Record<string, number> {
  if (!(first > 0 && first <= 1))
    throw new RangeError(`first is ${first}; it must be above 0 and at most 1.`);
  const names = model.layers.filter((layer) => layer.weights.length > 0).map(({ name }) => name);
  const last = Math.max(names.length - 1, 1);
  return Object.fromEntries(names.map((name, index) => [name, first ** (1 - index / last)]));
}

/** The factor of each variable by its name, from those of layers by theirs. */
export function variableFactors(
  model: tf.LayersModel,
  layerRates: Readonly<Record<string, number>> = {},
): Map<string, number> {
  const factors = new Map<string, number>();
  for (const [name, factor] of Object.entries(layerRates)) {
    const layer = model.layers[layerIndex(model, name)] as tf.layers.Layer;
    if (!(Number.isFinite(factor) && factor >= 0)) {
      throw new RangeError(`layerRates.${name} is ${factor}; it must be a number of at least 0.`);
    }
    for (const weight of layer.weights) factors.set((weight.read() as tf.Variable).name, factor);
  }
  return factors;
}

function layerIndex({ layers }: tf.LayersModel, name: string): number {
  const index = layers.findIndex((layer) => layer.name === name);
  if (index >= 0) return index;
  const names = layers.map((layer) => layer.name);
  throw new RangeError(
    `The model has no layer "${name}"; its layers are ${names.join(", ")}.${didYouMean(name, names)}`,
  );
}
