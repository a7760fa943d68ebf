// Gradients of the 2D convolution, each as a forward convolution, which XNNPACK runs fast.
import * as tf from "@tensorflow/tfjs";
import { asTensor, padOrCrop, runKernel } from "../kernel-tensors.ts";
import {
  type ConvolutionAttributes,
  convolutionInfo,
  inputPadding,
  type Padding,
  spread,
} from "./geometry.ts";

export function registerConvolutionGradients(): void {
  tf.registerKernel({ kernelName: "Conv2DBackpropFilter", backendName: "wasm", kernelFunc: filterGradient });
  // The published one is a loop without SIMD.
  tf.unregisterKernel("Conv2DBackpropInput", "wasm");
  tf.registerKernel({ kernelName: "Conv2DBackpropInput", backendName: "wasm", kernelFunc: inputGradient });
}

/**
 * With batch and channels exchanged, the input convolved with the output's gradient as the filter is
 * the filter's gradient; the strides become dilations.
 */
const filterGradient: tf.KernelFunc = ({ inputs, attrs }) =>
  tf.tidy(() => {
    const { filterShape, ...attributes } = attrs as unknown as ConvolutionAttributes & {
      filterShape: number[];
    };
    const x = asTensor<tf.Rank.R4>(inputs.x);
    const dy = asTensor<tf.Rank.R4>(inputs.dy);
    const info = convolutionInfo("Conv2DBackpropFilter", attributes, x.shape, filterShape, false);
    if (x.size === 0 || dy.size === 0) return tf.zeros(filterShape);
    const byChannel = tf.transpose(x, [3, 1, 2, 0]);
    const gradient = convolve(byChannel, tf.transpose(dy, [1, 2, 0, 3]), inputPadding(info), [
      info.strideHeight,
      info.strideWidth,
    ]);
    return tf.transpose(gradient, [1, 2, 0, 3]);
  });

const inputGradient: tf.KernelFunc = ({ inputs, attrs }) =>
  tf.tidy(() => {
    const { inputShape, ...attributes } = attrs as unknown as ConvolutionAttributes & {
      inputShape: number[];
    };
    const dy = asTensor<tf.Rank.R4>(inputs.dy);
    const filter = asTensor<tf.Rank.R4>(inputs.filter);
    const info = convolutionInfo("Conv2DBackpropInput", attributes, inputShape, filter.shape, false);
    if (dy.size === 0 || filter.size === 0) return tf.zeros(inputShape);
    const turned = tf.transpose(tf.reverse(filter, [0, 1]), [0, 1, 3, 2]);
    const { gradient, padding } = spread(dy, info);
    return convolve(gradient, turned, padding, [1, 1]);
  });

/** XNNPACK takes the zeros around an image from one row of them, without a copy of the image. */
function convolve(
  x: tf.Tensor4D,
  filter: tf.Tensor4D,
  { top, bottom, left, right }: Padding,
  dilations: [number, number],
): tf.Tensor4D {
  const less = (n: number) => Math.min(0, n);
  const more = (n: number) => Math.max(0, n);
  const cropped = padOrCrop(x, {
    top: less(top),
    bottom: less(bottom),
    left: less(left),
    right: less(right),
  });
  const pad = [
    [0, 0],
    [more(top), more(bottom)],
    [more(left), more(right)],
    [0, 0],
  ];
  return runKernel("Conv2D", { x: cropped, filter }, { strides: [1, 1], pad, dataFormat: "NHWC", dilations });
}
