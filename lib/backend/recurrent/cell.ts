// What a recurrent cell computes at one step and how its gradient goes back through that step, apart from all that can
// be done for all the steps at once: the projection of the inputs and the gradients of the weights.
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
  /** With respect to the projected input. */
  projection: tf.Tensor;
  /** With respect to the states before the step. */
  previous: tf.Tensor[];
}

export interface CellMath {
  /** The recurrent kernel in the pieces that the two passes take. */
  prepare(recurrentKernel: tf.Tensor): tf.Tensor[];
  /** Those of the backward pass, where they are others. */
  prepareBackward?(recurrentKernel: tf.Tensor): tf.Tensor[];
  /** @param projection Input · kernel + bias of this step: batch × columns of the kernel. */
  forward(projection: tf.Tensor, previous: tf.Tensor[], recurrent: tf.Tensor[]): Step;
  backward(step: PastStep, recurrent: tf.Tensor[]): StepGradients;
  /** Where `backward` takes and gives columns in another order than that of the kernels: there and back. */
  reorder?(columns: tf.Tensor): tf.Tensor;
  /** The gradient of the recurrent kernel from the rows of all steps. */
  recurrentGradient(previous: tf.Tensor, kept: tf.Tensor[][], projections: tf.Tensor): tf.Tensor;
}
