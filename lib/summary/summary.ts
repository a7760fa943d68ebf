// What a model is made of and what it costs, layer by layer and in all.

import type * as tf from "@tensorflow/tfjs";
import { displaySymbol, type MimeBundle } from "../plot/display.ts";
import { type LayerNode, layerGraph, type Shape } from "./graph.ts";
import { elements, multiplyAdds, plus } from "./multiply-adds.ts";
import { type ReceptiveField, receptiveFields } from "./receptive-field.ts";
import { toHtml, toText } from "./table.ts";

export interface SummaryOptions {
  /**
   * Shape of one input, or one for each input, where the model leaves sizes open: `[20, 3]` for 20 steps.
   * Defaults to the model's own, with 1 for open sizes.
   */
  inputShape?: readonly number[] | readonly (readonly number[])[];
}

/** One use of a layer, for one example. */
export interface LayerSummary {
  name: string;
  /** The layer's class, such as `"Conv2D"`. */
  type: string;
  /** Models around it, from the outermost. */
  inside: readonly string[];
  /** Shape of the first output with its batch axis. */
  outputShape: Shape;
  /** Names of the layers it takes its inputs from. */
  inputs: readonly string[];
  /** Weights, all and those that training changes; 0 for a further use of a layer. */
  parameters: number;
  trainableParameters: number;
  /** Multiplications with an addition; undefined for a layer with weights of an unknown kind. */
  multiplyAdds: number | undefined;
  /** Bytes of the outputs. */
  activationBytes: number;
  /** Pixels or steps of the input that an output depends on, along each axis; `"all"` for the whole input. */
  receptiveField: ReceptiveField;
}

export interface SummaryTotals {
  layers: number;
  parameters: number;
  trainableParameters: number;
  /** Undefined if one of the layers' is. */
  multiplyAdds: number | undefined;
  /** Bytes of all weights. */
  weightBytes: number;
  /** Bytes of all outputs for one example, which training keeps for the gradients. */
  activationBytes: number;
}

/** A model's layers and totals; `String(summary)` and a notebook show them as a table. */
export class Summary {
  readonly name: string;
  readonly layers: readonly LayerSummary[];
  readonly totals: SummaryTotals;

  constructor(name: string, layers: readonly LayerSummary[]) {
    this.name = name;
    this.layers = layers;
    const sum = (of: (layer: LayerSummary) => number) =>
      layers.reduce((total, layer) => total + of(layer), 0);
    const parameters = sum((layer) => layer.parameters);
    this.totals = {
      layers: layers.length,
      parameters,
      trainableParameters: sum((layer) => layer.trainableParameters),
      multiplyAdds: layers.reduce<number | undefined>((total, layer) => plus(total, layer.multiplyAdds), 0),
      weightBytes: parameters * bytesPerNumber,
      activationBytes: sum((layer) => layer.activationBytes),
    };
  }

  toString(): string {
    return toText(this);
  }

  [displaySymbol](): MimeBundle {
    return { "text/html": toHtml(this), "text/plain": toText(this) };
  }
}

/** All numbers are float32. */
const bytesPerNumber = 4;

/**
 * The layers of a model with shapes, parameters, multiply-adds, memory and receptive field, for one example.
 *
 * Multiply-adds are those of products with weights and between activations; a receptive field leaves aside what
 * normalization spreads. Layers of models that are used as layers are listed too.
 *
 * @throws RangeError if `inputShape` does not fit the model's inputs.
 */
export function summary(model: tf.LayersModel, options: SummaryOptions = {}): Summary {
  const { nodes } = layerGraph(model, shapesFor(model, options.inputShape));
  const fields = receptiveFields(nodes);
  const rows = (list: readonly LayerNode[], inside: readonly string[]): LayerSummary[] =>
    list.flatMap((node) =>
      node.inside.length > 0
        ? rows(node.inside, [...inside, node.name])
        : [{ ...measure(node), inside, receptiveField: fields.get(node) }],
    );
  return new Summary(model.name, rows(nodes, []));
}

function measure(node: LayerNode): Omit<LayerSummary, "inside" | "receptiveField"> {
  const { layer, isRepeated, outputShapes } = node;
  const count = (weights: tf.layers.Layer["weights"]) =>
    isRepeated ? 0 : weights.reduce((sum, { shape }) => sum + elements([null, ...shape]), 0);
  return {
    name: node.name,
    type: node.className,
    outputShape: outputShapes[0] as Shape,
    inputs: node.inputs.map(({ name }) => name),
    parameters: count(layer.weights),
    trainableParameters: count(layer.trainableWeights),
    multiplyAdds: multiplyAdds(node),
    activationBytes: bytesPerNumber * outputShapes.reduce((sum, shape) => sum + elements(shape), 0),
  };
}

function shapesFor(model: tf.LayersModel, given: SummaryOptions["inputShape"]): Shape[] {
  const own = model.inputs.map(({ shape }) => shape as Shape);
  if (!given) return own;
  const shapes = (Array.isArray(given[0]) ? given : [given]) as readonly (readonly number[])[];
  const fits =
    shapes.length === own.length &&
    own.every((shape, index) => {
      const wanted = shape.slice(1);
      const found = shapes[index] as readonly number[];
      return (
        wanted.length === found.length && wanted.every((size, axis) => size === null || size === found[axis])
      );
    });
  if (!fits) {
    const show = (list: readonly Shape[]) =>
      list.map((shape) => `[${shape.map((size) => size ?? "any")}]`).join(", ");
    throw new RangeError(
      `inputShape is ${show(shapes)}; the model takes ${show(own.map((shape) => shape.slice(1)))} without the batch axis.`,
    );
  }
  return shapes.map((shape) => [null, ...shape]);
}
