// A long short-term memory cell (Hochreiter and Schmidhuber, 1997; with the forget gate of Gers et al., 2000). Columns of
// the kernels: input gate, forget gate, candidate, output gate.
import * as tf from "@tensorflow/tfjs";
import { fusedLstm, fusedLstmGradient } from "../tensorflow/fused/lstm.ts";
import type { Activation } from "./activations.ts";
import type { CellMath, Step, Weights } from "./cell.ts";

export function lstmMath(activation: Activation, gate: Activation): CellMath {
  const math = plainMath(activation, gate);
  const isFused = tf.getBackend() === "tensorflow" && activation.name === "tanh" && gate.name === "sigmoid";
  return isFused ? { ...math, ...fusedMath } : math;
}

function plainMath(activation: Activation, gate: Activation): CellMath {
  return {
    prepare: (recurrentKernel) => [recurrentKernel],
    forward(projection, [output, memory], [recurrentKernel]) {
      const sums = tf.add(projection, tf.matMul(output, recurrentKernel));
      const [first, second, third, last] = tf.split(sums, 4, 1);
      const [input, forget] = [gate.apply(first), gate.apply(second)];
      const candidate = activation.apply(third);
      const open = gate.apply(last);
      const next = tf.add(tf.mul(forget, memory), tf.mul(input, candidate));
      const squashed = activation.apply(next);
      return {
        states: [tf.mul(open, squashed), next],
        kept: [input, forget, candidate, open, squashed, next],
      };
    },
    backward({ gradients, previous, kept }, [recurrentKernel]) {
      const [input, forget, candidate, open, squashed] = kept;
      const [byOutput, byMemory] = gradients;
      const total = tf.add(byMemory, activation.gradient(tf.mul(byOutput, open), squashed));
      const projection = tf.concat(
        [
          gate.gradient(tf.mul(total, candidate), input),
          gate.gradient(tf.mul(total, previous[1]), forget),
          activation.gradient(tf.mul(total, input), candidate),
          gate.gradient(tf.mul(byOutput, squashed), open),
        ],
        1,
      );
      return {
        projection,
        previous: [tf.matMul(projection, recurrentKernel, false, true), tf.mul(total, forget)],
      };
    },
    recurrentGradient: (previous, _kept, projections) => tf.matMul(previous, projections, true),
  };
}

const fusedMath: Pick<CellMath, "prepare" | "whole" | "backward" | "reorder"> = {
  // Once instead of in each product of the backward pass.
  prepare: (recurrentKernel) => [recurrentKernel, tf.transpose(recurrentKernel)],
  whole({ kernel, recurrentKernel, bias }: Weights) {
    const joined = swapForgetAndCandidate(tf.concat([kernel, recurrentKernel]));
    const shift = bias ? swapForgetAndCandidate(bias) : tf.zeros([joined.shape[1] as number]);
    return (input, [output, memory]): Step => {
      const step = fusedLstm(input, output, memory, joined, shift);
      const { input: inputGate, forget, candidate, open, squashed } = step;
      return {
        states: [step.output, step.memory],
        kept: [inputGate, forget, candidate, open, squashed, step.memory],
      };
    };
  },
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
    return { projection: sums, previous: [tf.matMul(sums, transposed), byPreviousMemory] };
  },
  reorder: swapForgetAndCandidate,
};

/** Between the order of columns here and that of TensorFlow's operation, both ways. */
function swapForgetAndCandidate(columns: tf.Tensor): tf.Tensor {
  const axis = columns.rank - 1;
  const [input, second, third, output] = tf.split(columns, 4, axis);
  return tf.concat([input, third, second, output], axis);
}
