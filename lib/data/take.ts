// Taking examples by their indices out of whatever holds them: arrays, typed arrays, tensors, data sets.

import * as tf from "@tensorflow/tfjs";
import type { Examples } from "./examples.ts";
import type { TypedArray } from "./typed-array.ts";

/** One value an example: an array, a typed array, or a tensor whose first dimension counts the examples. */
export type Column = readonly unknown[] | TypedArray | tf.Tensor;

/** Columns of the same length by name, such as `{ x, y }`. */
export type Columns = Readonly<Record<string, Column>>;

/** Whether data are examples fetched by `batch` rather than columns. */
export function isExamples(data: object): data is Examples {
  return "batch" in data && typeof data.batch === "function";
}

/** Number of examples of a column. */
function lengthOf(column: Column): number {
  return column instanceof tf.Tensor ? (column.shape[0] ?? 0) : column.length;
}

/** The examples of a column at `indices`, in the same kind of column; a tensor is the caller's to dispose. */
export function takeColumn<Kind extends Column>(column: Kind, indices: ArrayLike<number>): Kind {
  if (column instanceof tf.Tensor) {
    return tf.tidy(() =>
      tf.gather(column as tf.Tensor, tf.tensor1d(Int32Array.from(indices), "int32")),
    ) as Kind;
  }
  if (Array.isArray(column)) return Array.from(indices, (index) => column[index]) as unknown as Kind;
  const values = column as Float64Array;
  const Kind = values.constructor as typeof Float64Array;
  return Kind.from(indices, (index) => values[index] as number) as Kind;
}

/** The examples at `indices` of data that are fetched by `batch`. */
export function takeExamples(examples: Examples, indices: ArrayLike<number>): Examples {
  return {
    size: indices.length,
    batch: (places) => examples.batch(Int32Array.from(places, (place) => indices[place] as number)),
  };
}

/**
 * Number of examples of columns.
 *
 * @throws RangeError if there is no column or they differ in length.
 */
export function sizeOf(columns: Columns): number {
  const lengths = Object.entries(columns).map(([name, column]) => [name, lengthOf(column)] as const);
  const [first] = lengths;
  if (!first) throw new RangeError("There are no columns; give at least one, such as { x, y }.");
  for (const [name, length] of lengths) {
    if (length !== first[1]) {
      throw new RangeError(
        `${first[0]} has ${first[1]} examples and ${name} has ${length}; they must be as many.`,
      );
    }
  }
  return first[1];
}
