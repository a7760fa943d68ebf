// Arguments and results of a step: tensors in nested arrays and plain objects.
import * as tf from "@tensorflow/tfjs";

/** The place of a tensor in a returned structure. */
class Output {
  readonly index: number;
  constructor(index: number) {
    this.index = index;
  }
}

/** The tensors in nested arrays and plain objects, in order. */
export function* tensorsIn(value: unknown): Generator<tf.Tensor> {
  if (value instanceof tf.Tensor) yield value;
  else if (Array.isArray(value)) for (const each of value) yield* tensorsIn(each);
  else if (value !== null && typeof value === "object" && isPlain(value)) {
    for (const each of Object.values(value)) yield* tensorsIn(each);
  }
}

/** The structure with `Output`s in place of its tensors, which `take` is given in order. */
export function withoutTensors(value: unknown, take: (tensor: tf.Tensor) => void): unknown {
  let count = 0;
  return mapLeaves(value, (leaf) => {
    if (!(leaf instanceof tf.Tensor)) return leaf;
    take(leaf);
    return new Output(count++);
  });
}

/** The structure with `tensors` in place of its `Output`s. */
export function withTensors(value: unknown, tensors: readonly tf.Tensor[]): unknown {
  return mapLeaves(value, (leaf) => (leaf instanceof Output ? tensors[leaf.index] : leaf));
}

function mapLeaves(value: unknown, change: (leaf: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map((each) => mapLeaves(each, change));
  if (value !== null && typeof value === "object" && isPlain(value)) {
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, mapLeaves(each, change)]));
  }
  return change(value);
}

/** Shapes, types, and which arguments are the same tensor or a variable: what a recording depends on. */
export function keyOf(given: readonly unknown[], tensors: readonly tf.Tensor[]): string {
  const first = new Map<object, number>();
  tensors.forEach(({ dataId }, index) => {
    if (!first.has(dataId)) first.set(dataId, index);
  });
  const describe = (value: unknown): string => {
    if (value instanceof tf.Tensor) {
      const name = value instanceof tf.Variable ? ` ${value.name}` : "";
      return `${value.dtype}[${value.shape}]${first.get(value.dataId)}${name}`;
    }
    if (Array.isArray(value)) return `[${value.map(describe)}]`;
    if (value !== null && typeof value === "object" && isPlain(value)) {
      return `{${Object.entries(value).map(([name, each]) => `${name}:${describe(each)}`)}}`;
    }
    // Other numbers are other constants of the same recording.
    return typeof value === "number" || typeof value === "object" ? typeof value : JSON.stringify(value);
  };
  return describe(given);
}

export function registeredVariables(): tf.Variable[] {
  return Object.values(tf.engine().registeredVariables);
}

export function isPromise(value: unknown): value is Promise<unknown> {
  return typeof (value as { then?: unknown } | null)?.then === "function";
}

function isPlain(value: object): value is Record<string, unknown> {
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
