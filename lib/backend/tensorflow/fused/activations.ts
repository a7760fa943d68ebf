// Gradients of activations as operations of TensorFlow, which TensorFlow.js puts together from several: seven for a
// rectified linear unit, each of which goes over the whole batch.
import * as tf from "@tensorflow/tfjs";
import { gradientDepth } from "../../gradient.ts";
import { runFused } from "./run.ts";

type Gradient = (dy: tf.Tensor, y: tf.Tensor) => tf.Tensor;

const reluGradient: Gradient = (dy, y) => runFused("ReluGrad", [], [dy, y], 1)[0];
const sigmoidGradient: Gradient = (dy, y) => runFused("SigmoidGrad", [], [y, dy], 1)[0];
const tanhGradient: Gradient = (dy, y) => runFused("TanhGrad", [], [y, dy], 1)[0];

/** By the activation's name; `y` is its result. For the backend "tensorflow". */
export const fusedGradients: Partial<Record<string, Gradient>> = {
  sigmoid: sigmoidGradient,
  tanh: tanhGradient,
  relu: reluGradient,
  // A sixth of relu6(1.2x + 3).
  hardSigmoid: (dy, y) => runFused("Relu6Grad", [], [tf.mul(dy, 0.2), tf.mul(y, 6)], 1)[0],
};

/** Have the gradients of TensorFlow.js's own activations be single operations on the backend "tensorflow". */
export function accelerateActivationGradients(): void {
  // TensorFlow.js keeps the input of this one. Its output tells as much and is kept anyway, for the next layer.
  accelerate("Relu", reluGradient);
  accelerate("Sigmoid", sigmoidGradient);
  accelerate("Tanh", tanhGradient);
}

function accelerate(kernelName: string, fused: Gradient): void {
  const original = tf.getGradient(kernelName);
  tf.registerGradient({
    kernelName,
    outputsToSave: [true],
    gradFunc: (dy, saved, attributes) => {
      // The innermost gradient is taken where its own tape has ended: any other wants the gradient of this gradient.
      const [given, kept] = [dy as tf.Tensor, saved[0] as tf.Tensor];
      const isFusible =
        tf.getBackend() === "tensorflow" &&
        gradientDepth() < 1 &&
        kept.dtype === "float32" &&
        given.dtype === "float32";
      return isFusible ? { x: () => fused(given, kept) } : original.gradFunc(dy, saved, attributes);
    },
  });
}
