// Linear maps with weights (dense layers and convolutions), each with its adjoint: rules that hand relevance
// back modify the weights and then need both. TensorFlow.js has no gradient for dilated convolutions, and a
// gradient function would repeat the forward pass, so adjoints are written out.

import * as tf from "@tensorflow/tfjs";

/** `y = apply(x, kernel) + bias`, linear in `x` and in `kernel`. */
export interface Linear {
  kernel: tf.Tensor;
  /** Broadcast over the output; undefined for none. */
  bias: tf.Tensor | undefined;
  /** The map without its bias. */
  apply(x: tf.Tensor, kernel: tf.Tensor): tf.Tensor;
  /** The transposed map: from the shape of the output to that of the input. */
  adjoint(y: tf.Tensor, kernel: tf.Tensor, inputShape: number[]): tf.Tensor;
  /** Kernel whose outputs are multiplied by `scale`, one number a channel. */
  scaleOutputs(kernel: tf.Tensor, scale: tf.Tensor1D): tf.Tensor;
  /** Kernel whose inputs are multiplied by `scale`, one number a channel. */
  scaleInputs(kernel: tf.Tensor, scale: tf.Tensor1D): tf.Tensor;
}

/** The output of a linear map. */
export function applyLinear(linear: Linear, x: tf.Tensor): tf.Tensor {
  const y = linear.apply(x, linear.kernel);
  return linear.bias ? tf.add(y, linear.bias) : y;
}

export type Padding = "same" | "valid";

/** `x · kernel` over the last axis; kernel `[inputs, units]`. */
export function denseMap(kernel: tf.Tensor, bias?: tf.Tensor): Linear {
  const multiply = (x: tf.Tensor, matrix: tf.Tensor, transposed: boolean, width: number) => {
    const rows = tf.reshape(x, [-1, x.shape[x.rank - 1] as number]);
    const product = tf.matMul(rows, matrix as tf.Tensor2D, false, transposed);
    return tf.reshape(product, [...x.shape.slice(0, -1), width]);
  };
  return {
    kernel,
    bias,
    apply: (x, w) => multiply(x, w, false, w.shape[1] as number),
    adjoint: (y, w) => multiply(y, w, true, w.shape[0] as number),
    scaleOutputs: (w, scale) => tf.mul(w, scale),
    scaleInputs: (w, scale) => tf.mul(w, tf.reshape(scale, [-1, 1])),
  };
}

export interface ConvolutionGeometry {
  strides: [number, number];
  padding: Padding;
  dilation?: [number, number];
}

/** Convolution of `[n, height, width, channels]`; kernel `[height, width, channels, filters]`. */
export function convolutionMap(
  { strides, padding, dilation = [1, 1] }: ConvolutionGeometry,
  kernel: tf.Tensor,
  bias?: tf.Tensor,
): Linear {
  const spread = (w: tf.Tensor) => spreadKernel(w as tf.Tensor4D, dilation);
  return {
    kernel,
    bias,
    apply: (x, w) => tf.conv2d(x as tf.Tensor4D, spread(w), strides, padding),
    adjoint: (y, w, shape) =>
      tf.conv2dTranspose(y as tf.Tensor4D, spread(w), shape as Shape4D, strides, padding),
    scaleOutputs: (w, scale) => tf.mul(w, scale),
    scaleInputs: (w, scale) => tf.mul(w, tf.reshape(scale, [-1, 1])),
  };
}

