// The gradient of max pooling. The published kernel looks for the maximum from the smallest positive
// number on, so that a window of negative numbers passes no gradient back.
import * as tf from "@tensorflow/tfjs";
import type { WasmBackend } from "./data-types.ts";
import { floatViews } from "./views.ts";

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
  const [dx, x, dy] = floatViews(wasm, [output, input, inputs.dy as tf.TensorInfo]);
  dx.fill(0);
  const rowLength = inWidth * inChannels;
  let position = 0;
  for (let image = 0; image < batchSize; image++) {
    for (let outRow = 0; outRow < outHeight; outRow++) {
      const top = outRow * info.strideHeight - info.padInfo.top;
      const firstRow = Math.max(0, top);
      const rows = Math.min(inHeight, top + filterHeight) - firstRow;
      for (let outColumn = 0; outColumn < outWidth; outColumn++) {
        const left = outColumn * info.strideWidth - info.padInfo.left;
        const firstColumn = Math.max(0, left);
        const columns = Math.min(inWidth, left + filterWidth) - firstColumn;
        const corner = (image * inHeight + firstRow) * rowLength + firstColumn * inChannels;
        if (rows > 0 && columns > 0) {
          const windowEnd = corner + rows * rowLength;
          for (let channel = 0; channel < inChannels; channel++) {
            let best = corner + channel;
            let most = x[best];
            for (let start = best; start < windowEnd; start += rowLength) {
              const end = start + columns * inChannels;
              for (let index = start; index < end; index += inChannels) {
                if (x[index] > most) {
                  most = x[index];
                  best = index;
                }
              }
            }
            dx[best] += dy[position + channel];
          }
        }
        position += inChannels;
      }
    }
  }
  return output;
};
