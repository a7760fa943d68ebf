// What TensorFlow.js 4.22 gets wrong on WebGPU. Where it is rare, "cpu" computes it; where it is common, other
// kernels do.
import * as tf from "@tensorflow/tfjs";
import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import { runForeignOnCpu, runOnCpu, wrapKernel } from "../cpu-fallback.ts";
import { asTensor } from "../kernel-tensors.ts";

type KernelArguments = Parameters<tf.KernelFunc>[0];

/** "Complex" leaves its parts in memory, "Transform" fills nothing beyond the image's border. */
const wrong: ReadonlySet<string> = new Set(["Complex", "Transform"]);

export function correctKernels(backend: WebGPUBackend): void {
  keepComplexNumbers(backend);
  runForeignOnCpu("webgpu", wrong);
  // The shaders for five dimensions and more don't compile.
  for (const name of ["PadV2", "MirrorPad", "Cumsum", "Cumprod"])
    runOnCpuIf(name, ({ x }) => x.shape.length > 4);
  // Whole numbers are added up as if their bits were floats.
  runOnCpuIf("UnsortedSegmentSum", ({ x }) => x.dtype !== "float32");
  // With small tensors that are not on the GPU yet, its copies of them are left in memory.
  runOnCpuIf("GatherNd", ({ params, indices }) => backend.shouldExecuteOnCPU([params, indices]));
  for (const name of ["Cumsum", "Cumprod"]) accumulateForwards(name);
}

/** Complex tensors stay on the host, as pairs of real and imaginary part. */
function keepComplexNumbers(backend: WebGPUBackend): void {
  const { write, move } = backend;
  backend.write = (values, shape, dtype) => {
    if (dtype !== "complex64") return write.call(backend, values, shape, dtype);
    const dataId = write.call(backend, values, shape, "float32");
    backend.tensorMap.get(dataId).dtype = dtype;
    return dataId;
  };
  backend.move = (dataId, values, shape, dtype, references) => {
    if (dtype !== "complex64") return move.call(backend, dataId, values, shape, dtype, references);
    backend.tensorMap.set(dataId, { values, shape, dtype, refCount: references });
  };
}

function runOnCpuIf(kernelName: string, condition: (inputs: Record<string, tf.TensorInfo>) => boolean): void {
  wrapKernel(
    kernelName,
    "webgpu",
    (original) => (given: KernelArguments) =>
      condition(given.inputs as Record<string, tf.TensorInfo>)
        ? runOnCpu(kernelName, given)
        : original(given),
  );
}

/** The shader that runs backwards holds the length, but is used again for other lengths. */
function accumulateForwards(kernelName: string): void {
  wrapKernel(kernelName, "webgpu", (original) => (given) => {
    const { axis, exclusive, reverse } = given.attrs as {
      axis: number;
      exclusive: boolean;
      reverse: boolean;
    };
    if (!reverse) return original(given);
    const operation = kernelName === "Cumsum" ? tf.cumsum : tf.cumprod;
    return tf.tidy(() => {
      const backwards = tf.reverse(asTensor(given.inputs.x), axis);
      return tf.reverse(operation(backwards, axis, exclusive), axis);
    });
  });
}
