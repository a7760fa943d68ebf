// Products of transposed matrices. The published kernel multiplies these in a plain loop and only
// untransposed ones in XNNPACK, so transposing first is many times faster.
import * as tf from "@tensorflow/tfjs";
import { wrapKernel } from "../cpu-fallback.ts";
import { asTensor, runKernel } from "../kernel-tensors.ts";

export function registerMatMul(): void {
  wrapKernel("BatchMatMul", "wasm", (original) => (given) => {
    const { transposeA, transposeB } = given.attrs as unknown as { transposeA: boolean; transposeB: boolean };
    if (!transposeA && !transposeB) return original(given);
    return tf.tidy(() => {
      const a = asTensor(given.inputs.a);
      const b = asTensor(given.inputs.b);
      return runKernel(
        "BatchMatMul",
        { a: transposeA ? transposed(a) : a, b: transposeB ? transposed(b) : b },
        { transposeA: false, transposeB: false },
      );
    });
  });
}

function transposed(x: tf.Tensor): tf.Tensor {
  const permutation = Array.from({ length: x.rank }, (_, axis) => axis);
  [permutation[x.rank - 2], permutation[x.rank - 1]] = [x.rank - 1, x.rank - 2];
  return tf.transpose(x, permutation);
}
