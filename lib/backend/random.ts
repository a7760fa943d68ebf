// Random tensors. TensorFlow draws them itself, from a seed alone, so that a recorded step with dropout runs without its
// JavaScript. The other backends leave it to TensorFlow.js.
import * as tf from "@tensorflow/tfjs";
import { statelessNormal, statelessUniform } from "./tensorflow/fused/random.ts";

/** Numbers uniform in [0, 1). Without a seed it is drawn from Math.random. */
export function randomUniform(shape: number[], seed?: number): tf.Tensor {
  if (tf.getBackend() === "tensorflow") return statelessUniform(shape, seed);
  return tf.randomUniform(shape, 0, 1, "float32", seed);
}

/** Numbers of the normal distribution with mean 0 and standard deviation 1. */
export function randomNormal(shape: number[]): tf.Tensor {
  return tf.getBackend() === "tensorflow" ? statelessNormal(shape) : tf.randomNormal(shape);
}

interface DropoutOptions {
  /** What is dropped together has size 1 here. Defaults to that of the tensor. */
  noiseShape?: number[] | undefined;
  /** Drops the same at each call. */
  seed?: number | undefined;
}

/** Sets a part of the values to zero and divides the others by 1 − `rate` (Srivastava et al., 2014). */
export function dropout(x: tf.Tensor, rate: number, { noiseShape, seed }: DropoutOptions = {}): tf.Tensor {
  if (rate === 1) return tf.zerosLike(x);
  const kept = tf.greaterEqual(randomUniform(noiseShape ?? x.shape, seed), rate);
  return tf.mul(x, tf.mul(tf.cast(kept, "float32"), 1 / (1 - rate)));
}
