// Tables of numbers as scalers and imputers read and return them: arrays become arrays in float64, tensors become
// float32 tensors of the same shape. NaN is a missing value here, as in scikit-learn.

import * as tf from "@tensorflow/tfjs";

/** Rows of numbers, `[examples, columns]`: arrays in an array, or a tensor; `[examples]` counts as one column. */
export type Table = readonly ArrayLike<number>[] | ArrayLike<number> | tf.Tensor;

/** What comes back for a table: a tensor for a tensor, one array for one column, else rows. */
export type Like<Input> = Input extends tf.Tensor
  ? Input
  : Input extends ArrayLike<number>
    ? number[]
    : number[][];

/** The table's numbers, row after row. */
export interface Numbers {
  rows: number;
  columns: number;
  values: Float64Array;
}

/** @throws RangeError if there are no rows, rows differ in length or a value is infinite; TypeError for other input. */
export function readTable(input: Table): Numbers {
  const numbers = flatten(input);
  if (numbers.values.length === 0) {
    throw new RangeError(`The table has ${numbers.rows} rows and ${numbers.columns} columns: it is empty.`);
  }
  const wrong = numbers.values.findIndex((value) => value === Infinity || value === -Infinity);
  if (wrong >= 0) {
    throw new RangeError(
      `The table holds ${numbers.values[wrong]} in row ${Math.floor(wrong / numbers.columns)}, ` +
        `column ${wrong % numbers.columns}; values must be finite, or NaN where one is missing.`,
    );
  }
  return numbers;
}

/** The same kind of table as `input` with other numbers; a new tensor is the caller's. */
export function tableLike<Input extends Table>(input: Input, { values, columns }: Numbers): Like<Input> {
  if (input instanceof tf.Tensor) {
    const shape = columns === (input.shape[1] ?? 1) ? input.shape : [values.length / columns, columns];
    return tf.tensor(Float32Array.from(values), shape, "float32") as unknown as Like<Input>;
  }
  if (isColumn(input) && columns === 1) return [...values] as Like<Input>;
  const rows = Array.from({ length: values.length / columns }, (_, row) => [
    ...values.subarray(row * columns, (row + 1) * columns),
  ]);
  return rows as Like<Input>;
}

/** The numbers of one column that are not missing. */
export function present({ rows, columns, values }: Numbers, column: number): Float64Array {
  const found = new Float64Array(rows);
  let count = 0;
  for (let row = 0; row < rows; row++) {
    const value = values[row * columns + column] as number;
    if (!Number.isNaN(value)) found[count++] = value;
  }
  return found.subarray(0, count);
}

/** Quantile `part` (0 to 1) of sorted numbers, linear between neighbours as in NumPy. */
export function quantile(sorted: Float64Array, part: number): number {
  const position = part * (sorted.length - 1);
  const below = Math.floor(position);
  const low = sorted[below] as number;
  const high = sorted[Math.min(below + 1, sorted.length - 1)] as number;
  return low + (high - low) * (position - below);
}

/** @throws RangeError if the table has another number of columns than the one that was learned from. */
export function requireColumns(found: number, expected: number, owner: string): void {
  if (found === expected) return;
  throw new RangeError(
    `The table has ${found} columns, but this ${owner} was fitted on ${expected}; give the same columns in the same order.`,
  );
}

/** @throws RangeError naming the method to call first. */
export function requireFitted<Learned>(learned: Learned | undefined, owner: string): Learned {
  if (learned !== undefined) return learned;
  throw new RangeError(
    `This ${owner} has learned nothing yet: call fit with the training part (and with it alone) first.`,
  );
}

function isColumn(input: Table): input is ArrayLike<number> {
  return ArrayBuffer.isView(input) || typeof (input as ArrayLike<unknown>)[0] === "number";
}

function flatten(input: Table): Numbers {
  if (input instanceof tf.Tensor) {
    if (input.rank < 1 || input.rank > 2) {
      throw new RangeError(`The table has the shape [${input.shape}]; it must be [examples, columns].`);
    }
    const [rows = 0, columns = 1] = input.shape;
    return { rows, columns, values: Float64Array.from(input.dataSync()) };
  }
  if (input === null || typeof input !== "object" || !("length" in input)) {
    throw new TypeError(`The table is ${String(input)}; it must be an array of rows or a tensor.`);
  }
  if (isColumn(input)) return { rows: input.length, columns: 1, values: Float64Array.from(input) };
  const columns = input[0]?.length ?? 0;
  const values = new Float64Array(input.length * columns);
  for (let row = 0; row < input.length; row++) {
    const cells = input[row] as ArrayLike<number>;
    if (cells.length !== columns) {
      throw new RangeError(
        `Row ${row} has ${cells.length} columns and row 0 has ${columns}; all must be alike.`,
      );
    }
    values.set(cells, row * columns);
  }
  return { rows: input.length, columns, values };
}
