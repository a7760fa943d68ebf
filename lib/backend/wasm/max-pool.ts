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
  const rowLength = inWidth * inChannels;
  let position = 0;
  for (let image = 0; image < batchSize; image++) {
    for (let outRow = 0; outRow < outHeight; outRow++) {
      const top = outRow * info.strideHeight - info.padInfo.top;
      const [firstRow, lastRow] = [Math.max(0, top), Math.min(inHeight, top + filterHeight)];
      for (let outColumn = 0; outColumn < outWidth; outColumn++) {
        const left = outColumn * info.strideWidth - info.padInfo.left;
        const [firstColumn, lastColumn] = [Math.max(0, left), Math.min(inWidth, left + filterWidth)];
        const corner = ((image * inHeight + firstRow) * inWidth + firstColumn) * inChannels;
        const [rows, columns] = [lastRow - firstRow, lastColumn - firstColumn];
        const [isEmpty, isSquare] = [rows <= 0 || columns <= 0, rows === 2 && columns === 2];
        for (let channel = 0; channel < inChannels; channel++, position++) {
          if (isEmpty) continue;
          let start = corner + channel;
          let best = start;
          let largest = x[start];
          if (isSquare) {
            // What nearly every pooling is; without loops it takes less than half the time.
            const right = start + inChannels;
            const below = start + rowLength;
            const opposite = below + inChannels;
            if (x[right] > largest) {
              best = right;
              largest = x[right];
            }
            if (x[below] > largest) {
              best = below;
              largest = x[below];
            }
            if (x[opposite] > largest) best = opposite;
          } else {
            for (let row = 0; row < rows; row++, start += rowLength) {
              const end = start + columns * inChannels;
              for (let index = start; index < end; index += inChannels) {
                if (x[index] > largest) {
                  best = index;
                  largest = x[index];
                }
              }
            }
          }
          dx[best] += dy[position];
        }
      }
    }
  }
  return output;
};
