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
  /** Examples of a batch where nothing else is said. Defaults to `32`. */
  readonly batchSize?: number;
  /** The examples at `indices`, in that order, as tensors that the caller disposes; what is random depends on the epoch. */
  batch(indices: ArrayLike<number>, epoch?: number): Batch;
  /** The same for a whole epoch, if batches can be prepared ahead. */
  batches?(order: ArrayLike<number>, options?: BatchesOptions): AsyncGenerator<Batch, void>;
}

export interface BatchesOptions {
  /** Examples of a batch; the last one takes what is left. Defaults to `32`. */
  batchSize?: number;
  /** Epochs count from 1. Defaults to `1`. */
  epoch?: number;
  signal?: AbortSignal | undefined;
}

/** The examples batch by batch, prepared ahead where they can be; the caller disposes the tensors. */
export async function* batchesOf(
  examples: Examples,
  order: ArrayLike<number>,
  options: BatchesOptions = {},
): AsyncGenerator<Batch, void> {
  if (examples.batches) {
    yield* examples.batches(order, options);
    return;
  }
  const { batchSize = 32, epoch = 1, signal } = options;
  const indices = Int32Array.from(order);
  for (let start = 0; start < indices.length; start += batchSize) {
    signal?.throwIfAborted();
    yield examples.batch(indices.subarray(start, start + batchSize), epoch);
  }
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

/** The indices 0 to `size` − 1. */
export function inOrder(size: number): Int32Array {
  return Int32Array.from({ length: size }, (_, index) => index);
}
