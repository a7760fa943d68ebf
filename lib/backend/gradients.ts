// Gradients that TensorFlow.js 4.22 gets wrong, on every backend: those of maximum, minimum and
// squaredDifference forget that broadcasting repeats an input, and that of cumsum transposes its result
// unless the axis is the last.
import * as tf from "@tensorflow/tfjs";

export function correctGradients(): void {
  register("Maximum", ["a", "b"], (dy, [a, b]) => {
    const left = tf.cast(tf.greaterEqual(a, b), "float32");
    return {
      a: () => unbroadcast(tf.mul(dy, left), a),
      b: () => unbroadcast(tf.mul(dy, tf.sub(1, left)), b),
    };
  });
  register("Minimum", ["a", "b"], (dy, [a, b]) => {
    const left = tf.cast(tf.lessEqual(a, b), "float32");
    return {
      a: () => unbroadcast(tf.mul(dy, left), a),
      b: () => unbroadcast(tf.mul(dy, tf.sub(1, left)), b),
    };
  });
  register("SquaredDifference", ["a", "b"], (dy, [a, b]) => {
    const slope = tf.mul(tf.mul(dy, 2), tf.sub(a, b));
    return { a: () => unbroadcast(slope, a), b: () => unbroadcast(tf.neg(slope), b) };
  });
  register("Cumsum", ["x"], (dy, _saved, attributes) => {
    const { axis, exclusive, reverse } = attributes as unknown as {
      axis: number;
      exclusive: boolean;
      reverse: boolean;
    };
    return { x: () => tf.cumsum(dy, axis, exclusive, !reverse) };
  });
}

function register(
  kernelName: string,
  inputsToSave: string[],
  gradient: (
    dy: tf.Tensor,
    saved: tf.Tensor[],
    attributes: tf.NamedAttrMap,
  ) => Record<string, () => tf.Tensor>,
): void {
  tf.registerGradient({
    kernelName,
    inputsToSave,
    gradFunc: (dy, saved, attributes) => gradient(dy as tf.Tensor, saved, attributes),
  });
}

/** Sum the gradient over the axes along which `input` was repeated. */
function unbroadcast(gradient: tf.Tensor, input: tf.Tensor): tf.Tensor {
  const axes = tf.broadcast_util.getReductionAxes(input.shape, gradient.shape);
  return tf.reshape(axes.length > 0 ? tf.sum(gradient, axes) : gradient, input.shape);
}