/** Convolution of each channel for itself; kernel `[height, width, channels, multiplier]`. */
export function depthwiseMap(
  { strides, padding, dilation = [1, 1] }: ConvolutionGeometry,
  kernel: tf.Tensor,
  bias?: tf.Tensor,
): Linear {
  const apply = (x: tf.Tensor, w: tf.Tensor) =>
    tf.depthwiseConv2d(x as tf.Tensor4D, spreadKernel(w as tf.Tensor4D, dilation), strides, padding);
  const [, , channels, multiplier] = kernel.shape as Shape4D;
  return {
    kernel,
    bias,
    apply,
    adjoint: (y, w, shape) => tf.grad((x) => apply(x, w))(tf.zeros(shape), y),
    scaleOutputs: (w, scale) => tf.mul(w, tf.reshape(scale, [channels, multiplier])),
    scaleInputs: (w, scale) => tf.mul(w, tf.reshape(scale, [-1, 1])),
  };
}

/** Transposed convolution; kernel `[height, width, filters, channels]`. */
export function transposedConvolutionMap(
  { strides, padding }: ConvolutionGeometry,
  kernel: tf.Tensor,
  bias?: tf.Tensor,
): Linear {
  const extent = (size: number, axis: 0 | 1) => {
    const [stride, window] = [strides[axis], kernel.shape[axis] as number];
    return size * stride + (padding === "valid" ? Math.max(window - stride, 0) : 0);
  };
  return {
    kernel,
    bias,
    apply: (x, w) => {
      const [count, height, width] = x.shape as Shape4D;
      const shape: Shape4D = [count, extent(height, 0), extent(width, 1), w.shape[2] as number];
      return tf.conv2dTranspose(x as tf.Tensor4D, w as tf.Tensor4D, shape, strides, padding);
    },
    adjoint: (y, w) => tf.conv2d(y as tf.Tensor4D, w as tf.Tensor4D, strides, padding),
    scaleOutputs: (w, scale) => tf.mul(w, tf.reshape(scale, [-1, 1])),
    scaleInputs: (w, scale) => tf.mul(w, scale),
  };
}

/** Convolution of `[n, depth, height, width, channels]`; kernel `[depth, height, width, channels, filters]`. */
export function convolution3dMap(
  strides: [number, number, number],
  padding: Padding,
  kernel: tf.Tensor,
  bias?: tf.Tensor,
): Linear {
  const apply = (x: tf.Tensor, w: tf.Tensor) =>
    tf.conv3d(x as tf.Tensor5D, w as tf.Tensor5D, strides, padding);
  return {
    kernel,
    bias,
    apply,
    adjoint: (y, w, shape) => tf.grad((x) => apply(x, w))(tf.zeros(shape), y),
    scaleOutputs: (w, scale) => tf.mul(w, scale),
    scaleInputs: (w, scale) => tf.mul(w, tf.reshape(scale, [-1, 1])),
  };
}

/** Each channel times its number: what batch normalisation is once it has been trained. */
export function channelScaleMap(kernel: tf.Tensor, bias?: tf.Tensor): Linear {
  return {
    kernel,
    bias,
    apply: (x, w) => tf.mul(x, w),
    adjoint: (y, w) => tf.mul(y, w),
    scaleOutputs: (w, scale) => tf.mul(w, scale),
    scaleInputs: (w, scale) => tf.mul(w, scale),
  };
}

type Shape4D = [number, number, number, number];

/** A dilated kernel as a plain one: zeros between its weights. */
function spreadKernel(kernel: tf.Tensor4D, [down, across]: [number, number]): tf.Tensor4D {
  if (down === 1 && across === 1) return kernel;
  const [height, width, channels, filters] = kernel.shape;
  const inner = channels * filters;
  const rows = tf.pad3d(tf.reshape(kernel, [height, 1, width * inner]), [
    [0, 0],
    [0, down - 1],
    [0, 0],
  ]);
  const columns = tf.pad3d(tf.reshape(rows, [height * down * width, 1, inner]), [
    [0, 0],
    [0, across - 1],
    [0, 0],
  ]);
  const spread: tf.Tensor4D = tf.reshape(columns, [height * down, width * across, channels, filters]);
  return tf.slice(
    spread,
    [0, 0, 0, 0],
    [(height - 1) * down + 1, (width - 1) * across + 1, channels, filters],
  );
}
