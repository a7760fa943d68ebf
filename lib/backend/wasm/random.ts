// Random numbers as kernels of their seed, so that a recorded step draws others at each run.
import * as tf from "@tensorflow/tfjs";
import { philoxNormal, philoxUniform } from "../philox.ts";
import type { WasmBackend } from "./data-types.ts";

const kernels = { uniform: "PhiloxUniform", normal: "PhiloxNormal" };

export function registerRandom(): void {
  const draws = { uniform: philoxUniform, normal: philoxNormal };
  for (const distribution of ["uniform", "normal"] as const) {
    const draw = draws[distribution];
    tf.registerKernel({
      kernelName: kernels[distribution],
      backendName: "wasm",
      kernelFunc: ({ inputs, attrs, backend }) => {
        const wasm = backend as WasmBackend;
        const { shape } = attrs as unknown as { shape: number[] };
        const seed = wasm.readSync((inputs.seed as tf.TensorInfo).dataId) as Int32Array;
        return wasm.makeOutput(shape, "float32", undefined, draw(tf.util.sizeFromShape(shape), seed));
      },
    });
  }
}

/** For the backend "wasm": numbers uniform in [0, 1), or of the normal distribution, of a seed that is two whole numbers. */
export function drawOnWasm(distribution: keyof typeof kernels, shape: number[], seed: Int32Array): tf.Tensor {
  return tf.tidy(() =>
    tf.engine().runKernel(kernels[distribution], { seed: tf.tensor1d(seed, "int32") }, { shape }),
  ) as tf.Tensor;
}
