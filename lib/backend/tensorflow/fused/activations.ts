// Gradients of activations as operations of TensorFlow, which TensorFlow.js puts together from two or three.
import type * as tf from "@tensorflow/tfjs";
import { runFused } from "./run.ts";

export function fusedSigmoidGradient(dy: tf.Tensor, y: tf.Tensor): tf.Tensor | undefined {
  return runFused("SigmoidGrad", [], [y, dy], 1)?.[0];
}

export function fusedTanhGradient(dy: tf.Tensor, y: tf.Tensor): tf.Tensor | undefined {
  return runFused("TanhGrad", [], [y, dy], 1)?.[0];
}
