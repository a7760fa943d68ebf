// Gradients of dilated convolutions, which TensorFlow.js 4.22 refuses. A dilated filter is a larger one with
// zeros between its elements, whose gradient is there.
import * as tf from "@tensorflow/tfjs";

type Pair = [number, number];

export function addDilationGradients(): void {
  for (const kernelName of ["Conv2D", "DepthwiseConv2dNative"]) {
    const original = tf.getGradient(kernelName);
    tf.registerGradient({
      kernelName,
      inputsToSave: original.inputsToSave,
      gradFunc(dy, saved, attributes) {
        const given = (attributes as { dilations?: Pair | number }).dilations ?? 1;
        const dilations: Pair = typeof given === "number" ? [given, given] : given;
        if (dilations.every((dilation) => dilation === 1)) return original.gradFunc(dy, saved, attributes);
        const [x, filter] = saved as [tf.Tensor4D, tf.Tensor4D];
        const large = spread(filter, dilations);
        const gradients = original.gradFunc(dy, [x, large], { ...attributes, dilations: [1, 1] });
        const steps = [...dilations, 1, 1];
        return {
          x: gradients.x as () => tf.Tensor,
          filter: () => tf.stridedSlice(gradients.filter!(), [0, 0, 0, 0], large.shape, steps),
        };
      },
    });
  }
}

/** Put `dilation − 1` zeros between neighbours along the first two axes of a filter. */
function spread(filter: tf.Tensor, dilations: Pair): tf.Tensor4D {
  const [height, width, inputs, outputs] = filter.shape as [number, number, number, number];
  const [down, across] = dilations;
  const apart = tf.pad(tf.reshape(filter, [height, 1, width, 1, inputs * outputs]), [
    [0, 0],
    [0, down - 1],
    [0, 0],
    [0, across - 1],
    [0, 0],
  ]);
  const whole = tf.reshape(apart, [height * down, width * across, inputs, outputs]);
  const size = [(height - 1) * down + 1, (width - 1) * across + 1, inputs, outputs];
  return tf.slice(whole, [0, 0, 0, 0], size) as tf.Tensor4D;
}
