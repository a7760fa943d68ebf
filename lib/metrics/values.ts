// What metrics accept and how they read it: plain arrays, typed arrays and tensors all become float64 copies, so that
// scores don't depend on who computed the predictions, and no tensor is made, kept or disposed.

import * as tf from "@tensorflow/tfjs";

/** One number an example, `[n]` or `[n, 1]`: an array, a typed array or a tensor. */
export type Vector = ArrayLike<number | boolean> | readonly ArrayLike<number>[] | tf.Tensor;

/** One row an example, `[n, k]`: arrays or typed arrays in an array, or a tensor. */
export type Matrix = readonly ArrayLike<number>[] | tf.Tensor;

/** A class: a whole number or a name. */
export type Label = number | string;

/** One class an example, `[n]` or `[n, 1]`; true and false count as 1 and 0. */
export type Labels =
  | ArrayLike<number | boolean>
  | readonly string[]
  | readonly ArrayLike<number>[]
  | tf.Tensor;

/** Numbers of any shape, nested as deep as they have axes. */
export type Nested = ArrayLike<number | boolean> | readonly Nested[] | tf.Tensor;

interface FlatArray {
  shape: number[];
  values: ArrayLike<number | boolean | string>;
  /** Distance from 1 to the next number in the input's precision. */
  epsilon: number;
}

/** Rows of the same length, one after the other. */
export interface Rows {
  rows: number;
  columns: number;
  values: Float64Array;
  epsilon: number;
}

/** Read `[n]` or `[n, 1]` finite numbers. */
export function readVector(name: string, input: Vector): Float64Array {
  const { shape, values } = flatten(name, input);
  requireColumn(name, shape);
  return toNumbers(name, values);
}

/** Read `[n, k]` finite numbers; `[n]` counts as `[n, 1]`. */
export function readRows(name: string, input: Matrix | Vector): Rows {
  const { shape, values, epsilon } = flatten(name, input);
  if (shape.length > 2) {
    throw new RangeError(`${name} has the shape [${shape}]; it must be [examples] or [examples, columns].`);
  }
  return { rows: shape[0] ?? 0, columns: shape[1] ?? 1, values: toNumbers(name, values), epsilon };
}

/** Read `[n]` or `[n, 1]` classes: whole numbers or names. */
export function readLabels(name: string, input: Labels): Label[] {
  const { shape, values } = flatten(name, input);
  if (shape.length === 2 && shape[1] !== 1) {
    throw new RangeError(
      `${name} has the shape [${shape}]; it must be one class an example, [examples]. ` +
        "Of one-hot rows or scores take argMax(-1) first.",
    );
  }
  requireColumn(name, shape);
  return toLabels(name, values);
}

/** Read class numbers of any shape. */
export function readMask(name: string, input: Nested): { shape: number[]; labels: number[] } {
  const { shape, values } = flatten(name, input);
  return { shape, labels: toLabels(name, values).map(Number) };
}

/** Read finite numbers of any shape. */
export function readNested(name: string, input: Nested): { shape: number[]; values: Float64Array } {
  const { shape, values } = flatten(name, input);
  return { shape, values: toNumbers(name, values) };
}

/** Read the weights of `size` examples: finite, at least 0; all 1 if there are none. */
export function readWeights(input: Vector | undefined, size: number): Float64Array {
  if (input === undefined) return new Float64Array(size).fill(1);
  const weights = readVector("sampleWeight", input);
  requireSameLength({ yTrue: size, sampleWeight: weights.length });
  const negative = weights.findIndex((weight) => weight < 0);
  if (negative >= 0) {
    throw new RangeError(`sampleWeight is ${weights[negative]} at ${negative}; it must be at least 0.`);
  }
  return weights;
}

/** @throws RangeError if the inputs, given as lengths by name, differ in length. */
export function requireSameLength(lengths: Record<string, number>): void {
  const entries = Object.entries(lengths);
  const [[firstName, first], ...rest] = entries as [[string, number], ...[string, number][]];
  for (const [name, length] of rest) {
    if (length !== first) {
      throw new RangeError(
        `${firstName} has ${first} examples and ${name} has ${length}; they must be as many.`,
      );
    }
  }
}

