// What the gradients of 2D convolutions share. The gradient with respect to the input is itself a
// convolution: of the output's gradient, spread out by the strides, with the filter turned around
// (Dumoulin & Visin, "A guide to convolution arithmetic for deep learning", 2016, chapter 4).
import * as tf from "@tensorflow/tfjs";
import { padOrCrop } from "../kernel-tensors.ts";

export type ConvolutionInfo = tf.backend_util.Conv2DInfo;

/** The attributes that kernels of convolution gradients get. */
export interface ConvolutionAttributes {
  strides: [number, number] | number;
  pad: "valid" | "same" | number | tf.backend_util.ExplicitPadding;
  dataFormat: "NHWC" | "NCHW";
  dimRoundingMode?: "floor" | "round" | "ceil";
  dilations?: [number, number] | number;
}

/** @throws Error for channels first, which the wasm backend can't convolve either. */
export function convolutionInfo(
  kernelName: string,
  attributes: ConvolutionAttributes,
  inputShape: number[],
  filterShape: number[],
  depthwise: boolean,
): ConvolutionInfo {
  if (attributes.dataFormat === "NCHW") {
    throw new Error(
      `${kernelName} on the wasm backend takes NHWC (channels last), not NCHW: transpose first.`,
    );
  }
  return tf.backend_util.computeConv2DInfo(
    inputShape as [number, number, number, number],
    filterShape as [number, number, number, number],
    attributes.strides,
    attributes.dilations ?? 1,
    attributes.pad,
    attributes.dimRoundingMode,
    depthwise,
  );
}

/** Rows and columns of zeros around an image; a negative number of them is cut off instead. */
export interface Padding {
  top: number;
  bottom: number;
  left: number;
  right: number;
}

/** What a convolution puts around its input, of which it takes only the rows and columns that the filter touches. */
export function inputPadding(info: ConvolutionInfo): Padding {
  const { top, left } = info.padInfo;
  const height = (info.outHeight - 1) * info.strideHeight + info.effectiveFilterHeight;
  const width = (info.outWidth - 1) * info.strideWidth + info.effectiveFilterWidth;
  return { top, bottom: height - info.inHeight - top, left, right: width - info.inWidth - left };
}

export function paddedInput(x: tf.Tensor4D, info: ConvolutionInfo): tf.Tensor4D {
  return padOrCrop(x, inputPadding(info));
}

/**
 * The output's gradient with zeros between its elements for the strides, and what is to be put around it so that a
 * convolution with the turned filter gives a tensor of the input's height and width.
 */
export function spread(dy: tf.Tensor4D, info: ConvolutionInfo): { gradient: tf.Tensor4D; padding: Padding } {
  const { strideHeight, strideWidth, padInfo, inHeight, inWidth } = info;
  const gradient = insertZeros(dy, strideHeight, strideWidth);
  const top = info.effectiveFilterHeight - 1 - padInfo.top;
  const left = info.effectiveFilterWidth - 1 - padInfo.left;
  const bottom = inHeight + info.effectiveFilterHeight - 1 - top - gradient.shape[1];
  const right = inWidth + info.effectiveFilterWidth - 1 - left - gradient.shape[2];
  return { gradient, padding: { top, bottom, left, right } };
}

function insertZeros(x: tf.Tensor4D, strideHeight: number, strideWidth: number): tf.Tensor4D {
  if (strideHeight === 1 && strideWidth === 1) return x;
  const [batch, height, width, channels] = x.shape;
  const rows = tf.pad(tf.reshape(x, [batch, height, 1, width * channels]), [
    [0, 0],
    [0, 0],
    [0, strideHeight - 1],
    [0, 0],
  ]);
  const columns = tf.pad(tf.reshape(rows, [batch, height * strideHeight * width, 1, channels]), [
    [0, 0],
    [0, 0],
    [0, strideWidth - 1],
    [0, 0],
  ]);
  return tf.slice(
    tf.reshape(columns, [batch, height * strideHeight, width * strideWidth, channels]),
    [0, 0, 0, 0],
    [batch, (height - 1) * strideHeight + 1, (width - 1) * strideWidth + 1, channels],
  ) as tf.Tensor4D;
}
