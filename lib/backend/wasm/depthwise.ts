// Gradients of the depthwise 2D convolution.
import * as tf from "@tensorflow/tfjs";
import { asTensor, padOrCrop, runKernel } from "../kernel-tensors.ts";
import { type ConvolutionAttributes, convolutionInfo, paddedInput, spread } from "./geometry.ts";

export function registerDepthwiseGradients(): void {
  tf.registerKernel({
    kernelName: "DepthwiseConv2dNativeBackpropFilter",
    backendName: "wasm",
    kernelFunc: filterGradient,
  });
  tf.registerKernel({
    kernelName: "DepthwiseConv2dNativeBackpropInput",
    backendName: "wasm",
    kernelFunc: inputGradient,
  });
}

/** For each tap of the filter: the inputs it meets times the outputs' gradients, summed. */
const filterGradient: tf.KernelFunc = ({ inputs, attrs }) =>
  tf.tidy(() => {
    const { filterShape, ...attributes } = attrs as unknown as ConvolutionAttributes & {
      filterShape: number[];
    };
    const x = asTensor<tf.Rank.R4>(inputs.x);
    const dy = asTensor<tf.Rank.R4>(inputs.dy);
    const info = convolutionInfo(
      "DepthwiseConv2dNativeBackpropFilter",
      attributes,
      x.shape,
      filterShape,
      true,
    );
    const { batchSize, outHeight, outWidth, strideHeight, strideWidth, dilationHeight, dilationWidth } = info;
    const [filterHeight, filterWidth, channels, multiplier] = filterShape;
    const padded = paddedInput(x, info);
    const positions = batchSize * outHeight * outWidth;
    const gradients = tf.reshape(dy, [positions, channels, multiplier]);
    const taps: tf.Tensor[] = [];
    for (let row = 0; row < filterHeight; row++) {
      for (let column = 0; column < filterWidth; column++) {
        const [top, left] = [row * dilationHeight, column * dilationWidth];
        const met = tf.stridedSlice(
          padded,
          [0, top, left, 0],
          [
            batchSize,
            top + (outHeight - 1) * strideHeight + 1,
            left + (outWidth - 1) * strideWidth + 1,
            channels,
          ],
          [1, strideHeight, strideWidth, 1],
        );
        taps.push(tf.tidy(() => tf.sum(tf.mul(tf.reshape(met, [positions, channels, 1]), gradients), 0)));
      }
    }
    return tf.reshape(tf.stack(taps), filterShape);
  });

/** A depthwise convolution with the turned filter for each of the channel's multiples, summed. */
const inputGradient: tf.KernelFunc = ({ inputs, attrs }) =>
  tf.tidy(() => {
    const { inputShape, ...attributes } = attrs as unknown as ConvolutionAttributes & {
      inputShape: number[];
    };
    const dy = asTensor<tf.Rank.R4>(inputs.dy);
    const filter = asTensor<tf.Rank.R4>(inputs.filter);
    const info = convolutionInfo(
      "DepthwiseConv2dNativeBackpropInput",
      attributes,
      inputShape,
      filter.shape,
      true,
    );
    const { batchSize, outHeight, outWidth, dilationHeight, dilationWidth } = info;
    const [filterHeight, filterWidth, channels, multiplier] = filter.shape;
    const turned = tf.reverse(filter, [0, 1]);
    const byMultiple = tf.reshape(dy, [batchSize * outHeight * outWidth, channels, multiplier]);
    const parts = Array.from({ length: multiplier }, (_, multiple) => {
      const part = tf.slice(byMultiple, [0, 0, multiple], [-1, -1, 1]);
      const { gradient, padding } = spread(
        tf.reshape(part, [batchSize, outHeight, outWidth, channels]),
        info,
      );
      return runKernel(
        "DepthwiseConv2dNative",
        {
          x: padOrCrop(gradient, padding),
          filter: tf.slice(turned, [0, 0, 0, multiple], [filterHeight, filterWidth, channels, 1]),
        },
        { strides: [1, 1], pad: "valid", dilations: [dilationHeight, dilationWidth] },
      );
    });
    return parts.length === 1 ? parts[0] : tf.addN(parts);
  });
