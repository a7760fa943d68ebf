// The means and variances that batch normalization uses in prediction, computed anew for weights that no step has given.

import { setImmediate } from "node:timers/promises";
import * as tf from "@tensorflow/tfjs";
import { batchesOf, type Examples, type TensorPair, toExamples } from "../data/examples.ts";
import { random, withRandomSource } from "../data/random.ts";
import { displayTarget } from "../plot/display.ts";

export interface UpdateBatchNormalizationOptions {
  /** Examples of a batch, as in training. Defaults to the data's, or `32`. */
  batchSize?: number;
  /** Mix the examples first, since the variance is that within the batches. Defaults to `true`. */
  shuffle?: boolean;
  /** Decides the order and the dropout masks. Defaults to `0`. */
  seed?: number;
  /** Ends with the signal's reason; the notebook's interrupt does the same. */
  signal?: AbortSignal;
}

/**
 * Set the moving means and variances of all batch normalizations to the means over the data, in one pass of training mode:
 * `await dl.train.updateBatchNormalization(model, data.train)` after weights were averaged (Izmailov et al., 2018).
 *
 * A model without batch normalization is left as it is.
 *
 * @param data What the model has learned from.
 * @throws The signal's reason if it is aborted: the means are then those of the batches until there.
 */
export async function updateBatchNormalization(
  model: tf.LayersModel,
  data: Examples | TensorPair,
  options: UpdateBatchNormalizationOptions = {},
): Promise<void> {
  const signals = [options.signal, displayTarget().interruptSignal()].filter(
    (signal) => signal !== undefined,
  );
  await remeasure(model, toExamples(data), { ...options, signal: AbortSignal.any(signals) });
}

/** The same, which the notebook's interrupt does not end. */
export async function remeasure(
  model: tf.LayersModel,
  examples: Examples,
  options: UpdateBatchNormalizationOptions,
): Promise<void> {
  const layers = normalizations(model);
  if (layers.length === 0) return;
  const { batchSize = examples.batchSize ?? 32, shuffle = true, seed = 0, signal } = options;
  const source = random(seed);
  const order = shuffle
    ? source.permutation(examples.size)
    : Int32Array.from({ length: examples.size }, (_, i) => i);
  const before = layers.map(({ momentum }) => momentum);
  let seen = 0;
  try {
    for await (const { x, y, weight } of batchesOf(examples, order, {
      batchSize,
      ...(signal && { signal }),
    })) {
      // The momentum of a mean over all examples so far.
      const known = seen / (seen + (x.shape[0] as number));
      seen += x.shape[0] as number;
      for (const layer of layers) layer.momentum = known;
      tf.tidy(() => withRandomSource(source, () => void model.call(x, { training: true })));
      tf.dispose([x, y, ...(weight ? [weight] : [])]);
      await setImmediate();
    }
  } finally {
    for (const [index, layer] of layers.entries()) layer.momentum = before[index] as number;
  }
}

interface Normalization {
  momentum: number;
}

/** Those of the model and of the models within it. */
function normalizations(model: tf.LayersModel): Normalization[] {
  return model.layers.flatMap((layer) => {
    if (layer instanceof tf.LayersModel) return normalizations(layer);
    return layer.getClassName() === "BatchNormalization" ? [layer as unknown as Normalization] : [];
  });
}
