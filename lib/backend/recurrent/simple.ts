// A simple recurrent cell (Elman, 1990): its output is its state.
import * as tf from "@tensorflow/tfjs";
import type { Activation } from "./activations.ts";
import type { CellMath } from "./cell.ts";

export function simpleMath(activation: Activation): CellMath {
  return {
    columns: (weights) => [weights],
    forward(input, [state], [weights]) {
      const factors = tf.concat([input, state], 1);
      const next = activation.apply(tf.matMul(factors, weights));
      return { states: [next], kept: [next], factors: [factors] };
    },
    prepareBackward: (recurrentKernel) => [recurrentKernel],
    backward({ gradients, kept }, [recurrentKernel]) {
      const sums = activation.gradient(gradients[0], kept[0]);
      return { sums, previous: [tf.matMul(sums, recurrentKernel, false, true)] };
    },
  };
}
