// The gradient of a bias. TensorFlow's operation for it takes half the time of a general sum.
import * as tf from "@tensorflow/tfjs";
import { runFused } from "./run.ts";

/** The sum of the rows of a matrix of float32. */
export function columnSums(rows: tf.Tensor): tf.Tensor {
  return tf.getBackend() === "tensorflow" ? runFused("BiasAddGrad", [], [rows], 1)[0] : tf.sum(rows, 0);
}
