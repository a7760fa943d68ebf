// Transformers: attention and a small dense network in turn, each added to what comes in.

import * as tf from "@tensorflow/tfjs";
import { classToken, multiHeadAttention, positionalEncoding, selectStep } from "../layers/index.ts";
import {
  chain,
  type ImageClassifierOptions,
  join,
  type ModelOptions,
  requireDivisible,
  type Symbolic,
  seeded,
  singleInput,
  softmaxHead,
} from "./build.ts";

interface TransformerOptions extends ModelOptions {
  /** Size of each step's vector. */
  features?: number;
  /** Number of blocks. */
  blocks?: number;
  /** Heads of the attention; they share the features. */
  heads?: number;
  /** Size of the dense network in a block. Defaults to 4 times the features. */
  hidden?: number;
  /** Part that is dropped after each branch in training, 0 to 1. Defaults to `0.1`. */
  dropout?: number;
}

interface BlockOptions {
  features: number;
  heads: number;
  hidden: number;
  dropout: number;
  activation: "relu" | "gelu";
  /** Normalize before each branch (GPT-2, ViT) rather than after the sum (the first paper). */
  first: boolean;
  causal?: boolean;
  /** What a decoder reads besides its own steps. */
  memory?: Symbolic;
}

/**
 * @throws RangeError if the features can't be shared among the heads.
 */
function requireShared(features: number, heads: number): void {
  if (features % heads === 0) return;
  throw new RangeError(
    `${features} features can't be shared among ${heads} heads; take a divisor of ${features}.`,
  );
}

/** Self-attention, attention to the memory if there is one, and two dense layers for each step. */
function transformerBlock(x: Symbolic, options: BlockOptions): Symbolic {
  const { features, heads, hidden, dropout, activation, first, causal, memory } = options;
  const attend = (inputs: Symbolic[], isCausal?: boolean) => {
    const layer = multiHeadAttention({ heads, keySize: features / heads, causal: isCausal, dropout });
    return layer.apply(inputs.length === 1 ? (inputs[0] as Symbolic) : inputs) as Symbolic;
  };
  const branches: ((x: Symbolic) => Symbolic)[] = [
    (value) => attend([value], causal),
    ...(memory ? [(value: Symbolic) => attend([value, memory])] : []),
    (value) =>
      chain(value, tf.layers.dense({ units: hidden, activation }), tf.layers.dense({ units: features })),
  ];
  return branches.reduce((sum, branch) => {
    const added = chain(branch(first ? chain(sum, normalize()) : sum), tf.layers.dropout({ rate: dropout }));
    const result = join(tf.layers.add(), sum, added);
    return first ? result : chain(result, normalize());
  }, x);
}

const normalize = () => tf.layers.layerNormalization({ epsilon: 1e-5 });

export interface TokenClassifierOptions extends TransformerOptions {
  /** Number of tokens. Defaults to `128`. */
  vocabulary?: number;
  /** Classes; one gives a probability (sigmoid). Defaults to `2`. */
  classes?: number;
}

/**
 * A class for a sequence of tokens, by a transformer's encoder and the mean of its steps (Vaswani et al., 2017).
 *
 * Input `[batch, steps]` of token numbers, any number of steps; output `[batch, classes]`. 64 features, 2 blocks and
 * 4 heads by default; 108,290 parameters.
 *
 * @throws RangeError if the features can't be shared among the heads.
 */
export function transformerClassifier(options: TokenClassifierOptions = {}): tf.LayersModel {
  const {
    vocabulary = 128,
    features = 64,
    blocks = 2,
    heads = 4,
    classes = 2,
    dropout = 0.1,
    seed,
  } = options;
  const { hidden = 4 * features } = options;
  requireShared(features, heads);
  return singleInput("transformer_classifier", [null], seed, (tokens) => {
    const start = embed(tokens, vocabulary, features);
    const block: BlockOptions = { features, heads, hidden, dropout, activation: "relu", first: false };
    const last = Array.from({ length: blocks }).reduce<Symbolic>((x) => transformerBlock(x, block), start);
    const activation = classes === 1 ? "sigmoid" : "softmax";
    return chain(
      last,
      tf.layers.globalAveragePooling1d(),
      tf.layers.dense({ units: classes, activation, name: "probabilities" }),
    );
  });
}

/** Vectors of tokens with sinusoidal positions. */
function embed(tokens: Symbolic, inputDim: number, outputDim: number): Symbolic {
  return chain(tokens, tf.layers.embedding({ inputDim, outputDim }), positionalEncoding());
}

export interface SequenceTransformerOptions extends TransformerOptions {
  /** Number of tokens of the source. Defaults to `128`. */
  sourceVocabulary?: number;
  /** Number of tokens of the target. Defaults to the source's. */
  targetVocabulary?: number;
}

/**
 * The transformer with encoder and decoder (Vaswani et al., 2017, Attention Is All You Need).
 *
 * Inputs `[source, target]`, token numbers `[batch, source steps]` and `[batch, target steps]`, the target beginning
 * with a start token; output `[batch, target steps, targetVocabulary]`: logits of the token after each. 64 features,
 * 2 blocks in each half and 4 heads by default; 258,176 parameters.
 *
 * @throws RangeError if the features can't be shared among the heads.
 */
