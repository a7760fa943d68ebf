// Random tensors, the same for the same seed on every backend and however they are run. TensorFlow draws them itself and
// wasm in a kernel, from a seed alone, so that a recorded step with dropout runs without its JavaScript.
import * as tf from "@tensorflow/tfjs";
import { philoxMask, philoxNormal, philoxUniform } from "./philox.ts";
import { drawSeed, seedOf } from "./recording/seeds.ts";
import { statelessMask, statelessNormal, statelessUniform } from "./tensorflow/fused/random.ts";
import { drawOnWasm } from "./wasm/random.ts";

/** Numbers uniform in [0, 1). Without a seed it is drawn from Math.random. */
export function randomUniform(shape: number[], seed?: number): tf.Tensor {
  const drawn = seed === undefined ? drawSeed() : seedOf(seed);
  if (tf.getBackend() === "tensorflow") return statelessUniform(shape, drawn);
  if (tf.getBackend() === "wasm") return drawOnWasm("uniform", shape, drawn);
  return tf.tensor(philoxUniform(tf.util.sizeFromShape(shape), drawn), shape);
}

/** Numbers of the normal distribution with mean 0 and standard deviation 1. */
export function randomNormal(shape: number[]): tf.Tensor {
  const seed = drawSeed();
  if (tf.getBackend() === "tensorflow") return statelessNormal(shape, seed);
  if (tf.getBackend() === "wasm") return drawOnWasm("normal", shape, seed);
  return tf.tensor(philoxNormal(tf.util.sizeFromShape(shape), seed), shape);
}

/**
 * Ones and, as the part `rate` from 0 to 1, zeros. 16 bits decide on each, which takes half the time of a number of
 * float32: the part is the multiple of 1/65,536 nearest to `rate`.
 */
export function randomMask(shape: number[], rate: number, seed?: number): tf.Tensor {
  const drawn = seed === undefined ? drawSeed() : seedOf(seed);
  // The least whole number that gives a 1. They go from −32,768 to 32,767.
  const least = Math.min(Math.round(rate * 2 ** 16), 2 ** 16 - 1) - 2 ** 15;
  if (tf.getBackend() === "tensorflow") return statelessMask(shape, least, drawn);
  if (tf.getBackend() === "wasm") return drawOnWasm("mask", shape, drawn, { least });
  return tf.tensor(philoxMask(tf.util.sizeFromShape(shape), least, drawn), shape);
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
  return tf.mul(x, tf.mul(randomMask(noiseShape ?? x.shape, rate, seed), 1 / (1 - rate)));
}
