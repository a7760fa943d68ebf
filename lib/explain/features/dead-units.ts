// Units that no image makes fire: capacity that a network has lost.

import * as tf from "@tensorflow/tfjs";
import type { Examples } from "../../data/examples.ts";
import { inBatches } from "../batches.ts";
import { layerOutputs, layersOfKind, plainNetwork } from "./values.ts";

export interface DeadUnitsOptions {
  /** Names of layers. Defaults to all that have an activation function. */
  layers?: readonly string[];
  /** A unit is dead if no activation is above this. Defaults to `0`. */
  threshold?: number;
  /** Images that are computed at once. Defaults to `128`. */
  batchSize?: number;
  signal?: AbortSignal;
}

export interface DeadUnits {
  layer: string;
  /** Channels of a convolution, units of other layers. */
  units: number;
  /** Numbers of those that never fire. */
  dead: number[];
  /** Part of the units that never fire, 0 to 1. */
  share: number;
  /** Largest activation of each unit over all images and positions. */
  largest: Float32Array;
}

/**
 * The units of each layer that stay at 0 or below for all images, as a ReLU does whose bias has run away
 * (Lu, Shin, Su and Karniadakis 2020, Dying ReLU and Initialization).
 *
 * @param images Inputs, `[n, …]`, or a split of a data set; they stay the caller's.
 * @throws RangeError if there is no image or no such layer; the signal's reason if it is aborted.
 */
export async function deadUnits(
  model: tf.LayersModel,
  images: tf.Tensor | Examples,
  options: DeadUnitsOptions = {},
): Promise<DeadUnits[]> {
  const { threshold = 0, batchSize = 128, signal } = options;
  const size = images instanceof tf.Tensor ? (images.shape[0] ?? 0) : images.size;
  if (size === 0) throw new RangeError("There are no images; at least one is needed.");
  const layers = options.layers ?? activated(model, images);
  const batches = await inBatches(size, batchSize, signal, (from, to) => {
    const batch = imagesAt(images, from, to);
    try {
      return tf.tidy(() =>
        layerOutputs(model, batch, layers).map((values) => {
          const units = values.shape[values.rank - 1] as number;
          return tf.max(tf.reshape(values, [-1, units]), 0).dataSync() as Float32Array;
        }),
      );
    } finally {
      batch.dispose();
    }
  });
  return layers.map((layer, index) => {
    const found = batches.map((batch) => batch[index] as Float32Array);
    const largest = (found[0] as Float32Array).map((_, unit) =>
      Math.max(...found.map((batch) => batch[unit] as number)),
    );
    const dead = [...largest.keys()].filter((unit) => !((largest[unit] as number) > threshold));
    return { layer, units: largest.length, dead, share: dead.length / largest.length, largest };
  });
}

/** The images from `from` to before `to`, as a new tensor. */
function imagesAt(images: tf.Tensor | Examples, from: number, to: number): tf.Tensor {
  return tf.tidy(() => {
    if (images instanceof tf.Tensor) return tf.slice(images, from, to - from);
    return images.batch(Array.from({ length: to - from }, (_, index) => from + index)).x;
  });
}

function activated(model: tf.LayersModel, images: tf.Tensor | Examples): string[] {
  const one = imagesAt(images, 0, 1);
  try {
    return tf.tidy(() => layersOfKind(plainNetwork(model, one).graph, "activation"));
  } finally {
    one.dispose();
  }
}
