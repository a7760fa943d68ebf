// From a model to its graph: walk from the output tensors back through the layers' nodes, so that a shared
// layer appears once for each use, and step into models that are used as layers.

import * as tf from "@tensorflow/tfjs";
import type { Graph, Operation, Value } from "./graph.ts";
import { expandLayer } from "./operations.ts";

/** What a new operation is made of; names and the number of its output are given by the builder. */
export interface NewOperation extends Omit<Operation, "name" | "layer" | "output" | "tags"> {
  /** What this step does of a layer that has several; left out for the main one. */
  part?: string;
  /** Words to choose it by besides its kind. */
  tags?: readonly string[];
  shape: readonly (number | null)[];
  nonNegative?: boolean;
  gate?: boolean;
}

/** Collects the operations of a graph. */
export class GraphBuilder {
  readonly operations: Operation[] = [];
  readonly values: Value[] = [];
  readonly warnings: string[] = [];
  /** Masks of values that are sequences, both by number. */
  readonly masks = new Map<number, number>();
  /** Name of the layer at hand. */
  layer = "";
  readonly #names = new Map<string, number>();

  addValue(shape: readonly (number | null)[], { nonNegative = false, gate = false } = {}): number {
    return this.values.push({ shape, nonNegative, gate }) - 1;
  }

  add({ part, tags = [], shape, nonNegative, gate, ...operation }: NewOperation): number {
    const output = this.addValue(shape, { nonNegative, gate });
    const name = this.unique(part ? `${this.layer}/${part}` : this.layer);
    this.operations.push({
      ...operation,
      name,
      layer: this.layer,
      tags: [operation.kind, ...tags],
      output,
    });
    return output;
  }

  unique(name: string): string {
    const uses = this.#names.get(name) ?? 0;
    this.#names.set(name, uses + 1);
    return uses === 0 ? name : `${name}:${uses}`;
  }
}

/** The values of one call of a model, by the id of their symbolic tensors. */
interface Scope {
  values: Map<number, number>;
  /** Names of the models around, each with a slash. */
  prefix: string;
  /** Calls of models within, by their node. */
  calls: Map<object, Scope>;
}

/**
 * The graph of a model for inference: fused activations are operations of their own, separable convolutions are
 * two, dropout and its like are left out.
 *
 * Tensors it makes belong to the caller's `tf.tidy`; the model's weights are read, never changed.
 */
export function buildGraph(model: tf.LayersModel): Graph {
  const builder = new GraphBuilder();
  const scope: Scope = { values: new Map(), prefix: "", calls: new Map() };
  const layerNames = new Map<string, number>();
  const inputs = model.inputs.map((input) => {
    const value = builder.addValue(input.shape);
    scope.values.set(input.id, value);
    return value;
  });

  function valueAt(tensor: tf.SymbolicTensor, scope: Scope): number {
    const known = scope.values.get(tensor.id);
    if (known !== undefined) return known;
    const layer = tensor.sourceLayer;
    const node = layer.inboundNodes[tensor.nodeIndex] as tf.layers.Layer["inboundNodes"][number];
    const sources = node.inputTensors.map((input) => valueAt(input, scope));
    if (sources.length === 0) {
      throw new Error(
        `The layer "${layer.name}" is an input that the model does not list among its ${model.inputs.length} inputs.`,
      );
    }
    let value: number;
    if (layer instanceof tf.LayersModel) {
      const inner = innerScope(layer, node, sources, scope);
      value = valueAt(layer.outputs[tensor.tensorIndex] as tf.SymbolicTensor, inner);
    } else {
      const name = scope.prefix + layer.name;
      const uses = layerNames.get(name) ?? 0;
      layerNames.set(name, uses + 1);
      builder.layer = uses === 0 ? name : `${name}:${uses}`;
      value = expandLayer(builder, layer, sources, tensor.shape, tensor.tensorIndex);
    }
    scope.values.set(tensor.id, value);
    return value;
  }

  function innerScope(inner: tf.LayersModel, node: object, sources: number[], outer: Scope): Scope {
    const known = outer.calls.get(node);
    if (known) return known;
    const values = new Map(inner.inputs.map((input, index) => [input.id, sources[index] as number]));
    const scope: Scope = { values, prefix: `${outer.prefix}${inner.name}/`, calls: new Map() };
    outer.calls.set(node, scope);
    return scope;
  }

  const outputs = model.outputs.map((output) => valueAt(output, scope));
  const { operations, values, warnings } = builder;
  return { operations, values, inputs, outputs, warnings };
}
