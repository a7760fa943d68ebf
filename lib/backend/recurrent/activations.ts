// Activations whose slope follows from their result, so that the backward pass of a recurrent layer needs nothing else.
import * as tf from "@tensorflow/tfjs";
import { fusedGradients } from "../tensorflow/fused/activations.ts";

export interface Activation {
  name: string;
  apply(x: tf.Tensor): tf.Tensor;
  /** The gradient with respect to x where y = f(x) and that with respect to y is `dy`. */
  gradient(dy: tf.Tensor, y: tf.Tensor): tf.Tensor;
}

const activations: Activation[] = [
  {
    name: "sigmoid",
    apply: tf.sigmoid,
    gradient: (dy, y) => tf.mul(dy, tf.mul(y, tf.sub(1, y))),
  },
  {
    name: "tanh",
    apply: tf.tanh,
    gradient: (dy, y) => tf.mul(dy, tf.sub(1, tf.square(y))),
  },
  {
    // That of Keras 2 and TensorFlow.js: max(0, min(1, 0.2x + 0.5)).
    name: "hardSigmoid",
    apply: (x) => tf.clipByValue(tf.add(tf.mul(x, 0.2), 0.5), 0, 1),
    gradient: (dy, y) => {
      const inside = tf.logicalAnd(tf.greater(y, 0), tf.less(y, 1));
      return tf.mul(dy, tf.mul(tf.cast(inside, "float32"), 0.2));
    },
  },
  { name: "relu", apply: tf.relu, gradient: (dy, y) => tf.mul(dy, tf.step(y)) },
  { name: "linear", apply: (x) => x, gradient: (dy) => dy },
];

/** The activation that TensorFlow.js knows by the class name `name`, if it is among them. */
export function activationNamed(name: string): Activation | undefined {
  const found = activations.find((activation) => activation.name === name);
  const gradient = tf.getBackend() === "tensorflow" ? fusedGradients[name] : undefined;
  return found && gradient ? { ...found, gradient } : found;
}
