// Operations with a gradient of their own, several results and gradients on demand, which tf.customGrad can't have.
import * as tf from "@tensorflow/tfjs";

interface Operation {
  inputs: Record<string, tf.Tensor>;
  /** @param save Takes what `backward` needs. */
  forward(save: (tensors: tf.Tensor[]) => void): tf.Tensor[];
  /** The gradient of each input, from those of the results. */
  backward(gradients: tf.Tensor[], saved: tf.Tensor[]): Record<string, () => tf.Tensor>;
}

/** Parts of tfjs's engine that its types keep back. */
interface Engine {
  runKernelFunc(operation: {
    forwardFunc(backend: unknown, save: (tensors: tf.Tensor[]) => void): tf.Tensor[];
    backwardsFunc(dy: tf.Tensor | tf.Tensor[], saved: tf.Tensor[]): Record<string, () => tf.Tensor>;
    inputs: Record<string, tf.Tensor>;
  }): tf.Tensor[];
  state: { gradientDepth: number };
}

export function runWithGradient({ inputs, forward, backward }: Operation): tf.Tensor[] {
  const results = (tf.engine() as unknown as Engine).runKernelFunc({
    inputs,
    forwardFunc: (_backend, save) => forward(save),
    backwardsFunc: (dy, saved) => backward([dy].flat(), saved),
  });
  // The tape keeps that array: it may not be changed.
  return [...results];
}

/** Above one where gradients of gradients are taken, which such operations can't give. */
export function gradientDepth(): number {
  return (tf.engine() as unknown as Engine).state.gradientDepth;
}
