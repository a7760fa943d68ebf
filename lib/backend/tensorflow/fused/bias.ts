// Biases as TensorFlow's own operations. Added so, TensorFlow joins a bias with the convolution before it, where a
// sum with broadcasting takes a pass over the batch; and the gradient of a bias, a sum over all axes but the last, takes
// a third of the time.
import * as tf from "@tensorflow/tfjs";
import { wrapKernel } from "../../cpu-fallback.ts";
import { runFused } from "./run.ts";

const backendName = "tensorflow";

/** @param gpu Whether a GPU adds up, which `BiasAddGrad` does in any order there: not the same from run to run. */
export function registerBiasOperations(gpu: boolean): void {
  wrapKernel("Add", backendName, (original) => (given) => {
    const [a, b] = [given.inputs.a, given.inputs.b] as [tf.Tensor, tf.Tensor];
    if (isBias(b, a)) return runFused("BiasAdd", [], [a, b], 1)[0];
    if (isBias(a, b)) return runFused("BiasAdd", [], [b, a], 1)[0];
    return original(given);
  });
  if (gpu) return;
  wrapKernel("Sum", backendName, (original) => (given) => {
    const x = given.inputs.x as tf.Tensor;
    const { axis, keepDims } = given.attrs as unknown as { axis?: number | number[]; keepDims?: boolean };
    const isFusible = isBatch(x) && !keepDims && isAllButLast(x, axis);
    return isFusible ? runFused("BiasAddGrad", [], [x], 1)[0] : original(given);
  });
}

function isBatch({ dtype, shape }: tf.TensorInfo): boolean {
  return dtype === "float32" && shape.length > 1 && shape.every((size) => size > 0);
}

function isBias(bias: tf.TensorInfo, x: tf.TensorInfo): boolean {
  return (
    isBatch(x) && bias.dtype === "float32" && bias.shape.length === 1 && bias.shape[0] === x.shape.at(-1)
  );
}

function isAllButLast({ shape }: tf.TensorInfo, axis: number | number[] | undefined): boolean {
  // All axes are meant where none is named.
  const axes = tf.util.parseAxisParam(axis as number, shape);
  return axes.length === shape.length - 1 && !axes.includes(shape.length - 1);
}
