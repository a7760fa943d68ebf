// A long short-term memory cell (Hochreiter and Schmidhuber, 1997; with the forget gate of Gers et al., 2000). Columns of
// the kernels: input gate, forget gate, candidate, output gate.
import * as tf from "@tensorflow/tfjs";
import { fusedLstmGradient } from "../tensorflow/fused/lstm.ts";
import type { Activation } from "./activations.ts";
import type { CellMath } from "./cell.ts";

export function lstmMath(activation: Activation, gate: Activation): CellMath {
  const math = plainMath(activation, gate);
  const isFused = tf.getBackend() === "tensorflow" && activation.name === "tanh" && gate.name === "sigmoid";
  return isFused ? { ...math, ...fusedMath } : math;
}

function plainMath(activation: Activation, gate: Activation): CellMath {
  return {
    columns: (weights) => [weights],
    forward(input, [output, memory], [weights]) {
      const factors = tf.concat([input, output], 1);
      const sums = tf.matMul(factors, weights);
      const [first, second, third, last] = tf.split(sums, 4, 1);
      const [taken, forget] = [gate.apply(first), gate.apply(second)];
      const candidate = activation.apply(third);
      const open = gate.apply(last);
      const next = tf.add(tf.mul(forget, memory), tf.mul(taken, candidate));
      const squashed = activation.apply(next);
      return {
        states: [tf.mul(open, squashed), next],
        kept: [taken, forget, candidate, open, squashed, next],
        factors: [factors],
      };
    },
    prepareBackward: (recurrentKernel) => [recurrentKernel],
    backward({ gradients, previous, kept }, [recurrentKernel]) {
      const [input, forget, candidate, open, squashed] = kept;
      const [byOutput, byMemory] = gradients;
      const total = tf.add(byMemory, activation.gradient(tf.mul(byOutput, open), squashed));
      const sums = tf.concat(
        [
          gate.gradient(tf.mul(total, candidate), input),
          gate.gradient(tf.mul(total, previous[1]), forget),
          activation.gradient(tf.mul(total, input), candidate),
          gate.gradient(tf.mul(byOutput, squashed), open),
        ],
        1,
      );
      return {
        sums,
        previous: [tf.matMul(sums, recurrentKernel, false, true), tf.mul(total, forget)],
      };
    },
  };
}

const fusedMath: Pick<CellMath, "prepareBackward" | "backward" | "reorder"> = {
  // Transposed once instead of in each product. The rows are swapped after that, lest TensorFlow undo it: it joins a
  // product with a transposition right before.
  prepareBackward: (recurrentKernel) => [
    recurrentKernel,
    swapForgetAndCandidate(tf.transpose(recurrentKernel), 0),
  ],
  backward(step, [recurrentKernel, transposed]) {
    const [input, forget, candidate, open, squashed, memory] = step.kept;
    const [byOutput, byMemory] = step.gradients;
    const [previousOutput, previousMemory] = step.previous;
    const { sums, byPreviousMemory } = fusedLstmGradient(
      {
        ...{ input, forget, candidate, open, squashed, memory },
        ...{ previousOutput, previousMemory, byOutput, byMemory },
      },
      recurrentKernel,
    );
    return { sums, previous: [tf.matMul(sums, transposed), byPreviousMemory] };
  },
  reorder: (columns) => swapForgetAndCandidate(columns),
};

/** Between the order of columns here and that of TensorFlow's operation, both ways. */
function swapForgetAndCandidate(columns: tf.Tensor, axis = columns.rank - 1): tf.Tensor {
  const [input, second, third, output] = tf.split(columns, 4, axis);
  return tf.concat([input, third, second, output], axis);
}
