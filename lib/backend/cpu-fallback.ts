// Kernels that a backend lacks run on TensorFlow.js's plain JavaScript backend, "cpu": the inputs are
// copied there and the outputs back. Slow, but the same numbers, and better than an error.
import * as tf from "@tensorflow/tfjs";

type KernelArguments = Parameters<tf.KernelFunc>[0];

/** The part of tfjs-backend-cpu's MathBackendCPU that is used here. */
interface CpuBackend extends tf.KernelBackend {
  makeTensorInfo(shape: number[], dtype: tf.DataType, values: tf.BackendValues): tf.TensorInfo;
  readSync(dataId: object): tf.BackendValues;
}

/** Register every kernel of "cpu" that `backendName` has not; returns their names. */
export function registerMissingKernels(backendName: string): string[] {
  const missing = tf
    .getKernelsForBackend("cpu")
    .map((kernel) => kernel.kernelName)
    .filter((kernelName) => !tf.getKernel(kernelName, backendName));
  for (const kernelName of missing) {
    tf.registerKernel({ kernelName, backendName, kernelFunc: (given) => runOnCpu(kernelName, given) });
  }
  return missing;
}

/** Put `change` around a kernel that is registered already. */
export function wrapKernel(
  kernelName: string,
  backendName: string,
  change: (original: tf.KernelFunc) => tf.KernelFunc,
): void {
  const kernel = tf.getKernel(kernelName, backendName);
  tf.unregisterKernel(kernelName, backendName);
  tf.registerKernel({ ...kernel, kernelFunc: change(kernel.kernelFunc) });
}

/** These hand the data on as it is, whatever its type. */
const indifferent: ReadonlySet<string> = new Set(["Identity", "Reshape"]);

/**
 * Have "cpu" compute what only it gets right: complex, string and empty tensors with any kernel, and everything
 * with the kernels that are `wrong`.
 */
export function runForeignOnCpu(backendName: string, wrong: ReadonlySet<string>): void {
  for (const { kernelName } of tf.getKernelsForBackend(backendName)) {
    if (indifferent.has(kernelName) || !tf.getKernel(kernelName, "cpu")) continue;
    wrapKernel(kernelName, backendName, (original) => (given) => {
      if (wrong.has(kernelName) || isForeign(given.attrs?.dtype)) return runOnCpu(kernelName, given);
      for (const name in given.inputs) {
        const input = given.inputs[name];
        if (input && (isForeign(input.dtype) || input.shape.includes(0))) return runOnCpu(kernelName, given);
      }
      return original(given);
    });
  }
}

function isForeign(dtype: unknown): boolean {
  return dtype === "string" || dtype === "complex64";
}

let running: string | undefined;

/** The kernel that runs on "cpu" at this moment for want of one of the backend's own. */
export function kernelOnCpu(): string | undefined {
  return running;
}

/** Run the "cpu" backend's kernel `kernelName` on tensors of another backend. */
export function runOnCpu(
  kernelName: string,
  { inputs, attrs, backend }: KernelArguments,
): ReturnType<tf.KernelFunc> {
  const home = backend as CpuBackend;
  const cpu = tf.findBackend("cpu") as CpuBackend;
  const kernel = tf.getKernel(kernelName, "cpu");
  if (!kernel) throw new Error(`No backend has the kernel ${kernelName}.`);
  const copies: tf.TensorInfo[] = [];
  const copyIn = (tensor: tf.TensorInfo) => {
    running = kernelName;
    let values: tf.BackendValues;
    try {
      values = home.readSync(tensor.dataId);
    } finally {
      running = undefined;
    }
    const copy = write(cpu, tensor.shape, tensor.dtype, values);
    copies.push(copy);
    // Some kernels read the rank, which only a whole tensor has.
    return { ...copy, rank: tensor.shape.length };
  };
  try {
    const mapped = Array.isArray(inputs)
      ? inputs.map(copyIn)
      : Object.fromEntries(
          Object.entries(inputs).map(([name, tensor]) => [
            name,
            tensor ? copyIn(tensor as tf.TensorInfo) : tensor,
          ]),
        );
    const result = kernel.kernelFunc({ inputs: mapped as tf.NamedTensorInfoMap, attrs, backend: cpu });
    const copyOut = ({ dataId, shape, dtype }: tf.TensorInfo) => {
      const copy = { dataId: home.write(typed(cpu.readSync(dataId), dtype), shape, dtype), shape, dtype };
      cpu.disposeData(dataId);
      return copy;
    };
    return Array.isArray(result) ? result.map(copyOut) : copyOut(result);
  } finally {
    for (const copy of copies) cpu.disposeData(copy.dataId);
  }
}

function write(
  cpu: CpuBackend,
  shape: number[],
  dtype: tf.DataType,
  values: tf.BackendValues,
): tf.TensorInfo {
  if (dtype !== "complex64") return cpu.makeTensorInfo(shape, dtype, values);
  // Other backends hold pairs of real and imaginary part, this one two tensors.
  const pairs = values as Float32Array;
  const part = (offset: number) =>
    cpu.makeTensorInfo(
      shape,
      "float32",
      Float32Array.from({ length: pairs.length / 2 }, (_, i) => pairs[2 * i + offset]),
    );
  const [real, imag] = [part(0), part(1)];
  const complex = tf
    .getKernel("Complex", "cpu")
    .kernelFunc({ inputs: { real, imag }, attrs: {}, backend: cpu });
  for (const { dataId } of [real, imag]) cpu.disposeData(dataId);
  return complex as tf.TensorInfo;
}

/** Some kernels of "cpu" hold whole numbers in arrays of floats, which it does not mind and others do. */
function typed(values: tf.BackendValues, dtype: tf.DataType): tf.BackendValues {
  const numbers = values as ArrayLike<number>;
  if (dtype === "int32" && !(values instanceof Int32Array)) return Int32Array.from(numbers);
  if (dtype === "bool" && !(values instanceof Uint8Array)) return Uint8Array.from(numbers);
  if (dtype === "float32" && !(values instanceof Float32Array)) return Float32Array.from(numbers);
  return values;
}
