// All that an optimizer remembers, of TensorFlow.js's and of any that keeps its memory in properties: tensors and
// numbers by their path. (Not getWeights: it leaves out what Adam knows of its first steps.)

import * as tf from "@tensorflow/tfjs";
import { variableOrder } from "./gradient-path.ts";

/** Tensors, numbers and names by path, such as `accumulatedFirstMoment.0.variable`. */
export interface OptimizerState {
  tensors: [path: string, tensor: tf.Tensor][];
  values: [path: string, value: number | boolean | string | null][];
  /** Which of the model's weights has which place in the memory. */
  order: number[];
}

/** Read an optimizer's memory; the tensors stay its own. */
export function readOptimizer(optimizer: tf.Optimizer, weights: readonly tf.Variable[]): OptimizerState {
  const state: OptimizerState = { tensors: [], values: [["iterations_", optimizer.iterations]], order: [] };
  const visit = (value: unknown, path: string) => {
    if (value instanceof tf.Tensor) state.tensors.push([path, value]);
    else if (path === "iterations_") return;
    else if (value === null || ["number", "boolean", "string"].includes(typeof value))
      state.values.push([path, value as number]);
    else if (typeof value === "object") {
      for (const [key, each] of Object.entries(value as object)) visit(each, path ? `${path}.${key}` : key);
    }
  };
  visit({ ...optimizer }, "");
  const names = weights.map(({ name }) => name);
  state.order = variableOrder(optimizer).flatMap((name) => {
    const index = names.indexOf(name);
    return index < 0 ? [] : [index];
  });
  return state;
}

/** Give an optimizer of the same class the memory of another, and no more; the tensors become its own. */
export function writeOptimizer(
  optimizer: tf.Optimizer,
  weights: readonly tf.Variable[],
  { tensors, values, order }: OptimizerState,
): void {
  const names = order.map((index) => (weights[index] as tf.Variable).name);
  const kept = new Set(tensors.map(([path]) => path));
  for (const [path, tensor] of readOptimizer(optimizer, weights).tensors) {
    if (kept.has(path)) continue;
    tensor.dispose();
    remove(optimizer, path);
  }
  variableOrder(optimizer).splice(0, Infinity, ...names);
  for (const [path, value] of values) place(optimizer, path, value);
  for (const [path, tensor] of tensors) {
    const present = valueAt(optimizer, path);
    if (present instanceof tf.Variable) {
      present.assign(tensor);
      tensor.dispose();
    } else {
      if (present instanceof tf.Tensor) present.dispose();
      // The rate of an SGD is no variable, but a tensor that is kept.
      const variable = present instanceof tf.Tensor ? tf.keep(tensor) : toVariable(tensor);
      place(optimizer, path, variable);
    }
  }
}

function toVariable(tensor: tf.Tensor): tf.Variable {
  const variable = tf.variable(tensor, false);
  tensor.dispose();
  return variable;
}

function valueAt(root: object, path: string): unknown {
  return path
    .split(".")
    .reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], root);
}

/** Forget a tensor; one that has a place in a list as `{ originalName, variable }` is forgotten with it. */
function remove(root: object, path: string): void {
  const keys = path.split(".");
  if (keys.at(-1) === "variable") keys.pop();
  const last = keys.pop() as string;
  const parent = keys.length === 0 ? root : valueAt(root, keys.join("."));
  if (Array.isArray(parent)) parent.length = Math.min(parent.length, Number(last));
  else Reflect.deleteProperty(parent as object, last);
}

function place(root: object, path: string, value: unknown): void {
  const keys = path.split(".");
  const last = keys.pop() as string;
  let parent = root as Record<string, unknown>;
  for (const [index, key] of keys.entries()) {
    const next = keys[index + 1] ?? last;
    parent[key] ??= /^\d+$/.test(next) ? [] : {};
    parent = parent[key] as Record<string, unknown>;
  }
  parent[last] = value;
}
