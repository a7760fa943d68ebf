// Convolutions with "same" padding along an axis on which the filter is shorter than the stride. The published kernels
// give such an output other inputs' values (a filter of 1 × 3 with strides of 2, say), so these are padded beforehand.
import * as tf from "@tensorflow/tfjs";
import { wrapKernel } from "../cpu-fallback.ts";
import { type ConvolutionAttributes, convolutionInfo, paddedInput } from "./geometry.ts";
import { asTensor, runKernel } from "./tensors.ts";

const kernels = ["Conv2D", "FusedConv2D", "DepthwiseConv2dNative", "FusedDepthwiseConv2D"];

export function registerSamePadding(): void {
  for (const name of kernels) wrapKernel(name, "wasm", (original) => padded(name, original));
}

function padded(name: string, original: tf.KernelFunc): tf.KernelFunc {
  return (given) => {
    const attributes = given.attrs as unknown as ConvolutionAttributes;
    const { x, filter } = given.inputs as Record<string, tf.TensorInfo>;
    if (attributes.pad !== "same" || attributes.dataFormat === "NCHW") return original(given);
    const info = convolutionInfo(name, attributes, x.shape, filter.shape, name.includes("Depthwise"));
    const isLong =
      info.effectiveFilterHeight >= info.strideHeight && info.effectiveFilterWidth >= info.strideWidth;
    if (isLong) return original(given);
    return tf.tidy(() => {
      const inputs = Object.entries(given.inputs).filter(([, input]) => input);
      const tensors = Object.fromEntries(inputs.map(([key, input]) => [key, asTensor(input)]));
      const wide = paddedInput(tensors.x as tf.Tensor4D, info);
      return runKernel(name, { ...tensors, x: wide }, { ...attributes, pad: "valid" });
    });
  };
}
