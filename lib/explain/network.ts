// A model ready to be explained: its canonized graph, its inputs and all its values.

import * as tf from "@tensorflow/tfjs";
import { didYouMean } from "../data/nearest.ts";
import { buildGraph } from "./graph/build.ts";
import { type Canonizer, defaultCanonizers } from "./graph/canonizers.ts";
import { evaluate, type Graph } from "./graph/graph.ts";

/** One input tensor, or one for each input of the model; the first axis counts the examples. */
export type Inputs = tf.Tensor | readonly tf.Tensor[];

export interface Network {
  graph: Graph;
  inputs: readonly tf.Tensor[];
  /** Value of the explained output. */
  output: number;
}

export interface NetworkOptions {
  /** Which of several outputs is explained. Defaults to `0`. */
  output?: number;
  canonizers?: readonly Canonizer[];
}

/**
 * The graph of a model with its inputs; to be called in a `tf.tidy`.
 *
 * @throws RangeError if the inputs are not as many as the model's, are shaped otherwise, or hold no example.
 */
export function network(model: tf.LayersModel, x: Inputs, options: NetworkOptions = {}): Network {
  const { output = 0, canonizers = defaultCanonizers } = options;
  const inputs = Array.isArray(x) ? (x as readonly tf.Tensor[]) : [x as tf.Tensor];
  if (inputs.length !== model.inputs.length) {
    throw new RangeError(`There are ${inputs.length} inputs; the model has ${model.inputs.length}.`);
  }
  inputs.forEach(({ shape }, index) => {
    const wanted = (model.inputs[index] as tf.SymbolicTensor).shape;
    const fits =
      shape.length === wanted.length && wanted.every((size, axis) => (size ?? shape[axis]) === shape[axis]);
    if (!fits || shape[0] === 0) {
      const expected = wanted.map((size) => size ?? "any").join(", ");
      throw new RangeError(
        `Input ${index} has the shape [${shape}]; the model takes [${expected}], from one example on.`,
      );
    }
  });
  const plain = buildGraph(model);
  if (!(output in plain.outputs)) {
    throw new RangeError(`There is no output ${output}; the model has ${plain.outputs.length}.`);
  }
  const chosen = { ...plain, outputs: [plain.outputs[output] as number] };
  const graph = canonizers.reduce<Graph>((before, canonize) => canonize(before), chosen);
  return { graph, inputs, output: graph.outputs[0] as number };
}

/**
 * Complain of inputs that no explanation can be had of; some backends' ReLU would make 0 of NaN.
 *
 * @throws RangeError if one holds NaN or infinity.
 */
export async function checkFinite(x: Inputs): Promise<void> {
  for (const [index, input] of [x].flat().entries()) {
    const finite = tf.tidy(() => tf.all(tf.isFinite(input as tf.Tensor)));
    const [allFinite] = await finite.data();
    finite.dispose();
    if (!allFinite)
      throw new RangeError(`Input ${index} holds NaN or infinity; make it finite numbers first.`);
  }
}

/** All values that the explained output is made of. */
export function run({ graph, inputs, output }: Network): Map<number, tf.Tensor> {
  return evaluate(graph, new Map(graph.inputs.map((value, index) => [value, inputs[index] as tf.Tensor])), [
    output,
  ]);
}

/** The output of a run. */
export function logitsOf({ output }: Network, values: ReadonlyMap<number, tf.Tensor>): tf.Tensor {
  return values.get(output) as tf.Tensor;
}

/** Value at the output of a layer: that of its last operation. */
export function layerValue({ graph }: Network, layer: string): number {
  const found = graph.operations.findLast((operation) => operation.layer === layer);
  if (found) return found.output;
  const names = [...new Set(graph.operations.map((operation) => operation.layer))];
  throw noSuchLayer(layer, names);
}

/** The error for a layer that is none of those with `names`. */
export function noSuchLayer(layer: string, names: readonly string[]): RangeError {
  return new RangeError(
    `There is no layer "${layer}"; there are ${names.join(", ")}.${didYouMean(layer, names)}`,
  );
}

/** The network's output as a function of one of its values, the inputs being as they are. */
export function from(net: Network, value: number, x: tf.Tensor): tf.Tensor {
  const feeds = new Map(net.graph.inputs.map((input, index) => [input, net.inputs[index] as tf.Tensor]));
  return logitsOf(net, evaluate(net.graph, feeds.set(value, x), [net.output]));
}
