// The elementwise part of an LSTM's backward step as one operation of TensorFlow, for tanh and sigmoid. Columns of the
// sums: input gate, candidate, forget gate, output gate. TensorFlow's operation of a forward step, LSTMBlockCell, takes
// twice as long as its parts: its product is Eigen's instead of oneDNN's.
import * as tf from "@tensorflow/tfjs";
import { attributeType } from "../attributes.ts";
import { runFused } from "./run.ts";

interface LstmStep {
  /** The gates and the candidate. */
  input: tf.Tensor;
  forget: tf.Tensor;
  candidate: tf.Tensor;
  open: tf.Tensor;
  /** The state after the step, and its tanh. */
  memory: tf.Tensor;
  squashed: tf.Tensor;
  previousMemory: tf.Tensor;
  previousOutput: tf.Tensor;
  byOutput: tf.Tensor;
  byMemory: tf.Tensor;
}

const withoutPeepholes = { name: "use_peephole", type: attributeType.bool, value: false };

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
