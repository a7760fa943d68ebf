// What training needs from data: how many examples there are, and any of them as a pair of tensors.

import * as tf from "@tensorflow/tfjs";

/** A batch as tensors that the caller disposes. */
export interface Batch {
  /** Inputs, `[n, …shape of one input]`. */
  x: tf.Tensor;
  /** Targets, `[n, …shape of one target]`; class numbers are int32 `[n]`. */
  y: tf.Tensor;
  /** What the loss of each example is multiplied with in training, float32 `[n]`. Without it 1. */
  weight?: tf.Tensor | undefined;
}

/** Labelled examples that can be fetched in any order. */
export interface Examples {
  /** Number of examples. */
  readonly size: number;
  /** The examples at `indices`, in that order, as tensors that the caller disposes. */
  batch(indices: ArrayLike<number>): Batch;
}

/** Examples that are tensors already: the first dimension of both counts the examples. */
export interface TensorPair {
  x: tf.Tensor;
  y: tf.Tensor;
}

/**
 * See tensors as examples; they stay the caller's.
 *
 * @throws RangeError if x and y don't hold the same number of examples, or none.
 */
export function toExamples(data: Examples | TensorPair): Examples {
  if ("batch" in data) return data;
  const { x, y } = data;
  const [size] = x.shape;
  if (!size || size !== y.shape[0]) {
    throw new RangeError(
      `x has the shape [${x.shape}] and y [${y.shape}]: the first dimension counts the examples; ` +
        "it must be the same in both and at least 1.",
    );
  }
  return {
    size,
    batch: (indices) =>
      tf.tidy(() => {
        const rows = tf.tensor1d(Int32Array.from(indices), "int32");
        return { x: tf.gather(x, rows), y: tf.gather(y, rows) };
      }),
  };
}
