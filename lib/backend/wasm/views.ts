// The memory of tensors as JavaScript sees it, for kernels that are a loop over their elements.
import type * as tf from "@tensorflow/tfjs";
import type { WasmBackend } from "./data-types.ts";

/** Views of float32 tensors, until the next tensor is made: that may move wasm's memory. */
export function floatViews(backend: WasmBackend, tensors: readonly tf.TensorInfo[]): Float32Array[] {
  // Those of another backend are brought here first, which makes tensors.
  for (const { dataId } of tensors) backend.dataIdMap.get(dataId);
  return tensors.map((tensor) => backend.typedArrayFromHeap(tensor));
}
