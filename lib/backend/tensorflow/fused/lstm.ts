// A step of an LSTM as one operation of TensorFlow, and the elementwise part of its backward step as another, for tanh and
// sigmoid. Columns of the kernels: input gate, candidate, forget gate, output gate.
import * as tf from "@tensorflow/tfjs";
import { attributeType } from "../attributes.ts";
import { runFused } from "./run.ts";

interface Computed {
  /** The gates and the candidate. */
  input: tf.Tensor;
  forget: tf.Tensor;
  candidate: tf.Tensor;
  open: tf.Tensor;
  /** The state after the step, and its tanh. */
  memory: tf.Tensor;
  squashed: tf.Tensor;
}

interface LstmStep extends Computed {
  previousMemory: tf.Tensor;
  previousOutput: tf.Tensor;
  byOutput: tf.Tensor;
  byMemory: tf.Tensor;
}

const withoutPeepholes = { name: "use_peephole", type: attributeType.bool, value: false };

/** @param kernel The rows of the input's kernel, then those of the recurrent kernel. */
export function fusedLstm(
  x: tf.Tensor,
  previousOutput: tf.Tensor,
  previousMemory: tf.Tensor,
  kernel: tf.Tensor,
  bias: tf.Tensor,
): Computed & { output: tf.Tensor } {
  const peephole = tf.zeros([previousMemory.shape[1] as number]);
  const attributes = [
    withoutPeepholes,
    { name: "forget_bias", type: attributeType.float, value: 0 },
    // None.
    { name: "cell_clip", type: attributeType.float, value: -1 },
  ];
  const inputs = [x, previousMemory, previousOutput, kernel, peephole, peephole, peephole, bias];
  const [input, memory, forget, open, candidate, squashed, output] = runFused(
    "LSTMBlockCell",
    attributes,
    inputs,
    7,
  );
  return { input, forget, candidate, open, memory, squashed, output };
}

/**
 * On the backend "tensorflow", the gradients with respect to the sums (input gate, candidate, forget gate, output gate) and to the state before.
 * Of `recurrentKernel` only the shape counts.
 */
export function fusedLstmGradient(
  step: LstmStep,
  recurrentKernel: tf.Tensor,
): { sums: tf.Tensor; byPreviousMemory: tf.Tensor } {
  const [units, columns] = recurrentKernel.shape as [number, number];
  const noInput = tf.zeros([step.input.shape[0], 0]);
  const [peephole, bias] = [tf.zeros([units]), tf.zeros([columns])];
  const inputs = [
    noInput,
    step.previousMemory,
    step.previousOutput,
    recurrentKernel,
    peephole,
    peephole,
    peephole,
    bias,
    step.input,
    step.memory,
    step.forget,
    step.open,
    step.candidate,
    step.squashed,
    step.byMemory,
    step.byOutput,
  ];
  const [byPreviousMemory, sums] = runFused("LSTMBlockCellGrad", [withoutPeepholes], inputs, 5);
  return { byPreviousMemory, sums };
}
