// Tensors that the wasm backend's own kernels can't take or get wrong; they are computed on "cpu":
// complex and string tensors (some kernels would read memory that is not theirs), empty ones (results
// that should be 0 are left as they were in memory), and products of integer matrices.
// A complex tensor lies in wasm's memory as pairs of real and imaginary part.
import * as tf from "@tensorflow/tfjs";
import { runForeignOnCpu, runOnCpu, wrapKernel } from "../cpu-fallback.ts";
import { asTensor } from "../kernel-tensors.ts";

/** The part of tfjs-backend-wasm's BackendWasm that is used here. */
export interface WasmBackend extends Omit<tf.KernelBackend, "read" | "readSync" | "write"> {
  wasm: { HEAPU8: Uint8Array };
  dataIdMap: {
    get(dataId: object): TensorData;
    set(dataId: object, data: TensorData): void;
    delete(dataId: object): boolean;
  };
  write(values: tf.BackendValues, shape: number[], dtype: tf.DataType): object;
  read(dataId: object): Promise<tf.BackendValues>;
  readSync(dataId: object, start?: number, end?: number): tf.BackendValues;
  makeOutput(
    shape: number[],
    dtype: tf.DataType,
    memoryOffset?: number,
    values?: tf.BackendValues,
  ): tf.TensorInfo;
  typedArrayFromHeap(tensor: tf.TensorInfo): Float32Array;
}

interface TensorData {
  memoryOffset: number;
  shape: number[];
  dtype: tf.DataType;
}

/** Kernels whose published version gives wrong numbers. */
const wrong: ReadonlySet<string> = new Set([
  "Conv3DBackpropFilterV2",
  "Conv3DBackpropInputV2",
  "Dilation2D",
  "Dilation2DBackpropFilter",
  "Dilation2DBackpropInput",
  "MaxPoolWithArgmax",
  "Transform",
]);

export function completeDataTypes(started: tf.KernelBackend): void {
  const backend = started as WasmBackend;
  const readSync = backend.readSync.bind(backend);
  backend.readSync = (dataId, start, end) => {
    const { memoryOffset, shape, dtype } = backend.dataIdMap.get(dataId);
    if (dtype !== "complex64") return readSync(dataId, start, end);
    const bytes = 8 * tf.util.sizeFromShape(shape);
    return new Float32Array(backend.wasm.HEAPU8.slice(memoryOffset, memoryOffset + bytes).buffer);
  };
  runForeignOnCpu("wasm", wrong);
  wrapKernel("BatchMatMul", "wasm", (original) => (given) => {
    const { a, b } = given.inputs;
    return a?.dtype === "float32" && b?.dtype === "float32"
      ? original(given)
      : runOnCpu("BatchMatMul", given);
  });
  // The published one writes integers, whatever the type.
  wrapKernel("OneHot", "wasm", (original) => (given) => {
    return given.attrs?.dtype === "int32" ? original(given) : runOnCpu("OneHot", given);
  });
  wrapKernel("Cast", "wasm", (original) => (given) => {
    // The published one copies the low byte, so that 2 becomes a true that is not 1.
    if (given.attrs?.dtype !== "bool" || given.inputs.x?.dtype === "bool") return original(given);
    return tf.tidy(() => tf.notEqual(asTensor(given.inputs.x), tf.scalar(0, given.inputs.x?.dtype)));
  });
}
