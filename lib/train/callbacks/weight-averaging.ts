// Stochastic weight averaging (Izmailov, Podoprikhin, Garipov, Vetrov and Wilson, 2018): the mean of the weights at the ends
// of the last epochs lies in the middle of a wide valley of the loss, and does better on new data than any of them.

import * as tf from "@tensorflow/tfjs";
import { remeasure } from "../batch-normalization.ts";
import type { FitCallback, FitState } from "../callback.ts";
import { modelVariables } from "../training-state.ts";
import { setRate } from "./learning-rate.ts";

export interface StochasticWeightAveragingOptions {
  /** Epoch, from 1, at whose end the first weights are taken. Defaults to that after three quarters of the run. */
  startEpoch?: number;
  /** Epochs from one taking to the next: the length of the cycle of a cyclic learning rate. Defaults to `1`. */
  every?: number;
  /** Constant learning rate from the start epoch on, larger than the last one of a decay. Defaults to the run's own. */
  learningRate?: number;
}

/**
 * Average the weights at the ends of epochs, all alike; at the end of the run the model gets the average, and means and
 * variances of batch normalization are computed anew in one more pass over the data.
 *
 * Loss and metrics of the epochs are those of the weights that are trained; measure the average with `dl.train.evaluate`.
 * A run that is interrupted before the start epoch keeps its own weights.
 *
 * @throws RangeError if an epoch is not a whole number from 1, or the learning rate not above 0.
 */
export function stochasticWeightAveraging(options: StochasticWeightAveragingOptions = {}): FitCallback {
  const { startEpoch, every = 1, learningRate } = options;
  for (const [name, value] of Object.entries({ startEpoch: startEpoch ?? 1, every })) {
    if (Number.isInteger(value) && value >= 1) continue;
    throw new RangeError(`${name} is ${value}; it must be a whole number of at least 1.`);
  }
  if (learningRate !== undefined && !(learningRate > 0)) {
    throw new RangeError(`learningRate is ${learningRate}; it must be a number above 0.`);
  }
  const first = ({ epochs }: FitState) => startEpoch ?? Math.min(epochs, Math.floor(0.75 * epochs) + 1);
  let averages: tf.Variable[] = [];
  let count = 0;
  const forget = () => {
    tf.dispose(averages);
    averages = [];
    count = 0;
  };
  return {
    name: "stochasticWeightAveraging",
    numbers: () => [],
    onStart({ epoch }: FitState) {
      if (epoch === 0) forget();
    },
    onEpochStart(state: FitState) {
      if (learningRate !== undefined && state.epoch >= first(state))
        setRate(state.model.optimizer, learningRate);
    },
    onEpochEnd(state: FitState) {
      const since = state.epoch - first(state);
      if (since < 0 || since % every !== 0) return;
      const weights = modelVariables(state.model);
      if (count === 0) averages = weights.map((weight) => tf.variable(weight, false));
      else {
        tf.tidy(() => {
          for (const [index, average] of averages.entries()) {
            average.assign(average.add(tf.sub(weights[index] as tf.Variable, average).div(count + 1)));
          }
        });
      }
      count++;
    },
    async onEnd({ model, examples, batchSize }: FitState) {
      if (count === 0) return;
      for (const [index, weight] of modelVariables(model).entries())
        weight.assign(averages[index] as tf.Variable);
      forget();
      await remeasure(model, examples, { batchSize });
    },
    save: () => ({ values: count, tensors: averages }),
    restore({ values, tensors }) {
      forget();
      count = values as number;
      averages = tensors.map((tensor) => tf.variable(tensor, false));
      tf.dispose(tensors);
    },
  };
}
