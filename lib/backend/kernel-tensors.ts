// Small helpers for kernels that are composed of other kernels.
import * as tf from "@tensorflow/tfjs";

/** A kernel's input as a tensor that operations take. Call it inside `tf.tidy`, which ends it. */
export function asTensor<R extends tf.Rank = tf.Rank>(info: tf.TensorInfo | undefined): tf.Tensor<R> {
  return tf.engine().runKernel("Identity", { x: info as tf.Tensor }) as tf.Tensor<R>;
}

/** Run a kernel by name on tensors. */
export function runKernel<R extends tf.Rank = tf.Rank>(
  kernelName: string,
  inputs: Record<string, tf.Tensor>,
  attributes: object,
): tf.Tensor<R> {
  return tf.engine().runKernel(kernelName, inputs, attributes as tf.NamedAttrMap) as tf.Tensor<R>;
}

/** Pad an NHWC image by these numbers of zeros; a negative number cuts off instead. */
export function padOrCrop(
  x: tf.Tensor4D,
  { top, bottom, left, right }: { top: number; bottom: number; left: number; right: number },
): tf.Tensor4D {
  const more = (n: number) => Math.max(0, n);
  const padded =
    top > 0 || bottom > 0 || left > 0 || right > 0
      ? tf.pad(x, [
          [0, 0],
          [more(top), more(bottom)],
          [more(left), more(right)],
          [0, 0],
        ])
      : x;
  if (top >= 0 && bottom >= 0 && left >= 0 && right >= 0) return padded;
  const [batch, height, width, channels] = padded.shape;
  return tf.slice(
    padded,
    [0, more(-top), more(-left), 0],
    [batch, height - more(-top) - more(-bottom), width - more(-left) - more(-right), channels],
  );
}
