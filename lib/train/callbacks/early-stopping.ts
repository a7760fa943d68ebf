// Stop when the validation no longer gets better, and go back to the weights that were best.

import * as tf from "@tensorflow/tfjs";
import type { FitCallback } from "../callback.ts";
import { modelVariables } from "../training-state.ts";
import { directionOf, isBetter, type WatchOptions, watched, worst } from "./metric-direction.ts";

export interface EarlyStoppingOptions extends WatchOptions {
  /** How many epochs without a better value end the run. Defaults to `3`. */
  patience?: number;
  /** By how much a value has to be better to count. Defaults to `0`. */
  minimumChange?: number;
  /** At the end of the run, whatever ended it, go back to the weights of the best epoch. Defaults to `true`. */
  restoreBest?: boolean;
  /** Values that are not better than it count as no progress. Defaults to none. */
  baseline?: number;
}

export interface EarlyStopping extends FitCallback {
  /** Epoch of the best value so far, from 1; 0 if there is none. */
  readonly bestEpoch: number;
  /** The best value so far. */
  readonly best: number;
}

/** End the run when a metric has not become better for some epochs. */
export function earlyStopping(options: EarlyStoppingOptions = {}): EarlyStopping {
  const { metric = "val_loss", patience = 3, minimumChange = 0, restoreBest = true, baseline } = options;
  const direction = directionOf(options);
  let [best, bestEpoch, since] = [baseline ?? worst(direction), 0, 0];
  let weights: tf.Tensor[] = [];
  const forget = () => {
    tf.dispose(weights);
    weights = [];
  };
  return {
    name: "earlyStopping",
    get best() {
      return best;
    },
    get bestEpoch() {
      return bestEpoch;
    },
    onStart({ epoch }) {
      if (epoch > 0) return;
      forget();
      [best, bestEpoch, since] = [baseline ?? worst(direction), 0, 0];
    },
    onEpochEnd({ model, epoch, values, stop }) {
      const value = watched("earlyStopping", metric, values);
      if (isBetter(direction, value, best, minimumChange)) {
        [best, bestEpoch, since] = [value, epoch, 0];
        if (!restoreBest) return;
        forget();
        weights = modelVariables(model).map((weight) => tf.keep(weight.clone()));
        return;
      }
      since++;
      if (since >= patience) stop();
    },
    onEnd({ model }) {
      for (const [index, weight] of weights.entries()) modelVariables(model)[index]?.assign(weight);
      forget();
    },
    save: () => ({ values: { best, bestEpoch, since }, tensors: weights }),
    restore({ values, tensors }) {
      ({ best, bestEpoch, since } = values as { best: number; bestEpoch: number; since: number });
      forget();
      weights = tensors.map((tensor) => tf.keep(tensor));
    },
  };
}
