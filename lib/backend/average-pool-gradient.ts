// The gradient of average pooling, which TensorFlow.js 4.22 gets wrong on "cpu", "wasm" and "webgpu" at
// padded borders: the forward pass divides by the number of elements inside the image, the gradient by the
// filter's size. Their ratio is put right in the output's gradient beforehand.
import * as tf from "@tensorflow/tfjs";
import { wrapKernel } from "./cpu-fallback.ts";

interface PoolAttributes {
  filterSize: [number, number] | number;
  strides: [number, number] | number;
  pad: "valid" | "same" | number;
  dimRoundingMode?: "floor" | "round" | "ceil";
}

export function correctAveragePoolGradient(backendName: "cpu" | "wasm" | "webgpu"): void {
  wrapKernel("AvgPoolGrad", backendName, (original) => (given) => {
    const { filterSize, strides, pad, dimRoundingMode } = given.attrs as unknown as PoolAttributes;
    const shape = (given.inputs.input as tf.TensorInfo).shape as [number, number, number, number];
    const info = tf.backend_util.computePool2DInfo(shape, filterSize, strides, 1, pad, dimRoundingMode);
    if (info.padInfo.type === "VALID") return original(given);
    const rows = inside(
      info.outHeight,
      info.strideHeight,
      info.padInfo.top,
      info.filterHeight,
      info.inHeight,
    );
    const columns = inside(
      info.outWidth,
      info.strideWidth,
      info.padInfo.left,
      info.filterWidth,
      info.inWidth,
    );
    const ratios = rows.flatMap((height) =>
      columns.map((width) => (info.filterHeight * info.filterWidth) / (height * width)),
    );
    const dy = tf.tidy(() =>
      tf.mul(given.inputs.dy as tf.Tensor, tf.tensor(ratios, [1, rows.length, columns.length, 1])),
    );
    try {
      return original({ ...given, inputs: { ...given.inputs, dy } });
    } finally {
      dy.dispose();
    }
  });
}

/** For each output position along an axis, how many elements of its window are inside the image. */
function inside(count: number, stride: number, pad: number, size: number, imageSize: number): number[] {
  return Array.from({ length: count }, (_, index) => {
    const start = index * stride - pad;
    return Math.min(start + size, imageSize) - Math.max(start, 0);
  });
}
