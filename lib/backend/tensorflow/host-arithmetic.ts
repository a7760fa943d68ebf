// Arithmetic on a few numbers that are still in JavaScript's memory is done there: to ask TensorFlow takes several
// times as long as to add them. As tfjs's WebGL backend does, but only what gives TensorFlow's result to the last bit: the four
// operations and roots that IEEE 754 rounds exactly, and comparisons. (A double holds the sum, product, quotient or root
// of two floats well enough to be rounded to the right float: Figueroa, "When is double rounding innocuous?", 1995.)
import type * as tf from "@tensorflow/tfjs";
import { wrapKernel } from "../cpu-fallback.ts";
import type { NodeBackend, TensorData } from "./graph/trace.ts";

type Numbers = Float32Array | Int32Array;

type Binary = (a: number, b: number) => number;
type Unary = (x: number) => number;

/** As many as the WebGL backend takes for few (its WEBGL_CPU_HANDOFF_SIZE_THRESHOLD). */
const mostElements = 128;

/** TensorFlow takes smaller numbers for 0. */
const smallestNormal = 2 ** -126;

const float: Record<string, Binary> = {
  Add: (a, b) => a + b,
  Sub: (a, b) => a - b,
  Multiply: (a, b) => a * b,
  RealDiv: (a, b) => a / b,
};

const integer: Record<string, Binary> = {
  Add: (a, b) => a + b,
  Sub: (a, b) => a - b,
  Multiply: Math.imul,
};

const comparisons: Record<string, Binary> = {
  Equal: (a, b) => Number(a === b),
  NotEqual: (a, b) => Number(a !== b),
  Greater: (a, b) => Number(a > b),
  GreaterEqual: (a, b) => Number(a >= b),
  Less: (a, b) => Number(a < b),
  LessEqual: (a, b) => Number(a <= b),
};

const unary: Record<string, Unary> = {
  Neg: (x) => -x,
  Abs: Math.abs,
  Square: (x) => x * x,
  Sqrt: Math.sqrt,
};

/** What the backend holds for a tensor. */
interface HostData extends TensorData {
  /**
   * Whether the values are the tensor's alone: not the array that the user has made it of, nor one that the user has read
   * out. Either may be filled with other numbers after the first operation, as where TensorFlow holds the values.
   */
  isOwn?: boolean;
}

/** @param nodeBackend That of tfjs-node. */
export function registerHostArithmetic(nodeBackend: object): void {
  const backend = nodeBackend as NodeBackend;
  const { readSync } = backend;
  backend.readSync = function (dataId) {
    const values = readSync.call(this, dataId);
    return (this.tensorMap.get(dataId) as HostData).isOwn ? (values as Numbers).slice() : values;
  };
  for (const [name, compute] of Object.entries(float)) {
    wrapBinary(name, (dtype) => (dtype === "float32" ? compute : integer[name]));
  }
  for (const [name, compute] of Object.entries(comparisons)) wrapBinary(name, () => compute, "bool");
  for (const [name, compute] of Object.entries(unary)) wrapUnary(name, compute);
}

/** @param dtype The result's; that of the inputs where there is none. */
function wrapBinary(
  name: string,
  computeFor: (dtype: tf.DataType) => Binary | undefined,
  dtype?: "bool",
): void {
  wrapKernel(name, "tensorflow", (original) => (given) => {
    const backend = given.backend as unknown as NodeBackend;
    const { a, b } = given.inputs as { a: tf.TensorInfo; b: tf.TensorInfo };
    const compute = a.dtype === b.dtype ? computeFor(a.dtype) : undefined;
    const first = compute && numbersOf(backend, a);
    const second = first && numbersOf(backend, b);
    const shape = second && commonShape(a.shape, first.length, b.shape, second.length);
    if (!shape) return original(given);
    const count = Math.max(first.length, second.length);
    const values = dtype ? new Uint8Array(count) : emptyLike(first, count);
    for (let i = 0; i < count; i++) {
      values[i] = compute(first[first.length === 1 ? 0 : i], second[second.length === 1 ? 0 : i]);
    }
    return resultOf(backend, values, shape, dtype ?? a.dtype) ?? original(given);
  });
}

function wrapUnary(name: string, compute: Unary): void {
  wrapKernel(name, "tensorflow", (original) => (given) => {
    const backend = given.backend as unknown as NodeBackend;
    const { x } = given.inputs as { x: tf.TensorInfo };
    const numbers = numbersOf(backend, x);
    if (!(numbers instanceof Float32Array)) return original(given);
    return resultOf(backend, numbers.map(compute), x.shape, x.dtype) ?? original(given);
  });
}

/** Those of a tensor that TensorFlow has not been given yet, if they are few and none is to be taken for 0. */
function numbersOf({ binding, tensorMap }: NodeBackend, { dataId }: tf.TensorInfo): Numbers | undefined {
  // A recorded step has operations.
  if (binding.listener) return undefined;
  const data = tensorMap.get(dataId);
  const { values } = data;
  const isNumbers = values instanceof Float32Array || values instanceof Int32Array;
  if (!isNumbers || values.length === 0 || values.length > mostElements) return undefined;
  return hasDenormal(values) ? undefined : owned(data, values);
}

function owned(data: HostData, values: Numbers): Numbers {
  if (data.isOwn) return values;
  data.isOwn = true;
  const copy = values.slice();
  data.values = copy;
  return copy;
}

/** Where the shapes are the same, or one has a single element and no more axes than the other. */
function commonShape(a: number[], first: number, b: number[], second: number): number[] | undefined {
  if (second === 1 && b.length <= a.length) return a;
  if (first === 1 && a.length <= b.length) return b;
  return a.length === b.length && a.every((dimension, axis) => dimension === b[axis]) ? a : undefined;
}

function emptyLike(numbers: Numbers, count: number): Numbers {
  return numbers instanceof Float32Array ? new Float32Array(count) : new Int32Array(count);
}

/** Nothing where TensorFlow would take one of the values for 0. */
function resultOf(
  backend: NodeBackend,
  values: Numbers | Uint8Array,
  shape: number[],
  dtype: tf.DataType,
): tf.TensorInfo | undefined {
  if (hasDenormal(values)) return undefined;
  const dataId = backend.write(values, shape, dtype);
  (backend.tensorMap.get(dataId) as HostData).isOwn = true;
  return { dataId, shape, dtype };
}

function hasDenormal(values: Numbers | Uint8Array): boolean {
  if (!(values instanceof Float32Array)) return false;
  for (let i = 0; i < values.length; i++) {
    if (values[i] !== 0 && Math.abs(values[i]) < smallestNormal) return true;
  }
  return false;
}