/** @throws RangeError if an option is not a whole number of at least `least`. */
export function requireWhole(name: string, value: number, least: number): void {
  if (!Number.isSafeInteger(value) || value < least) {
    throw new RangeError(`${name} is ${value}; it must be a whole number of at least ${least}.`);
  }
}

/** @throws RangeError if an option is not from 0 to 1. */
export function requireFraction(name: string, value: number): void {
  if (!(value >= 0 && value <= 1)) throw new RangeError(`${name} is ${value}; it must be from 0 to 1.`);
}

/** Order of classes: numbers by value, names by their characters, as scikit-learn sorts them. */
export function compareLabels(a: Label, b: Label): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  if (typeof a !== typeof b) return typeof a === "number" ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}

function requireColumn(name: string, shape: number[]): void {
  if (shape.length !== 1 && !(shape.length === 2 && shape[1] === 1)) {
    throw new RangeError(`${name} has the shape [${shape}]; it must be [examples] or [examples, 1].`);
  }
}

function toNumbers(name: string, values: FlatArray["values"]): Float64Array {
  const numbers = new Float64Array(values.length);
  for (let index = 0; index < values.length; index++) {
    const value = values[index];
    const number = typeof value === "string" || value === null ? Number.NaN : Number(value);
    if (!Number.isFinite(number)) {
      throw new RangeError(
        `${name} holds ${typeof value === "string" ? `"${value}"` : value} at ${index}; it must hold finite numbers.`,
      );
    }
    numbers[index] = number;
  }
  return numbers;
}

function toLabels(name: string, values: FlatArray["values"]): Label[] {
  const labels = new Array<Label>(values.length);
  for (let index = 0; index < values.length; index++) {
    const value = values[index];
    const label = typeof value === "boolean" ? Number(value) : value;
    if (typeof label !== "string" && !Number.isInteger(label)) {
      throw new RangeError(
        `${name} holds ${label} at ${index}; classes are whole numbers or names. ` +
          "Compare scores with a threshold, or take argMax, first.",
      );
    }
    labels[index] = label as Label;
  }
  return labels;
}

function flatten(name: string, input: Nested | Labels): FlatArray {
  if (input instanceof tf.Tensor) {
    return {
      shape: input.shape,
      values: input.dataSync<keyof tf.DataTypeMap>() as FlatArray["values"],
      epsilon: input.dtype === "float32" ? 2 ** -23 : Number.EPSILON,
    };
  }
  if (ArrayBuffer.isView(input)) {
    const values = input as unknown as ArrayLike<number>;
    const epsilon = input instanceof Float32Array ? 2 ** -23 : Number.EPSILON;
    return { shape: [values.length], values, epsilon };
  }
  if (!Array.isArray(input)) {
    throw new TypeError(`${name} is ${describe(input)}; it must be an array, a typed array or a tensor.`);
  }
  const isList = (value: unknown): value is Nested => typeof value === "object" && value !== null;
  if (!input.some(isList)) return { shape: [input.length], values: input, epsilon: Number.EPSILON };
  const parts = input.map((part, index) => flatten(`${name}[${index}]`, part));
  const inner = (parts[0] as FlatArray).shape;
  const values: FlatArray["values"][number][] = [];
  for (const [index, part] of parts.entries()) {
    if (part.shape.join() !== inner.join()) {
      throw new RangeError(
        `${name}[${index}] has the shape [${part.shape}] and ${name}[0] has [${inner}]; all must be alike.`,
      );
    }
    for (let at = 0; at < part.values.length; at++) values.push(part.values[at] as number);
  }
  return { shape: [parts.length, ...inner], values, epsilon: (parts[0] as FlatArray).epsilon };
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  return typeof value === "object" ? `a ${value.constructor?.name ?? "object"}` : JSON.stringify(value);
}
