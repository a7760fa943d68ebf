// The gradient of max pooling. The published kernel looks for the maximum from the smallest positive
// number on, so that a window of negative numbers passes no gradient back.
import * as tf from "@tensorflow/tfjs";
import type { WasmBackend } from "./data-types.ts";

interface PoolAttributes {
  filterSize: [number, number] | number;
  strides: [number, number] | number;
  pad: "valid" | "same" | number;
  dimRoundingMode?: "floor" | "round" | "ceil";
}

export function registerMaxPoolGradient(): void {
  tf.unregisterKernel("MaxPoolGrad", "wasm");
  tf.registerKernel({ kernelName: "MaxPoolGrad", backendName: "wasm", kernelFunc: gradient });
}

/** Gives each output's gradient to the first of the largest inputs in its window. */
const gradient: tf.KernelFunc = ({ inputs, attrs, backend }) => {
  const wasm = backend as WasmBackend;
  const { filterSize, strides, pad, dimRoundingMode } = attrs as unknown as PoolAttributes;
  const input = inputs.input as tf.TensorInfo;
  const shape = input.shape as [number, number, number, number];
  const info = tf.backend_util.computePool2DInfo(shape, filterSize, strides, 1, pad, dimRoundingMode);
  const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, filterHeight, filterWidth } = info;
  const output = wasm.makeOutput(input.shape, "float32");
  // The views come last: making the output may move wasm's memory.
  const x = wasm.typedArrayFromHeap(input);
  const dy = wasm.typedArrayFromHeap(inputs.dy as tf.TensorInfo);
  const dx = wasm.typedArrayFromHeap(output).fill(0);
  let position = 0;
  for (let image = 0; image < batchSize; image++) {
    for (let outRow = 0; outRow < outHeight; outRow++) {
      const top = outRow * info.strideHeight - info.padInfo.top;
      const [firstRow, lastRow] = [Math.max(0, top), Math.min(inHeight, top + filterHeight)];
      for (let outColumn = 0; outColumn < outWidth; outColumn++) {
        const left = outColumn * info.strideWidth - info.padInfo.left;
        const [firstColumn, lastColumn] = [Math.max(0, left), Math.min(inWidth, left + filterWidth)];
        for (let channel = 0; channel < inChannels; channel++) {
          let best = -1;
          for (let row = firstRow; row < lastRow; row++) {
            for (let column = firstColumn; column < lastColumn; column++) {
              const index = ((image * inHeight + row) * inWidth + column) * inChannels + channel;
              if (best < 0 || x[index] > x[best]) best = index;
            }
          }
          if (best >= 0) dx[best] += dy[position];
          position++;
        }
      }
    }
  }
  return output;
};
