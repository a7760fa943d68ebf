// Gradients of activations as operations of TensorFlow, which TensorFlow.js puts together from several.
import * as tf from "@tensorflow/tfjs";
import { runFused } from "./run.ts";

type Gradient = (dy: tf.Tensor, y: tf.Tensor) => tf.Tensor;

/** By the activation's name; `y` is its result. For the backend "tensorflow". */
export const fusedGradients: Partial<Record<string, Gradient>> = {
  sigmoid: (dy, y) => runFused("SigmoidGrad", [], [y, dy], 1)[0],
  tanh: (dy, y) => runFused("TanhGrad", [], [y, dy], 1)[0],
  relu: (dy, y) => runFused("ReluGrad", [], [dy, y], 1)[0],
  // A sixth of relu6(1.2x + 3).
  hardSigmoid: (dy, y) => runFused("Relu6Grad", [], [tf.mul(dy, 0.2), tf.mul(y, 6)], 1)[0],
};
