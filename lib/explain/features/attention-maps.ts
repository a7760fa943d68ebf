// Which steps look at which: the weights of every attention layer while the model runs.

import * as tf from "@tensorflow/tfjs";
import { MultiHeadAttention } from "../../layers/attention.ts";
import { displaySymbol, type MimeBundle } from "../../plot/display.ts";

import { Figure } from "../../plot/figure.ts";
import { images } from "../../plot/images.ts";
import { chart } from "../../plot/vega.ts";
import type { Inputs } from "../network.ts";
import { allLayers, plainNetwork, stacked } from "./values.ts";

export interface AttentionMapsOptions {
  /** Names of the layers. Defaults to all layers of multi-head attention. */
  layers?: readonly string[];
  /** Which example is drawn. Defaults to `0`. */
  example?: number;
  /** The steps that look, as words, for the axes. Defaults to none: small maps without axes. */
  tokens?: readonly string[];
  /** The steps that are looked at, where they are others. Defaults to `tokens`. */
  keyTokens?: readonly string[];
}

interface LayerAttention {
  /** Name of the layer, with `":1"`, `":2"` … for its further uses. */
  layer: string;
  /** `[batch, heads, queries, keys]`; each row over the keys adds up to 1. The caller's. */
  weights: tf.Tensor4D;
  /** One example: a map for each head, a row for each query, from white (0) to dark (1). */
  figure: Figure;
}

export interface AttentionMaps {
  /** In the order in which they run. */
  layers: LayerAttention[];
  /** Frees all weights. */
  dispose(): void;
  [displaySymbol](): Promise<MimeBundle>;
}

/**
 * The attention weights of all `dl.layers.multiHeadAttention` of a model, also of models within (Vaswani et al. 2017).
 *
 * @param x The model's input or inputs, `[n, …]`; they stay the caller's. Masks of embeddings are heeded.
 * @throws RangeError if the inputs are not the model's, it has no such layer, there is no such example, or the tokens are not as many as the steps.
 */
export function attentionMaps(
  model: tf.LayersModel,
  x: Inputs,
  options: AttentionMapsOptions = {},
): AttentionMaps {
  const found = record(model, x, options.layers);
  const dispose = () => tf.dispose(found.map(({ weights }) => weights));
  try {
    const layers = found.map(({ layer, weights }) => ({
      layer,
      weights,
      figure: draw(layer, weights, options),
    }));
    return { layers, dispose, [displaySymbol]: () => stacked(layers.map(({ figure }) => figure)) };
  } catch (error) {
    dispose();
    throw error;
  }
}

function record(model: tf.LayersModel, x: Inputs, names: readonly string[] | undefined) {
  const all = allLayers(model).filter(([, layer]) => layer instanceof MultiHeadAttention);
  const available = all.map(([name]) => name).join(", ") || "none";
  const missing = names?.find((name) => !all.some(([each]) => each === name));
  if (missing !== undefined || all.length === 0) {
    throw new RangeError(
      `${missing === undefined ? "The model has no" : `"${missing}" is no`} layer of multi-head attention; there are: ${available}.`,
    );
  }
  const watched = all.filter(([name]) => !names || names.includes(name)) as [string, MultiHeadAttention][];
  const found: { layer: string; weights: tf.Tensor4D }[] = [];
  for (const [name, layer] of watched) {
    let uses = 0;
    layer.setCallHook((inputs, { mask }) => {
      const masks = [mask ?? []].flat() as (tf.Tensor | undefined)[];
      const weights = tf.keep(tf.tidy(() => layer.attention([inputs].flat(), masks))) as tf.Tensor4D;
      found.push({ layer: uses++ === 0 ? name : `${name}:${uses - 1}`, weights });
    });
  }
  try {
    tf.tidy(() => {
      // Finds inputs of a wrong shape.
      plainNetwork(model, x);
      model.apply(x as tf.Tensor | tf.Tensor[]);
    });
    return found;
  } catch (error) {
    tf.dispose(found.map(({ weights }) => weights));
    throw error;
  } finally {
    for (const [, layer] of watched) layer.clearCallHook();
  }
}

function draw(layer: string, weights: tf.Tensor4D, options: AttentionMapsOptions): Figure {
  const { example = 0, tokens, keyTokens = tokens } = options;
  const [count, heads, queries, keys] = weights.shape;
  if (!(Number.isInteger(example) && example >= 0 && example < count)) {
    throw new RangeError(`There is no example ${example}; there are 0 to ${count - 1}.`);
  }
  const maps = tf.tidy(() => tf.squeeze(tf.slice(weights, [example, 0, 0, 0], [1, -1, -1, -1]), [0]));
  try {
    const title = `${layer}: ${heads} heads, ${queries} queries × ${keys} keys`;
    if (tokens && keyTokens)
      return labelled(maps.dataSync(), { title, shape: [heads, queries, keys], tokens, keyTokens });
    const captions = Array.from({ length: heads }, (_, head) => `head ${head}`);
    // Dark is much: the range is turned round.
    return images(maps, {
      title,
      captions,
      range: [1, 0],
      columns: 4,
      scale: Math.max(2, Math.round(120 / keys)),
    });
  } finally {
    maps.dispose();
  }
}

interface Labels {
  title: string;
  shape: readonly [heads: number, queries: number, keys: number];
  tokens: readonly string[];
  keyTokens: readonly string[];
}

function labelled(weights: ArrayLike<number>, { title, shape, tokens, keyTokens }: Labels): Figure {
  const [, queries, keys] = shape;
  if (tokens.length !== queries || keyTokens.length !== keys) {
    throw new RangeError(
      `There are ${tokens.length} tokens for ${queries} queries and ${keyTokens.length} for ${keys} keys; each step needs one.`,
    );
  }
  // Places make words that come twice different.
  const name = (words: readonly string[], index: number) => `${index} ${words[index]}`;
  const values = Array.from(weights, (weight, at) => ({
    head: Math.floor(at / (queries * keys)),
    query: name(tokens, Math.floor(at / keys) % queries),
    key: name(keyTokens, at % keys),
    weight: Number(weight.toPrecision(4)),
  }));
  const axis = (field: string, words: readonly string[], title: string) => ({
    field,
    type: "nominal",
    title,
    sort: words.map((_, index) => name(words, index)),
  });
  const spec = chart(
    { title },
    {
      data: { values },
      facet: { field: "head", type: "ordinal", title: "head" },
      columns: 4,
      spec: {
        width: { step: 18 },
        height: { step: 18 },
        mark: { type: "rect", stroke: "#eeeeee" },
        encoding: {
          x: axis("key", keyTokens, "is looked at"),
          y: axis("query", tokens, "looks"),
          color: {
            field: "weight",
            type: "quantitative",
            title: "weight",
            scale: { scheme: "blues", domain: [0, 1] },
          },
        },
      },
    },
  );
  return new Figure({ vegaLite: spec, text: title });
}
