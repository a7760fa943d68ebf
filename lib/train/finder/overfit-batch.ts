// A few examples learned by heart: a network that can't do this has a fault, and it shows within seconds.

import type * as tf from "@tensorflow/tfjs";
import { type Examples, type TensorPair, toExamples } from "../../data/examples.ts";
import { random } from "../../data/random.ts";
import { lines } from "../../plot/charts.ts";
import type { Figure } from "../../plot/figure.ts";
import type { CompileOptions } from "../compile.ts";
import { tryOut } from "./try-out.ts";

export interface OverfitBatchOptions extends CompileOptions {
  /** How many examples. Defaults to `16`. */
  batchSize?: number;
  /** Most steps that are made. Defaults to `200`. */
  steps?: number;
  /** The examples are learned when the loss is below this part of the first one. Defaults to `0.05`. */
  tolerance?: number;
  /** Decides which examples. Defaults to `0`. */
  seed?: number;
  /** Ends with the signal's reason; the notebook's interrupt does the same. */
  signal?: AbortSignal;
}

export interface OverfitResult {
  /** Whether the examples were learned. */
  learned: boolean;
  /** The loss of each step. */
  losses: number[];
  /** The losses as a curve. */
  figure: Figure;
}

/**
 * Try whether a model learns a single batch by heart: `(await dl.train.overfitBatch(model, data.train)).learned`.
 *
 * If it does not, look at labels, loss and the last activation, and at the learning rate; strong dropout and weight decay
 * hinder it too. The model and its optimizer are afterwards as they were before.
 */
export async function overfitBatch(
  model: tf.LayersModel,
  data: Examples | TensorPair,
  options: OverfitBatchOptions = {},
): Promise<OverfitResult> {
  const { batchSize = 16, steps = 200, tolerance = 0.05, seed = 0, signal, ...compiling } = options;
  if (!(tolerance > 0 && tolerance < 1)) {
    throw new RangeError(`tolerance is ${tolerance}; it must be above 0 and below 1.`);
  }
  const examples = toExamples(data);
  const chosen = random(seed).permutation(examples.size).subarray(0, batchSize);
  const few: Examples = {
    size: chosen.length,
    batch: (indices) => examples.batch(Array.from(indices, (index) => chosen[index] as number)),
  };
  const losses: number[] = [];
  let learned = false;
  await tryOut(model, few, {
    ...compiling,
    ...{ seed, batchSize, epochs: steps, ...(signal && { signal }) },
    callbacks: [
      {
        onStepEnd({ values, stop }) {
          const loss = values.loss as number;
          losses.push(loss);
          learned = loss < tolerance * (losses[0] as number);
          if (learned) stop();
        },
      },
    ],
  });
  const subtitle = `${learned ? "learned" : "not learned"} after ${losses.length} steps`;
  const title = `${chosen.length} examples by heart`;
  return { learned, losses, figure: lines({ loss: losses }, { title, subtitle, x: "step", y: "loss" }) };
}
