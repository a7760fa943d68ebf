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
    numbers: () => (applies ? [gathered] : []),
    onGradients(gradients) {
      if (!applies) {
        for (const { variable, gradient } of gradients) {
          const sum = sumOf(variable);
          sum.assign(sum.add(gradient));
        }
        return undefined;
      }
      return gradients.map(({ variable, gradient }) => {
        const sum = sumOf(variable);
        const mean = sum.add(gradient).div(gathered);
        sum.assign(tf.zerosLike(sum));
        return { variable, gradient: mean };
      });
    },
    onEnd: forget,
  };
}
