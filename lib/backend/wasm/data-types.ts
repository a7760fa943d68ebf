// Complex and string tensors on the wasm backend. Its kernels know neither (and some read memory that
// is not theirs when given one), so what computes with them runs on "cpu". A complex tensor lies in
// wasm's memory as pairs of real and imaginary part.
import * as tf from "@tensorflow/tfjs";
import { runOnCpu, wrapKernel } from "../cpu-fallback.ts";

/** The part of tfjs-backend-wasm's BackendWasm that is used here. */
interface WasmBackend extends tf.KernelBackend {
  wasm: { HEAPU8: Uint8Array };
  dataIdMap: { get(dataId: object): { memoryOffset: number; shape: number[]; dtype: tf.DataType } };
  readSync(dataId: object, start?: number, end?: number): tf.BackendValues;
}

/** These hand the data on as it is, whatever its type. */
const indifferent = new Set(["Identity", "Reshape"]);

export function completeDataTypes(started: tf.KernelBackend): void {
  const backend = started as WasmBackend;
  const readSync = backend.readSync.bind(backend);
  backend.readSync = (dataId, start, end) => {
    const { memoryOffset, shape, dtype } = backend.dataIdMap.get(dataId);
    if (dtype !== "complex64") return readSync(dataId, start, end);
    const bytes = 8 * tf.util.sizeFromShape(shape);
    return new Float32Array(backend.wasm.HEAPU8.slice(memoryOffset, memoryOffset + bytes).buffer);
  };
  for (const { kernelName } of tf.getKernelsForBackend("wasm")) {
    if (indifferent.has(kernelName) || !tf.getKernel(kernelName, "cpu")) continue;
    wrapKernel(kernelName, "wasm", (original) => (given) => {
      if (isForeign(given.attrs?.dtype)) return runOnCpu(kernelName, given);
      for (const name in given.inputs) {
        if (isForeign(given.inputs[name]?.dtype)) return runOnCpu(kernelName, given);
      }
      return original(given);
    });
  }
}

function isForeign(dtype: unknown): boolean {
  return dtype === "string" || dtype === "complex64";
}
