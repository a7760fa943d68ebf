// Initial weights from a seed. tfjs draws every weight whose layer has no seed of its own from Math.random;
// building the same architecture anew while Math.random is seeded gives each layer's own initializer.

import type * as tf from "@tensorflow/tfjs";
import { random, withRandomSource } from "../data/random.ts";

// What every layer and model class has, but tfjs's types keep back.
interface ModelClass {
  fromConfig(modelClass: unknown, config: tf.serialization.ConfigDict): tf.LayersModel;
}

/**
 * Draw all weights of a model anew, each by its layer's own initializer, so that two models of the same
 * architecture and seed start equal: `dl.train.initialize(model, 42)`.
 *
 * Weights that were trained or loaded are lost. Call it before `fit`; an optimizer's memory is not reset.
 *
 * @param seed Any safe integer.
 * @returns The same model.
 * @throws Error if a layer's class is not registered with `tf.serialization.registerClass`.
 */
export function initialize<Model extends tf.LayersModel>(model: Model, seed: number): Model {
  const source = random(seed);
  const fresh = withRandomSource(source, () =>
    (model.constructor as unknown as ModelClass).fromConfig(
      model.constructor,
      model.getConfig() as tf.serialization.ConfigDict,
    ),
  );
  try {
    model.setWeights(fresh.getWeights());
  } finally {
    fresh.dispose();
  }
  return model;
}
