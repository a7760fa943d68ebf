// One unit of a language model while it reads: what it fires at, and what the model expects to come next.

import * as tf from "@tensorflow/tfjs";
import { displaySymbol, type MimeBundle } from "../../plot/display.ts";
import type { Figure } from "../../plot/figure.ts";
import { stripSoftmax } from "../graph/canonizers.ts";
import { evaluate } from "../graph/graph.ts";
import { layerValue } from "../network.ts";
import { colouredText, type NextToken, tokensOf } from "./coloured-text.ts";
import { plainNetwork } from "./values.ts";

export interface NeuronTextOptions {
  /** The tokens by their numbers: a text of all characters, or a list. */
  vocabulary: string | readonly string[];
  /** Name of a layer that gives values for each step, `[batch, steps, units]`. */
  layer: string;
  /** Number of the unit. */
  unit: number;
  /** How many of the likeliest next tokens are found for each place; `0` for none. Defaults to `5`. */
  next?: number;
  /** Values that are full blue and full red. Defaults to −1 and 1, which an LSTM's or GRU's outputs lie between. */
  range?: readonly [low: number, high: number];
  title?: string;
}

export interface NeuronText {
  /** Value of the unit after each token. */
  activations: Float32Array;
  /** The likeliest next tokens after each; without them if the model's output is not over the vocabulary. */
  next: NextToken[][] | undefined;
  figure: Figure;
  [displaySymbol](): Promise<MimeBundle>;
}

/**
 * Activation of one unit at each character of a text, with the likeliest next characters (Karpathy, Johnson and Li 2015).
 *
 * @param model Takes token numbers `[batch, steps]`, or tokens with a 1 at their number, `[batch, steps, vocabulary]`;
 *   next tokens are read from an output `[batch, steps, vocabulary]` of logits or probabilities.
 * @param text A text whose characters are the tokens, or tokens.
 * @throws RangeError if a token is not in the vocabulary, the text is empty, or there is no such layer or unit.
 */
export function neuronText(
  model: tf.LayersModel,
  text: string | readonly string[],
  options: NeuronTextOptions,
): NeuronText {
  const { layer, unit, next: count = 5, range } = options;
  const vocabulary = tokensOf(options.vocabulary);
  const tokens = tokensOf(text);
  const ids = numbersOf(tokens, vocabulary);
  const { activations, probabilities } = tf.tidy(() => {
    const row = tf.tensor2d([ids], [1, ids.length], "int32");
    const rank = (model.inputs[0] as tf.SymbolicTensor).shape.length;
    const x = rank === 3 ? tf.cast(tf.oneHot(row, vocabulary.length), "float32") : row;
    const net = plainNetwork(model, x);
    const output = stripSoftmax(net.graph).outputs[0] as number;
    const wanted = layerValue(net, layer);
    const feeds = new Map([[net.graph.inputs[0] as number, x as tf.Tensor]]);
    const values = evaluate(net.graph, feeds, [wanted, output]);
    const seen = values.get(wanted) as tf.Tensor;
    const logits = values.get(output) as tf.Tensor;
    const fits = logits.rank === 3 && logits.shape[1] === ids.length && logits.shape[2] === vocabulary.length;
    return {
      activations: unitOf(seen, { layer, unit, steps: ids.length }),
      probabilities: count > 0 && fits ? (tf.softmax(logits).dataSync() as Float32Array) : undefined,
    };
  });
  const next = probabilities && ids.map((_, step) => likeliest(probabilities, vocabulary, { step, count }));
  const title = options.title ?? `${layer}, unit ${unit}`;
  const figure = colouredText(text, activations, { title, next, range });
  return { activations, next, figure, [displaySymbol]: () => figure.toMime() };
}

function numbersOf(tokens: readonly string[], vocabulary: readonly string[]): number[] {
  if (tokens.length === 0) throw new RangeError("The text is empty; at least one character is needed.");
  const numbers = new Map(vocabulary.map((token, index) => [token, index]));
  return tokens.map((token, place) => {
    const number = numbers.get(token);
    if (number !== undefined) return number;
    throw new RangeError(
      `${JSON.stringify(token)} at place ${place} is not in the vocabulary of ${vocabulary.length} tokens; take it out of the text.`,
    );
  });
}

function unitOf(
  values: tf.Tensor,
  { layer, unit, steps }: { layer: string; unit: number; steps: number },
): Float32Array {
  const units = values.shape[values.rank - 1] as number;
  if (values.rank !== 3 || values.shape[1] !== steps) {
    throw new RangeError(
      `The layer "${layer}" gives the shape [${values.shape}]; values for each of the ${steps} steps are needed, [1, ${steps}, units].`,
    );
  }
  if (!(Number.isInteger(unit) && unit >= 0 && unit < units)) {
    throw new RangeError(`There is no unit ${unit} in "${layer}"; it has 0 to ${units - 1}.`);
  }
  return tf.slice(values, [0, 0, unit], [1, steps, 1]).dataSync() as Float32Array;
}

function likeliest(
  probabilities: Float32Array,
  vocabulary: readonly string[],
  { step, count }: { step: number; count: number },
): NextToken[] {
  const size = vocabulary.length;
  return vocabulary
    .map((token, index) => ({ token, probability: probabilities[step * size + index] as number }))
    .toSorted((a, b) => b.probability - a.probability)
    .slice(0, count);
}
