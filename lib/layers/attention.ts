// Multi-head attention: every step looks at all steps and takes a mean of what the alike ones hold.

import * as tf from "@tensorflow/tfjs";
import { dropout } from "../backend/index.ts";
import {
  type Call,
  CustomLayer,
  fixedSize,
  glorotUniform,
  type LayerOptions,
  type OneOrMore,
  registerPureLayer,
  requireCount,
  requireRange,
  type Shape,
  zeros,
} from "./custom-layer.ts";

interface Options {
  /** Number of heads. */
  heads: number;
  /** Size of queries and keys in each head. */
  keySize: number;
  /** Size of values in each head. Defaults to `keySize`. */
  valueSize?: number;
  /** Size of each output step. Defaults to that of a query step. */
  outputSize?: number;
  /** A step sees itself and those before alone, as a language model must. Defaults to `false`. */
  causal?: boolean;
  /** Part of the attention weights that is dropped in training, 0 to 1. Defaults to `0`. */
  dropout?: number;
  /** Add biases in all four projections. Defaults to `true`. */
  useBias?: boolean;
  /** The last input is a mask `[batch, queries, keys]`: 1 where a query may look, 0 elsewhere. Defaults to `false`. */
  attentionMask?: boolean;
  /** Give the attention weights `[batch, heads, queries, keys]` as a second output. Defaults to `false`. */
  returnAttention?: boolean;
}

export type MultiHeadAttentionOptions = Options & LayerOptions;

type Projection = "query" | "key" | "value" | "output";

/** Stands for minus infinity where softmax must give 0, without NaN where all of a row is masked. */
const masked = -1e9;

/**
 * Multi-head attention, softmax(QKᵀ/√keySize)·V for each head, then a projection
 * (Vaswani et al., 2017, Attention Is All You Need).
 *
 * Input `[batch, steps, features]` for self-attention, or a list of query, value and, if it differs from value, key.
 * Output `[batch, queries, outputSize]`. A mask of the values (of an embedding with `maskZero`, say) is heeded.
 * Weights in order: kernel and bias of query, key, value, output.
 */
export class MultiHeadAttention extends CustomLayer<Options> {
  static className = "MultiHeadAttention";
  readonly #weights = new Map<Projection, { kernel: { read(): tf.Tensor }; bias?: { read(): tf.Tensor } }>();

  /**
   * @throws RangeError if heads, keySize, valueSize or outputSize is no whole number from 1 on, or dropout no part.
   */
  constructor(given: MultiHeadAttentionOptions) {
    const {
      heads,
      keySize,
      valueSize,
      outputSize,
      causal,
      dropout,
      useBias,
      attentionMask,
      returnAttention,
    } = given;
    super(given, {
      ...{ heads, keySize, valueSize, outputSize, causal, dropout, useBias, attentionMask, returnAttention },
    });
    requireCount("heads", heads);
    requireCount("keySize", keySize);
    if (valueSize !== undefined) requireCount("valueSize", valueSize);
    if (outputSize !== undefined) requireCount("outputSize", outputSize);
    requireRange("dropout", dropout ?? 0, 0, 1);
  }

  override build(inputShape: OneOrMore<Shape>): void {
    const [query, value, key] = this.#parts(shapesOf(inputShape));
    const { heads, keySize, valueSize = keySize } = this.options;
    const size = (shape: Shape) => fixedSize(this, shape, -1);
    this.#project("query", size(query), heads * keySize);
    this.#project("key", size(key), heads * keySize);
    this.#project("value", size(value), heads * valueSize);
    this.#project("output", heads * valueSize, this.options.outputSize ?? size(query));
    this.built = true;
  }

  override computeOutputShape(inputShape: OneOrMore<Shape>): Shape | Shape[] {
    const [query, value] = this.#parts(shapesOf(inputShape));
    const [batch = null, queries = null, features = null] = query;
    const output = [batch, queries, this.options.outputSize ?? features];
    return this.options.returnAttention
      ? [output, [batch, this.options.heads, queries, value[1] ?? null]]
      : output;
  }

