// A simple recurrent cell (Elman, 1990): its output is its state.
import * as tf from "@tensorflow/tfjs";
import type { Activation } from "./activations.ts";
import type { CellMath } from "./cell.ts";

export function simpleMath(activation: Activation): CellMath {
  return {
    prepare: (recurrentKernel) => [recurrentKernel],
    forward(projection, [state], [recurrentKernel]) {
      const next = activation.apply(tf.add(projection, tf.matMul(state, recurrentKernel)));
      return { states: [next], kept: [next] };
    },
    backward({ gradients, kept }, [recurrentKernel]) {
      const projection = activation.gradient(gradients[0], kept[0]);
      return { projection, previous: [tf.matMul(projection, recurrentKernel, false, true)] };
    },
    recurrentGradient: (previous, _kept, projections) => tf.matMul(previous, projections, true),
  };
}
