// Sums of an image and a bias of few channels. The published kernel adds as many numbers at once as there are channels;
// here the bias is repeated until there are many.
import type * as tf from "@tensorflow/tfjs";
import { wrapKernel } from "../cpu-fallback.ts";
import type { WasmBackend } from "./data-types.ts";

const fewChannels = 64;
/** Repeating takes longer than it saves for less. */
const manyElements = 16_384;
const longRow = 128;

export function registerBias(): void {
  wrapKernel("Add", "wasm", (original) => (given) => {
    const { a, b } = given.inputs as Record<"a" | "b", tf.TensorInfo>;
    const channels = b.shape[0] as number;
    const isBias = b.shape.length === 1 && a.shape.at(-1) === channels && channels < fewChannels;
    const size = a.shape.reduce((product, dimension) => product * dimension, 1);
    if (!isBias || size < manyElements || a.dtype !== "float32" || b.dtype !== "float32")
      return original(given);
    let row = channels;
    for (let axis = a.shape.length - 2; axis >= 0 && row < longRow; axis--) row *= a.shape[axis] as number;
    const backend = given.backend as WasmBackend;
    const repeated = backend.makeOutput([row], "float32");
    const values = backend.typedArrayFromHeap(b);
    const target = backend.typedArrayFromHeap(repeated);
    for (let start = 0; start < row; start += channels) target.set(values, start);
    const rows = { dataId: a.dataId, shape: [size / row, row], dtype: a.dtype };
    const sum = original({ ...given, inputs: { a: rows, b: repeated } }) as tf.TensorInfo;
    backend.disposeData(repeated.dataId);
    return { ...sum, shape: a.shape };
  });
}
