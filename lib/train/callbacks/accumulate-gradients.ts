// Batches that don't fit into memory: the mean of several steps' gradients makes one step of the optimizer.

import * as tf from "@tensorflow/tfjs";
import type { FitCallback, FitState } from "../callback.ts";

/**
 * Let `count` batches make one step, as a batch of that many times the size would; the last step of an epoch takes what
 * is left. Callbacks that come later in the list see the mean: put `clipGradients` after it.
 *
 * Batch normalisation still sees the single batches.
 */
export function accumulateGradients(count: number): FitCallback {
  if (!(Number.isInteger(count) && count > 0)) {
    throw new RangeError(`count is ${count}; it must be a whole number of at least 1.`);
  }
  const sums = new Map<tf.Variable, tf.Variable>();
  let [applies, gathered] = [true, 0];
  const forget = () => {
    tf.dispose([...sums.values()]);
    sums.clear();
  };
  const sumOf = (variable: tf.Variable) => {
    const known = sums.get(variable);
    if (known) return known;
    const fresh = tf.variable(tf.zeros(variable.shape), false);
    sums.set(variable, fresh);
    return fresh;
  };
  return {
    name: "accumulateGradients",
    onStart: forget,
    onStepStart({ stepOfEpoch, stepsPerEpoch }: FitState) {
      applies = stepOfEpoch % count === 0 || stepOfEpoch === stepsPerEpoch;
      gathered = ((stepOfEpoch - 1) % count) + 1;
    },
    variant: () => (applies ? "apply" : "gather"),
    onGradients(gradients) {
      const means = gradients.map(({ variable, gradient }) => {
        const sum = sumOf(variable);
        const next = sum.add(gradient);
        sum.assign(applies ? tf.zerosLike(next) : next);
        return { variable, gradient: next.div(gathered) };
      });
      return applies ? means : undefined;
    },
    onEnd: forget,
  };
}
