// How many multiplications, each with an addition, a layer needs for one example. As in the papers, products with
// weights and between activations are counted; biases, activations, pooling and normalization are not.

import type * as tf from "@tensorflow/tfjs";
import type { LayerNode, Shape } from "./graph.ts";

/** Undefined for a layer with weights that is not known here. */
export function multiplyAdds({
  layer,
  className,
  inputShapes,
  outputShapes,
  inside,
}: LayerNode): number | undefined {
  if (inside.length > 0) {
    return inside.reduce<number | undefined>((sum, node) => plus(sum, multiplyAdds(node)), 0);
  }
  return ofLayer(layer, className, inputShapes, outputShapes[0] as Shape);
}

export function plus(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : a + b;
}

interface Internals {
  layer?: tf.layers.Layer;
  forwardLayer?: tf.layers.Layer;
}

function ofLayer(
  layer: tf.layers.Layer,
  className: string,
  inputs: readonly Shape[],
  output: Shape,
): number | undefined {
  const config = layer.getConfig() as Record<string, unknown>;
  const [first = []] = inputs;
  const channels = sizeOf(first.at(-1));
  const kernel = product(([config.kernelSize ?? []] as number[][]).flat());
  const [units, filters] = [config.units as number, config.filters as number];
  switch (className) {
    case "Dense":
      return elements(output) * channels;
    case "Conv1D":
    case "Conv2D":
    case "Conv3D":
      return elements(output) * kernel * channels;
    case "Conv2DTranspose":
    case "Conv3DTranspose":
      return elements(first) * kernel * filters;
    case "DepthwiseConv2D":
      return elements(output) * kernel;
    case "SeparableConv2D": {
      // tfjs leaves the multiplier out of the configuration.
      const wide = channels * (layer as unknown as { depthMultiplier: number }).depthMultiplier;
      return (elements(output) / filters) * wide * (kernel + filters);
    }
    case "SimpleRNN":
    case "LSTM":
    case "GRU": {
      const gates = { SimpleRNN: 1, LSTM: 4, GRU: 3 }[className];
      return sizeOf(first[1]) * gates * units * (channels + units);
    }
    case "Bidirectional": {
      const inner = (layer as unknown as Internals).forwardLayer as tf.layers.Layer;
      return twice(ofLayer(inner, inner.getClassName(), inputs, output));
    }
    case "TimeDistributed": {
      const inner = (layer as unknown as Internals).layer as tf.layers.Layer;
      const step = [first[0] ?? null, ...first.slice(2)];
      const stepOutput = [output[0] ?? null, ...output.slice(2)];
      const each = ofLayer(inner, inner.getClassName(), [step], stepOutput);
      return each === undefined ? undefined : sizeOf(first[1]) * each;
    }
    case "Dot": {
      const [axis] = [config.axes].flat() as number[];
      return elements(output) * sizeOf(first.at(axis as number));
    }
    case "MultiHeadAttention":
      return attention(config, inputs);
    default:
      return matrixWeights(layer) ? undefined : 0;
  }
}

/** Projections of queries, keys and values, the two products of attention, projection of the output. */
function attention(config: Record<string, unknown>, inputs: readonly Shape[]): number {
  const given = config.attentionMask ? inputs.slice(0, -1) : inputs;
  const [query = [], value = query, key = value] = given;
  const { heads, keySize } = config as { heads: number; keySize: number };
  const valueSize = (config.valueSize as number | undefined) ?? keySize;
  const outputSize = (config.outputSize as number | undefined) ?? sizeOf(query[2]);
  const [queries, keys] = [sizeOf(query[1]), sizeOf(value[1])];
  const projections =
    queries * heads * (sizeOf(query[2]) * keySize + valueSize * outputSize) +
    keys * heads * (sizeOf(key[2]) * keySize + sizeOf(value[2]) * valueSize);
  return projections + heads * queries * keys * (keySize + valueSize);
}

/** Weights that may take part in products; those of lookups and normalizations do not. */
function matrixWeights(layer: tf.layers.Layer): boolean {
  if (["Embedding", "PositionalEncoding", "ClassToken"].includes(layer.getClassName())) return false;
  return layer.weights.some(({ shape }) => shape.length > 1);
}

/** Numbers in one example; open sizes count as 1. */
export function elements(shape: Shape): number {
  return product(shape.slice(1).map(sizeOf));
}

function sizeOf(size: number | null | undefined): number {
  return size ?? 1;
}

function product(sizes: readonly number[]): number {
  return sizes.reduce((a, b) => a * b, 1);
}

function twice(value: number | undefined): number | undefined {
  return value === undefined ? undefined : 2 * value;
}