export function transformer(options: SequenceTransformerOptions = {}): tf.LayersModel {
  const { sourceVocabulary = 128, features = 64, blocks = 2, heads = 4, dropout = 0.1, seed } = options;
  const { targetVocabulary = sourceVocabulary, hidden = 4 * features } = options;
  requireShared(features, heads);
  return seeded(seed, () => {
    const source = tf.input({ shape: [null], name: "source" });
    const target = tf.input({ shape: [null], name: "target" });
    const block: BlockOptions = { features, heads, hidden, dropout, activation: "relu", first: false };
    const repeat = (x: Symbolic, more: Partial<BlockOptions>) =>
      Array.from({ length: blocks }).reduce<Symbolic>(
        (value) => transformerBlock(value, { ...block, ...more }),
        x,
      );
    const memory = repeat(embed(source, sourceVocabulary, features), {});
    const decoded = repeat(embed(target, targetVocabulary, features), { causal: true, memory });
    const logits = chain(decoded, tf.layers.dense({ units: targetVocabulary, name: "logits" }));
    return tf.model({ inputs: [source, target], outputs: logits, name: "transformer" });
  });
}

export interface GptOptions extends TransformerOptions {
  /** Number of tokens. Defaults to `128`. */
  vocabulary?: number;
  /** Steps of a sequence. Defaults to `64`. */
  steps?: number;
}

/**
 * A language model as GPT-2 (Radford et al., 2019), with an output layer of its own and the exact GELU.
 *
 * Input `[batch, steps]` of token numbers, output `[batch, steps, vocabulary]`: logits of the token after each step.
 * 64 features, 2 blocks and 4 heads by default; 120,576 parameters. With 768 features, 12 blocks, 12 heads, 1,024 steps
 * and 50,257 tokens it has GPT-2's 124,439,808 and the output layer's 38,597,376.
 *
 * @throws RangeError if the features can't be shared among the heads.
 */
export function gpt(options: GptOptions = {}): tf.LayersModel {
  const { vocabulary = 128, steps = 64, features = 64, blocks = 2, heads = 4, dropout = 0.1, seed } = options;
  const { hidden = 4 * features } = options;
  requireShared(features, heads);
  return singleInput("gpt", [steps], seed, (tokens) => {
    const block: BlockOptions = {
      ...{ features, heads, hidden, dropout, activation: "gelu", first: true, causal: true },
    };
    const start = chain(
      tokens,
      tf.layers.embedding({ inputDim: vocabulary, outputDim: features }),
      positionalEncoding({ learned: true }),
    );
    const last = Array.from({ length: blocks }).reduce<Symbolic>((x) => transformerBlock(x, block), start);
    return chain(last, normalize(), tf.layers.dense({ units: vocabulary, useBias: false, name: "logits" }));
  });
}

export interface VitOptions extends ImageClassifierOptions, TransformerOptions {
  /** Height and width of a patch. Defaults to `4`. */
  patch?: number;
}

/**
 * Vision transformer: an image as a sequence of patches (Dosovitskiy et al., 2020).
 *
 * Input `[batch, 32, 32, 3]` by default, multiples of the patch; output `[batch, classes]`. 64 features, 4 blocks and
 * 4 heads by default; 208,074 parameters. ViT-B/16 is `{ inputShape: [224, 224, 3], classes: 1000, patch: 16, features:
 * 768, blocks: 12, heads: 12 }` with 86,567,656 parameters, as torchvision's `vit_b_16`.
 *
 * @throws RangeError if the image is no multiple of the patch or the features can't be shared among the heads.
 */
export function vit(options: VitOptions = {}): tf.LayersModel {
  const {
    inputShape = [32, 32, 3],
    classes = 10,
    patch = 4,
    features = 64,
    blocks = 4,
    heads = 4,
    seed,
  } = options;
  const { hidden = 4 * features, dropout = 0.1 } = options;
  requireShared(features, heads);
  requireDivisible("The vision transformer", inputShape, patch);
  return singleInput("vit", inputShape, seed, (image) => {
    const block: BlockOptions = { features, heads, hidden, dropout, activation: "gelu", first: true };
    const start = chain(
      patches(image, inputShape, patch, features),
      classToken(),
      positionalEncoding({ learned: true }),
    );
    const last = Array.from({ length: blocks }).reduce<Symbolic>((x) => transformerBlock(x, block), start);
    return chain(last, normalize(), selectStep({ step: 0 }), softmaxHead(classes));
  });
}

/** Each patch of an image as a vector, `[batch, patches, features]`. */
export function patches(
  image: Symbolic,
  shape: readonly number[],
  patch: number,
  features: number,
): Symbolic {
  const count = ((shape[0] as number) / patch) * ((shape[1] as number) / patch);
  return chain(
    image,
    tf.layers.conv2d({ filters: features, kernelSize: patch, strides: patch, name: "patches" }),
    tf.layers.reshape({ targetShape: [count, features] }),
  );
}
