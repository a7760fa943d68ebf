// Rewriting a network into one that computes the same and whose parts the rules know: batch normalisation merged
// into the linear map beside it, and output probabilities turned back into logits. The model itself is not touched.

import * as tf from "@tensorflow/tfjs";
import { type Graph, linearForward, type Operation } from "./graph.ts";
import type { Linear } from "./linear.ts";

/** A change of the graph that keeps what it computes (`stripSoftmax`: but for the last step). */
export type Canonizer = (graph: Graph) => Graph;

/**
 * Merge batch normalisation into the dense layer or convolution before it, or else into the one after it,
 * also through a flattening between them. One with neither (say after an addition) stays.
 */
export const mergeBatchNorm: Canonizer = (graph) =>
  graph.operations
    .filter(({ kind }) => kind === "batchNormalization")
    .reduce((merged, normalization) => mergeOne(merged, normalization), graph);

const probabilities = new Set(["softmax", "logSoftmax", "sigmoid"]);

/** Take softmax or sigmoid off the outputs, so that logits are explained. */
export const stripSoftmax: Canonizer = (graph) => {
  const outputs = graph.outputs.map((output) => {
    const last = graph.operations.find((operation) => operation.output === output);
    return last?.tags.some((tag) => probabilities.has(tag)) ? (last.inputs[0] as number) : output;
  });
  const wanted = new Set(outputs);
  const operations = graph.operations.toReversed().filter((operation) => {
    if (!wanted.has(operation.output)) return false;
    for (const input of operation.inputs) wanted.add(input);
    return true;
  });
  return { ...graph, outputs, operations: operations.toReversed() };
};

/** Those in force if none are named. */
export const defaultCanonizers: readonly Canonizer[] = [mergeBatchNorm, stripSoftmax];

function mergeOne(graph: Graph, normalization: Operation): Graph {
  const source = graph.operations.find(({ output }) => output === normalization.inputs[0]);
  if (source && canMerge(source) && hasOneUse(graph, source.output)) {
    const merged = withLinear(source, scaledAfter(source.linear as Linear, normalization.linear as Linear));
    return replaced(graph, normalization, source, { ...merged, output: normalization.output });
  }
  if (!hasOneUse(graph, normalization.output)) return graph;
  const user = onlyUser(graph, normalization.output);
  if (user?.tags.includes("Flatten") && hasOneUse(graph, user.output)) {
    const dense = onlyUser(graph, user.output);
    const merged = dense && scaledBefore(graph, normalization, dense);
    if (!merged) return graph;
    const flatten = { ...user, inputs: normalization.inputs };
    const rewired = replaced(graph, normalization, user, flatten);
    return {
      ...rewired,
      operations: rewired.operations.map((operation) => (operation === dense ? merged : operation)),
    };
  }
  const merged = user && scaledBefore(graph, normalization, user);
  return merged ? replaced(graph, normalization, user, { ...merged, inputs: normalization.inputs }) : graph;
}

function canMerge({ kind, linear }: Operation): boolean {
  return linear !== undefined && (kind === "dense" || kind === "convolution");
}

function onlyUser(graph: Graph, value: number): Operation | undefined {
  return graph.operations.find(({ inputs }) => inputs.includes(value));
}

function hasOneUse(graph: Graph, value: number): boolean {
  const uses = graph.operations.flatMap(({ inputs }) => inputs).filter((input) => input === value);
  return uses.length === 1 && !graph.outputs.includes(value);
}

function withLinear(operation: Operation, linear: Linear): Operation {
  return { ...operation, linear, forward: linearForward(linear) };
}

function replaced(graph: Graph, removed: Operation, old: Operation, next: Operation): Graph {
  const operations = graph.operations
    .filter((operation) => operation !== removed)
    .map((operation) => (operation === old ? next : operation));
  return { ...graph, operations };
}

/** `(x · kernel + bias) · factor + shift` as one linear map. */
function scaledAfter(linear: Linear, { kernel: factor, bias: shift }: Linear): Linear {
  const scaled = linear.bias ? tf.mul(linear.bias, factor) : undefined;
  return {
    ...linear,
    kernel: linear.scaleOutputs(linear.kernel, factor as tf.Tensor1D),
    bias: scaled && shift ? tf.add(scaled, shift) : (shift ?? scaled),
  };
}

/**
 * `(x · factor + shift) · kernel + bias` as one linear map. Where a convolution pads with zeros, the shift does
 * not reach as much of it at the border, so that the new bias differs from place to place.
 */
function scaledBefore(graph: Graph, normalization: Operation, user: Operation): Operation | undefined {
  const { kernel: factor, bias: shift } = normalization.linear as Linear;
  const isFlat = user.inputs[0] !== normalization.output;
  const full = (graph.values[normalization.output]?.shape ?? []).slice(1);
  const shape = user.kind === "dense" && !isFlat ? full.slice(-1) : full;
  if (!canMerge(user) || shape.some((size) => size === null)) return undefined;
  const linear = user.linear as Linear;
  const everywhere = (vector: tf.Tensor) => tf.broadcastTo(vector, [1, ...(shape as number[])]);
  const arranged = (vector: tf.Tensor) =>
    isFlat ? tf.reshape(everywhere(vector), [1, -1]) : everywhere(vector);
  const scale = isFlat ? tf.reshape(arranged(factor), [-1]) : factor;
  const moved = linear.apply(arranged(shift as tf.Tensor), linear.kernel);
  return withLinear(user, {
    ...linear,
    kernel: linear.scaleInputs(linear.kernel, scale as tf.Tensor1D),
    bias: linear.bias ? tf.add(moved, linear.bias) : moved,
  });
}
