// What a recurrent cell computes at one step and how its gradient goes back through that step, apart from all that can
// be done for all the steps at once: the gradients of the inputs and of the weights.
import type * as tf from "@tensorflow/tfjs";

export interface Weights {
  kernel: tf.Tensor;
  recurrentKernel: tf.Tensor;
  bias: tf.Tensor | undefined;
}

interface Step {
  /** The states after the step; the first is the output. */
  states: tf.Tensor[];
  /** What `backward` needs besides states. */
  kept: tf.Tensor[];
  /** What the weights were multiplied with, for each group of columns: batch × rows of the weights. */
  factors: tf.Tensor[];
}

/** A step, as the backward pass finds it. */
export interface PastStep {
  /** The gradients with respect to the states after it. */
  gradients: tf.Tensor[];
  /** The states before it. */
  previous: tf.Tensor[];
  kept: tf.Tensor[];
}

interface StepGradients {
  /** With respect to the sums, factors · weights. */
  sums: tf.Tensor;
  /** With respect to the states before the step. */
  previous: tf.Tensor[];
}

export interface CellMath {
  /** All weights, (features + 1 with a bias + units) × columns, in groups of columns that are multiplied with other factors. */
  columns(weights: tf.Tensor): tf.Tensor[];
  /** @param input Of this step, batch × features, and with a bias a column of ones. */
  forward(input: tf.Tensor, previous: tf.Tensor[], weights: tf.Tensor[]): Step;
  /** The recurrent kernel in the pieces that the backward pass takes. */
  prepareBackward(recurrentKernel: tf.Tensor): tf.Tensor[];
  backward(step: PastStep, recurrent: tf.Tensor[]): StepGradients;
  /** Where `backward` takes and gives columns in another order than that of the kernels: there and back. */
  reorder?(columns: tf.Tensor): tf.Tensor;
}
