// What TensorFlow.js's types keep back of its optimizers.
import type * as tf from "@tensorflow/tfjs";

/** What an optimizer's `applyGradients` is given. A gradient is missing where a variable is frozen. */
export type Gradients = Parameters<tf.Optimizer["applyGradients"]>[0];

/** An optimizer's memory of one variable. */
export interface Slot {
  variable: tf.Variable;
}

export interface Adam {
  accBeta1: tf.Variable;
  accBeta2: tf.Variable;
  beta1: number;
  beta2: number;
  epsilon: number;
  learningRate: number;
  accumulatedFirstMoment: Slot[];
  accumulatedSecondMoment: Slot[];
  applyGradients(given: Gradients): void;
  incrementIterations(): void;
}

/** Names of variables and their gradients. */
export function gradientEntries(given: Gradients): [name: string, gradient: tf.Tensor | undefined][] {
  return Array.isArray(given) ? given.map(({ name, tensor }) => [name, tensor]) : Object.entries(given);
}
