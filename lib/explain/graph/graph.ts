// A network as a list of small operations on numbered values, in the order in which they run. Every way of
// explaining walks over it: forwards for the activations, backwards for relevance or gradients.

import * as tf from "@tensorflow/tfjs";
import { applyLinear, type Linear } from "./linear.ts";
import type { RecurrentCell } from "./recurrent.ts";

export type Kind =
  | "dense"
  | "convolution"
  | "batchNormalization"
  | "layerNormalization"
  | "activation"
  | "softmax"
  | "averagePooling"
  | "maxPooling"
  | "add"
  | "multiply"
  | "matmul"
  | "recurrent"
  | "embedding"
  /** Moves values about: flatten, reshape, transpose, concatenate, pad, crop, repeat, take the largest. */
  | "shape"
  | "other";

/** A step of the network: some values in, one out. */
export interface Operation {
  /** Unique in the graph: the layer's name, with what the step does where a layer has several. */
  readonly name: string;
  /** Name of the layer that it belongs to, with ":1", ":2" … for a shared layer's further uses. */
  readonly layer: string;
  readonly kind: Kind;
  /** Words that a composite may choose it by: its kind, the layer's class, `"linear"`, `"relu"`. */
  readonly tags: readonly string[];
  readonly inputs: readonly number[];
  readonly output: number;
  forward(inputs: tf.Tensor[]): tf.Tensor;
  readonly linear?: Linear;
  readonly recurrent?: RecurrentCell;
  readonly normalization?: Normalization;
  /** For kind `"shape"`: its output has places that no input fills, such as padding or a class token. */
  readonly holdsConstants?: boolean;
}

/** A normalisation by statistics of its input, which is a linear map as long as they are held fixed. */
export interface Normalization {
  /** The transposed map, the statistics being those of `x`. */
  adjoint(y: tf.Tensor, x: tf.Tensor): tf.Tensor;
  /** Broadcast over the output; undefined for none. */
  bias: tf.Tensor | undefined;
}

export interface Value {
  /** With null where only a call tells. */
  readonly shape: readonly (number | null)[];
  /** Known not to be below 0, as what comes out of a ReLU. */
  readonly nonNegative: boolean;
  /** A factor between 0 and 1 (from a sigmoid or softmax), which lets signals through. */
  readonly gate: boolean;
}

export interface Graph {
  readonly operations: readonly Operation[];
  readonly values: readonly Value[];
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  /** What the graph can't express of the model, as sentences. */
  readonly warnings: readonly string[];
}

/**
 * The values of a network: those of `feeds`, and all that the `targets` need besides.
 *
 * Any value may be fed, so a network can be run from the middle.
 */
export function evaluate(
  graph: Graph,
  feeds: ReadonlyMap<number, tf.Tensor>,
  targets: readonly number[] = graph.outputs,
): Map<number, tf.Tensor> {
  const wanted = new Set(targets);
  const needed: Operation[] = [];
  for (const operation of graph.operations.toReversed()) {
    if (!wanted.has(operation.output) || feeds.has(operation.output)) continue;
    needed.push(operation);
    for (const input of operation.inputs) wanted.add(input);
  }
  const values = new Map(feeds);
  for (const operation of needed.toReversed()) {
    const inputs = operation.inputs.map((input) => values.get(input) as tf.Tensor);
    values.set(operation.output, operation.forward(inputs));
  }
  return values;
}

/** What an operation hands back to each of its inputs, given its values and what arrived at its output. */
export type BackwardStep = (situation: Situation) => tf.Tensor[];

export interface Situation {
  operation: Operation;
  inputs: tf.Tensor[];
  output: tf.Tensor;
  /** What is known of each input beforehand. */
  inputValues: Value[];
  /** Relevance or gradient with the shape of the output. */
  arrived: tf.Tensor;
}

/**
 * Walk backwards from the outputs to the inputs; what several operations hand to one value adds up.
 *
 * @param start What each output starts with.
 * @returns What arrived at each value; values that nothing reached are missing.
 */
export function backward(
  graph: Graph,
  values: ReadonlyMap<number, tf.Tensor>,
  start: ReadonlyMap<number, tf.Tensor>,
  step: BackwardStep,
): Map<number, tf.Tensor> {
  const arrived = new Map(start);
  for (const operation of graph.operations.toReversed()) {
    const here = arrived.get(operation.output);
    if (!here) continue;
    const inputs = operation.inputs.map((input) => values.get(input) as tf.Tensor);
    const output = values.get(operation.output) as tf.Tensor;
    const inputValues = operation.inputs.map((input) => graph.values[input] as Value);
    const handed = step({ operation, inputs, inputValues, output, arrived: here });
    operation.inputs.forEach((input, index) => {
      const before = arrived.get(input);
      const more = handed[index] as tf.Tensor;
      arrived.set(input, before ? tf.add(before, more) : more);
    });
  }
  return arrived;
}

/** The gradient of an operation, times what arrived at its output. */
export function pullBack({ operation, inputs, arrived }: Situation): tf.Tensor[] {
  const { linear } = operation;
  const x = inputs[0] as tf.Tensor;
  if (linear) return [linear.adjoint(arrived, linear.kernel, x.shape)];
  // Tokens have no gradient; what their vectors got is theirs.
  if (operation.kind === "embedding") return [tf.sum(arrived, -1)];
  // A tensor that goes in twice would get both gradients twice.
  const distinct = inputs.map((one, index) => (inputs.indexOf(one) < index ? tf.clone(one) : one));
  return tf.grads((...xs: tf.Tensor[]) => operation.forward(xs))(distinct, arrived);
}

/** A linear operation's forward pass. */
export function linearForward(linear: Linear): Operation["forward"] {
  return ([x]) => applyLinear(linear, x as tf.Tensor);
}
