// Recurrent networks for sequences of numbers and of tokens, and attention between two of them.

import * as tf from "@tensorflow/tfjs";
import { requireOneOf } from "../data/nearest.ts";
import { chain, join, type ModelOptions, type Symbolic, seeded, singleInput } from "./build.ts";

type Cell = "simple" | "lstm" | "gru";

interface RecurrentOptions extends ModelOptions {
  /** `"simple"` (Elman, 1990), `"lstm"` (Hochreiter and Schmidhuber, 1997) or `"gru"` (Cho et al., 2014). Defaults to `"lstm"`. */
  cell?: Cell;
  /** Units of each layer. Defaults to `[64]`, `[128, 128]` for the language model. */
  units?: readonly number[];
  /** Part of a layer's output that is dropped in training, 0 to 1. Defaults to `0`. */
  dropout?: number;
}

function recurrent(cell: Cell, units: number, options: { returnSequences: boolean; returnState?: boolean }) {
  requireOneOf("cell", cell, ["simple", "lstm", "gru"]);
  if (cell === "simple") return tf.layers.simpleRNN({ units, ...options });
  return cell === "lstm" ? tf.layers.lstm({ units, ...options }) : tf.layers.gru({ units, ...options });
}

export interface SequenceClassifierOptions extends RecurrentOptions {
  /** Steps of a sequence, `null` for any number, and values in a step. Defaults to `[null, 1]`. Not with `vocabulary`. */
  inputShape?: readonly [steps: number | null, features: number];
  /** Number of tokens, where the input is `[batch, steps]` of token numbers. */
  vocabulary?: number;
  /** Size of a token's vector. Defaults to `32`. */
  embedding?: number;
  /** Read the sequence backwards too (Schuster and Paliwal, 1997). Defaults to `false`. */
  bidirectional?: boolean;
  /** Classes; one gives a probability (sigmoid). Defaults to `2`. */
  classes?: number;
}

/**
 * A class for a sequence of vectors or tokens, from the last state of a recurrent network.
 *
 * Input `[batch, steps, features]`, or `[batch, steps]` with `vocabulary`; output `[batch, classes]`; 17,026 parameters
 * by default.
 */
export function sequenceClassifier(options: SequenceClassifierOptions = {}): tf.LayersModel {
  const { cell = "lstm", units = [64], dropout = 0, vocabulary, embedding = 32, classes = 2, seed } = options;
  const { inputShape = [null, 1], bidirectional = false } = options;
  return singleInput("sequence_classifier", vocabulary ? [null] : inputShape, seed, (input) => {
    const start = vocabulary
      ? chain(input, tf.layers.embedding({ inputDim: vocabulary, outputDim: embedding }))
      : input;
    const last = units.reduce((x, count, index) => {
      const layer = recurrent(cell, count, { returnSequences: index < units.length - 1 });
      const read = chain(x, bidirectional ? tf.layers.bidirectional({ layer, mergeMode: "concat" }) : layer);
      return dropout > 0 ? chain(read, tf.layers.dropout({ rate: dropout })) : read;
    }, start);
    const activation = classes === 1 ? "sigmoid" : "softmax";
    return chain(last, tf.layers.dense({ units: classes, activation, name: "probabilities" }));
  });
}

export interface RecurrentLanguageModelOptions extends RecurrentOptions {
  /** Number of tokens, such as characters. Defaults to `128`. */
  vocabulary?: number;
  /** Size of a token's vector. Defaults to `32`. */
  embedding?: number;
}

/**
 * The next token after each, by a recurrent network (Mikolov et al., 2010; Karpathy, 2015, char-rnn).
 *
 * Input `[batch, steps]` of token numbers, output `[batch, steps, vocabulary]`: logits of the token after each step;
 * 234,624 parameters by default.
 */
export function recurrentLanguageModel(options: RecurrentLanguageModelOptions = {}): tf.LayersModel {
  const { cell = "lstm", units = [128, 128], dropout = 0, vocabulary = 128, embedding = 32, seed } = options;
  return singleInput("recurrent_language_model", [null], seed, (tokens) => {
    const start = chain(tokens, tf.layers.embedding({ inputDim: vocabulary, outputDim: embedding }));
    const last = units.reduce((x, count) => {
      const read = chain(x, recurrent(cell, count, { returnSequences: true }));
      return dropout > 0 ? chain(read, tf.layers.dropout({ rate: dropout })) : read;
    }, start);
    return chain(last, tf.layers.dense({ units: vocabulary, name: "logits" }));
  });
}

export interface SequenceToSequenceOptions extends ModelOptions {
  /** Number of tokens of the source. Defaults to `128`. */
  sourceVocabulary?: number;
  /** Number of tokens of the target. Defaults to the source's. */
  targetVocabulary?: number;
  /** Size of a token's vector. Defaults to `32`. */
  embedding?: number;
  /** Units of encoder and decoder. Defaults to `64`. */
  units?: number;
}

/**
 * Encoder and decoder of gated recurrent units with attention between them (Bahdanau, Cho and Bengio, 2014; here the
 * product of Luong, Pham and Manning, 2015, whose weights are the layer `"attention"`).
 *
 * Inputs `[source, target]`, token numbers `[batch, source steps]` and `[batch, target steps]`, the target beginning
 * with a start token; output `[batch, target steps, targetVocabulary]`: logits of the token after each; 62,016
 * parameters by default.
 */
export function sequenceToSequence(options: SequenceToSequenceOptions = {}): tf.LayersModel {
  const { sourceVocabulary = 128, embedding = 32, units = 64, seed } = options;
  const { targetVocabulary = sourceVocabulary } = options;
  return seeded(seed, () => {
    const embed = (x: Symbolic, inputDim: number) =>
      chain(x, tf.layers.embedding({ inputDim, outputDim: embedding }));
    const source = tf.input({ shape: [null], name: "source" });
    const target = tf.input({ shape: [null], name: "target" });
    const encoder = tf.layers.gru({ units, returnSequences: true, returnState: true, name: "encoder" });
    const [encoded, state] = encoder.apply(embed(source, sourceVocabulary)) as [Symbolic, Symbolic];
    const decoder = tf.layers.gru({ units, returnSequences: true, name: "decoder" });
    const decoded = decoder.apply(embed(target, targetVocabulary), { initialState: [state] }) as Symbolic;
    const scores = join(tf.layers.dot({ axes: [2, 2] }), decoded, encoded);
    const attention = chain(scores, tf.layers.activation({ activation: "softmax", name: "attention" }));
    const context = join(tf.layers.dot({ axes: [2, 1] }), attention, encoded);
    const both = join(tf.layers.concatenate(), context, decoded);
    const mixed = chain(both, tf.layers.dense({ units, activation: "tanh" }));
    const logits = chain(mixed, tf.layers.dense({ units: targetVocabulary, name: "logits" }));
    return tf.model({ inputs: [source, target], outputs: logits, name: "sequence_to_sequence" });
  });
}
