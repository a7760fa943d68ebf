// What comes out of the layers of a model, and how several pictures of it are shown together.

import * as tf from "@tensorflow/tfjs";
import type { MimeBundle } from "../../plot/display.ts";
import type { Figure } from "../../plot/figure.ts";
import { escapeXml } from "../../plot/figure.ts";
import { evaluate, type Graph } from "../graph/graph.ts";
import { type Inputs, layerValue, type Network, network } from "../network.ts";

/** The network as its layers are, with softmax and batch normalisation in place; to be called in a `tf.tidy`. */
export function plainNetwork(model: tf.LayersModel, x: Inputs): Network {
  return network(model, x, { canonizers: [] });
}

/** Outputs of some layers, in their order; to be called in a `tf.tidy`. */
export function layerOutputs(model: tf.LayersModel, x: Inputs, layers: readonly string[]): tf.Tensor[] {
  const net = plainNetwork(model, x);
  const wanted = layers.map((layer) => layerValue(net, layer));
  const feeds = new Map(net.graph.inputs.map((value, index) => [value, net.inputs[index] as tf.Tensor]));
  const values = evaluate(net.graph, feeds, wanted);
  return wanted.map((value) => values.get(value) as tf.Tensor);
}

/** Names of the layers that have an operation of one of these kinds, in their order. */
export function layersOfKind({ operations }: Graph, ...kinds: readonly string[]): string[] {
  return [...new Set(operations.filter(({ kind }) => kinds.includes(kind)).map(({ layer }) => layer))];
}

/** Pictures one below the other. */
export async function stacked(figures: readonly Figure[]): Promise<MimeBundle> {
  const bundles = await Promise.all(figures.map((figure) => figure.toMime()));
  const pictures = bundles.map((bundle) => {
    const png = bundle["image/png"];
    const text = escapeXml(String(bundle["text/plain"]));
    const html =
      bundle["text/html"] ?? (png ? `<img src="data:image/png;base64,${png}" alt="${text}">` : text);
    return `<div>${html}</div>`;
  });
  return {
    "text/html": pictures.join("\n"),
    "text/plain": bundles.map((bundle) => bundle["text/plain"]).join("\n"),
  };
}

/** The layers with those of models within, by their names with the models' before. */
export function allLayers(model: tf.LayersModel, prefix = ""): [string, tf.layers.Layer][] {
  return model.layers.flatMap((layer): [string, tf.layers.Layer][] =>
    layer instanceof tf.LayersModel
      ? allLayers(layer, `${prefix}${layer.name}/`)
      : [[prefix + layer.name, layer]],
  );
}
