// The moving average of the weights, which often does better than the last ones (Polyak and Juditsky, 1992).

import * as tf from "@tensorflow/tfjs";
import type { FitCallback, FitState } from "../callback.ts";
import { modelVariables } from "../training-state.ts";

export interface MovingAverageOptions {
  /** How slowly the average moves, 0 to 1. Defaults to `0.999`. */
  decay?: number;
  /** Start lower, at (1 + step) / (10 + step), while the average is young. Defaults to `true`. */
  warmUp?: boolean;
}

export interface MovingAverage extends FitCallback {
  /** Give the model the averaged weights, or its own again if it has them. After the run it has the averaged ones. */
  swap(model: tf.LayersModel): void;
}

/** Average the weights over all steps; at the end of the run the model gets the averaged ones. */
export function movingAverage(options: MovingAverageOptions = {}): MovingAverage {
  const { decay = 0.999, warmUp = true } = options;
  if (!(decay >= 0 && decay < 1)) {
    throw new RangeError(`decay is ${decay}; it must be at least 0 and below 1.`);
  }
  let averages: tf.Variable[] = [];
  const forget = () => {
    tf.dispose(averages);
    averages = [];
  };
  const swap = (model: tf.LayersModel) => {
    for (const [index, weight] of modelVariables(model).entries()) {
      const average = averages[index];
      if (!average) continue;
      const own = weight.clone();
      weight.assign(average);
      average.assign(own);
      own.dispose();
    }
  };
  return {
    name: "movingAverage",
    numbers: () => [],
    swap,
    onStart({ model, epoch }: FitState) {
      if (epoch > 0 && averages.length > 0) return;
      forget();
      averages = modelVariables(model).map((weight) => tf.variable(weight, false));
    },
    onStepEnd({ model, step }: FitState) {
      const part = warmUp ? Math.min(decay, (1 + step) / (10 + step)) : decay;
      tf.tidy(() => {
        for (const [index, weight] of modelVariables(model).entries()) {
          const average = averages[index] as tf.Variable;
          average.assign(average.mul(part).add(weight.mul(1 - part)));
        }
      });
    },
    onEnd({ model }: FitState) {
      swap(model);
      forget();
    },
    save: () => ({ tensors: averages }),
    restore({ tensors }) {
      forget();
      averages = tensors.map((tensor) => tf.variable(tensor, false));
      tf.dispose(tensors);
    },
  };
}
