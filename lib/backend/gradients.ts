// Gradients that TensorFlow.js 4.22 gets wrong, on every backend: those of maximum, minimum and
// squaredDifference forget that broadcasting repeats an input, and that of cumsum transposes its result
// unless the axis is the last. That of tile is right but slices and adds each repetition: thousands of operations
// for one layer normalization.
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
  register("Tile", ["x"], (dy, [x], attributes) => {
    const { reps } = attributes as unknown as { reps: number[] };
    return { x: () => sumRepetitions(dy, x.shape, reps) };
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

/** Sum over the repetitions of `shape` along each axis. */
function sumRepetitions(
  gradient: tf.Tensor,
  shape: readonly number[],
  repetitions: readonly number[],
): tf.Tensor {
  const size = (sizes: readonly number[]) => sizes.reduce((product, each) => product * each, 1);
  let [rest, sizes] = [gradient, [...gradient.shape]];
  repetitions.forEach((count, axis) => {
    if (count === 1) return;
    const after = (shape[axis] as number) * size(sizes.slice(axis + 1));
    rest = tf.sum(tf.reshape(rest, [size(sizes.slice(0, axis)), count, after]), 1);
    sizes = sizes.with(axis, shape[axis] as number);
  });
  return tf.reshape(rest, [...shape]);
}

/** Sum the gradient over the axes along which `input` was repeated. */
function unbroadcast(gradient: tf.Tensor, input: tf.Tensor): tf.Tensor {
  const axes = tf.broadcast_util.getReductionAxes(input.shape, gradient.shape);
  return tf.reshape(axes.length > 0 ? tf.sum(gradient, axes) : gradient, input.shape);
}
