// Sanity checks for explanations (Adebayo et al. 2018): one that stays the same when the weights are replaced by
// random ones does not explain the network.

import * as tf from "@tensorflow/tfjs";
import { random } from "../../data/random.ts";
import { midranks } from "../../metrics/ranking/midranks.ts";
import { lines } from "../../plot/charts.ts";
import type { Figure } from "../../plot/figure.ts";
import { type Explanation, mapsOf } from "../pictures/maps.ts";

/** A way of explaining: anything that gives a map for each image, such as `lrp` or `cam`. */
export type Explain = (model: tf.LayersModel, x: tf.Tensor) => Promise<Explanation>;

export interface RandomisationOptions {
  /** Whether the layers above stay random too (from the output down), or only one is at a time. Defaults to `"cascading"`. */
  mode?: "cascading" | "independent";
  /** Compare absolute values. Defaults to `false`. */
  absolute?: boolean;
  /** Seed of the random weights. Defaults to `0`. */
  seed?: number;
  signal?: AbortSignal;
}

export interface Randomisation {
  /** Layers whose weights were replaced, from the output down. */
  layers: string[];
  /** Mean rank correlation (Spearman) of the explanations with those of the model as it is. */
  similarity: number[];
  /** That of each example, `[layers][n]`. */
  similarities: number[][];
  figure: Figure;
}

/**
 * How much an explanation changes as the model's weights are replaced by random ones of the same mean and deviation,
 * layer by layer. Afterwards the weights are, bit by bit, what they were.
 *
 * @throws The signal's reason once it is aborted.
 */
export async function modelRandomisation(
  model: tf.LayersModel,
  x: tf.Tensor,
  explain: Explain,
  options: RandomisationOptions = {},
): Promise<Randomisation> {
  const { mode = "cascading", absolute = false, seed = 0, signal } = options;
  const source = random(seed);
  const before = await ranksOf(await explain(model, x), absolute);
  const layers = model.layers.filter((layer) => layer.getWeights().length > 0).reverse();
  const similarities: number[][] = [];
  const restore: (() => void)[] = [];
  try {
    for (const layer of layers) {
      signal?.throwIfAborted();
      const own = layer.getWeights().map((weights) => tf.clone(weights));
      restore.push(() => {
        layer.setWeights(own);
        tf.dispose(own);
      });
      tf.tidy(() => layer.setWeights(own.map((weights) => randomLike(weights, source.normal))));
      const after = await ranksOf(await explain(model, x), absolute);
      similarities.push(before.map((ranks, index) => correlation(ranks, after[index] as Float64Array)));
      if (mode === "independent") restore.pop()?.();
    }
  } finally {
    for (const undo of restore) undo();
  }
  const similarity = similarities.map((row) => row.reduce((sum, one) => sum + one, 0) / row.length);
  const figure = lines(
    { [mode]: similarity },
    { title: "Randomised weights", x: "layers from the output down", y: "rank correlation", points: true },
  );
  return { layers: layers.map(({ name }) => name), similarity, similarities, figure };
}

function randomLike(weights: tf.Tensor, normal: () => number): tf.Tensor {
  const { mean, variance } = tf.moments(weights);
  const values = Float32Array.from({ length: weights.size }, normal);
  return tf.add(tf.mul(tf.tensor(values, weights.shape), tf.sqrt(variance)), mean);
}

/** Ranks of the values of each map, equal values sharing theirs; frees the explanation. */
async function ranksOf(explanation: Explanation, absolute: boolean): Promise<Float64Array[]> {
  const { values } = mapsOf(explanation);
  explanation.dispose();
  const [count] = values.shape;
  const all = await values.data();
  values.dispose();
  const size = all.length / count;
  return Array.from({ length: count }, (_, index) => {
    const own = Float64Array.from(all.subarray(index * size, (index + 1) * size), (value) =>
      absolute ? Math.abs(value) : value,
    );
    return midranks(own);
  });
}

/** Pearson's correlation of ranks; 0 where one of the two does not vary. */
function correlation(a: Float64Array, b: Float64Array): number {
  const mean = (a.length + 1) / 2;
  let [both, ofA, ofB] = [0, 0, 0];
  a.forEach((value, index) => {
    const [da, db] = [value - mean, (b[index] as number) - mean];
    both += da * db;
    ofA += da * da;
    ofB += db * db;
  });
  return ofA > 0 && ofB > 0 ? both / Math.sqrt(ofA * ofB) : 0;
}