  override computeMask(_inputs: OneOrMore<tf.Tensor>, mask?: OneOrMore<tf.Tensor>): OneOrMore<tf.Tensor> {
    const own = (Array.isArray(mask) ? mask[0] : mask) as tf.Tensor;
    return this.options.returnAttention ? [own, null as unknown as tf.Tensor] : own;
  }

  protected override compute(inputs: tf.Tensor[], { training, masks }: Call): tf.Tensor | tf.Tensor[] {
    const [, value] = this.#parts(inputs);
    const { dropout: rate = 0, returnAttention } = this.options;
    const attention = this.attention(inputs, masks);
    const dropped = training && rate > 0 ? dropout(attention, rate) : attention;
    const mixed = tf.transpose(tf.matMul(dropped, this.#split(this.#apply("value", value))), [0, 2, 1, 3]);
    const [batch, steps, heads, size] = mixed.shape as [number, number, number, number];
    const output = this.#apply("output", tf.reshape(mixed, [batch, steps, heads * size]));
    return returnAttention ? [output, attention] : output;
  }

  /** The attention weights `[batch, heads, queries, keys]` for these inputs and the masks of each; belongs in a `tf.tidy`. */
  attention(inputs: tf.Tensor[], masks: Call["masks"] = []): tf.Tensor {
    const [query, , key] = this.#parts(inputs);
    const scaled = tf.mul(this.#split(this.#apply("query", query)), 1 / Math.sqrt(this.options.keySize));
    const scores = tf.matMul(scaled, this.#split(this.#apply("key", key)), false, true);
    return tf.softmax(this.#mask(scores, inputs, masks));
  }

  /** Query, value and key among the inputs or their shapes. */
  #parts<T>(inputs: T[]): [query: T, value: T, key: T] {
    const given = this.options.attentionMask ? inputs.slice(0, -1) : inputs;
    const [query, value = query, key = value] = given as [T, T?, T?];
    return [query, value, key];
  }

  #project(name: Projection, from: number, to: number): void {
    const kernel = this.weight(`${name}_kernel`, [from, to], glorotUniform());
    const bias = this.options.useBias === false ? undefined : this.weight(`${name}_bias`, [to], zeros());
    this.#weights.set(name, { kernel, bias });
  }

  #apply(name: Projection, x: tf.Tensor): tf.Tensor {
    const { kernel, bias } = this.#weights.get(name)!;
    const [batch, steps, features] = x.shape as [number, number, number];
    const flat = tf.matMul(tf.reshape(x, [batch * steps, features]), kernel.read() as tf.Tensor2D);
    return tf.reshape(bias ? tf.add(flat, bias.read()) : flat, [batch, steps, -1]);
  }

  /** `[batch, steps, heads · size]` as `[batch, heads, steps, size]`. */
  #split(x: tf.Tensor): tf.Tensor {
    const [batch, steps] = x.shape as [number, number];
    return tf.transpose(tf.reshape(x, [batch, steps, this.options.heads, -1]), [0, 2, 1, 3]);
  }

  #mask(scores: tf.Tensor, inputs: tf.Tensor[], masks: Call["masks"]): tf.Tensor {
    const [queries, keys] = scores.shape.slice(-2) as [number, number];
    const allowed: tf.Tensor[] = [];
    // A query at the end of a longer past sees all of it.
    if (this.options.causal) allowed.push(tf.linalg.bandPart(tf.ones([queries, keys]), -1, keys - queries));
    if (this.options.attentionMask) allowed.push(tf.expandDims(inputs.at(-1) as tf.Tensor, 1));
    const valueMask = this.#parts(inputs)[1] === inputs[0] ? masks[0] : masks[1];
    if (valueMask) allowed.push(tf.expandDims(tf.expandDims(tf.cast(valueMask, "float32"), 1), 1));
    return allowed.reduce<tf.Tensor>(
      (sum, each) => tf.add(sum, tf.mul(tf.sub(1, tf.cast(each, "float32")), masked)),
      scores,
    );
  }
}
registerPureLayer(MultiHeadAttention);

function shapesOf(shape: OneOrMore<Shape>): Shape[] {
  return (Array.isArray(shape[0]) ? shape : [shape]) as Shape[];
}
