// Random numbers as kernels of their seed, so that a recorded step draws others at each run.
import * as tf from "@tensorflow/tfjs";
import { philoxMask, philoxNormal, philoxUniform } from "../philox.ts";
import type { WasmBackend } from "./data-types.ts";

interface Attributes {
  shape: number[];
  /** Of a mask: the least of the random whole numbers that gives a 1. */
  least: number;
}

const kernels = { uniform: "PhiloxUniform", normal: "PhiloxNormal", mask: "PhiloxMask" };

type Kind = keyof typeof kernels;

const draws: Record<Kind, (size: number, seed: Int32Array, attributes: Attributes) => Float32Array> = {
  uniform: philoxUniform,
  normal: philoxNormal,
  mask: (size, seed, { least }) => philoxMask(size, least, seed),
};

export function registerRandom(): void {
  for (const kind of ["uniform", "normal", "mask"] as const) {
    tf.registerKernel({
      kernelName: kernels[kind],
      backendName: "wasm",
      kernelFunc: ({ inputs, attrs, backend }) => {
        const wasm = backend as WasmBackend;
        const attributes = attrs as unknown as Attributes;
        const { shape } = attributes;
        const seed = wasm.readSync((inputs.seed as tf.TensorInfo).dataId) as Int32Array;
        const values = draws[kind](tf.util.sizeFromShape(shape), seed, attributes);
        return wasm.makeOutput(shape, "float32", undefined, values);
      },
    });
  }
}

/**
 * For the backend "wasm": numbers uniform in [0, 1), of the normal distribution, or ones and zeros, of a seed that is two
 * whole numbers.
 */
export function drawOnWasm(kind: Kind, shape: number[], seed: Int32Array, { least = 0 } = {}): tf.Tensor {
  return tf.tidy(() =>
    tf.engine().runKernel(kernels[kind], { seed: tf.tensor1d(seed, "int32") }, { shape, least }),
  ) as tf.Tensor;
}
