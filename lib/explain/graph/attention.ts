// Multi-head attention in terms of operations that AttnLRP has rules for: projections, products, softmax.

import * as tf from "@tensorflow/tfjs";
import type { MultiHeadAttentionOptions } from "../../layers/attention.ts";
import { denseMap } from "./linear.ts";
import { addLinear, type Place, type Shape } from "./operations.ts";

/** Stands for minus infinity, as in the layer. */
const masked = -1e9;

export function multiHeadAttention(place: Place): number {
  const { builder, config, layer, inputs, shape, index } = place;
  const { heads, keySize, useBias, causal, attentionMask } = config as unknown as MultiHeadAttentionOptions;
  const given = attentionMask ? inputs.slice(0, -1) : inputs;
  const [query, value = query, key = value] = given as [number, number?, number?];
  const weights = [...layer.getWeights()];
  const [ofQuery, ofKey, ofValue, ofOutput] = Array.from({ length: 4 }, () => {
    const kernel = weights.shift() as tf.Tensor;
    return { kernel, bias: useBias === false ? undefined : weights.shift() };
  }) as [Projection, Projection, Projection, Projection];

  const shapeOf = (number: number): Shape => builder.values[number]?.shape as Shape;
  const [batch, queries] = shapeOf(query) as [number | null, number | null];
  const keys = shapeOf(key)[1] as number | null;
  const project = (part: string, input: number, { kernel, bias }: Projection, scale = 1) => {
    const map = denseMap(scaled(kernel, scale), bias && scaled(bias, scale));
    const wide = [...shapeOf(input).slice(0, -1), kernel.shape[1] as number];
    return addLinear({ ...place, inputs: [input], shape: wide, config: {} }, "dense", map, part);
  };
  const split = (part: string, input: number) =>
    builder.add({
      kind: "shape",
      part: `${part}Heads`,
      inputs: [input],
      shape: [batch, heads, shapeOf(input)[1] as number | null, (shapeOf(input)[2] as number) / heads],
      forward: ([x]) => {
        const [count, steps] = (x as tf.Tensor).shape as [number, number];
        return tf.transpose(tf.reshape(x as tf.Tensor, [count, steps, heads, -1]), [0, 2, 1, 3]);
      },
    });

  const scores = builder.add({
    kind: "matmul",
    part: "scores",
    // The division by √keySize is part of the projection.
    inputs: [
      split("query", project("query", query, ofQuery, 1 / Math.sqrt(keySize))),
      split("key", project("key", key, ofKey)),
    ],
    shape: [batch, heads, queries, keys],
    forward: ([q, k]) => tf.matMul(q as tf.Tensor, k as tf.Tensor, false, true),
  });
  const attention = builder.add({
    kind: "softmax",
    part: "softmax",
    tags: ["softmax"],
    inputs: attentionMask ? [scores, inputs.at(-1) as number] : [scores],
    shape: [batch, heads, queries, keys],
    nonNegative: true,
    gate: true,
    forward: ([values, mask]) => tf.softmax(maskScores(values as tf.Tensor, mask, causal)),
  });
  if (index === 1) return attention;
  const mixed = builder.add({
    kind: "matmul",
    part: "mix",
    inputs: [attention, split("value", project("value", value, ofValue))],
    shape: [batch, heads, queries, (ofValue.kernel.shape[1] as number) / heads],
    forward: ([weights, values]) => tf.matMul(weights as tf.Tensor, values as tf.Tensor),
  });
  const joined = builder.add({
    kind: "shape",
    part: "join",
    inputs: [mixed],
    shape: [batch, queries, ofValue.kernel.shape[1] as number],
    forward: ([x]) => {
      const turned = tf.transpose(x as tf.Tensor, [0, 2, 1, 3]);
      return tf.reshape(turned, [...turned.shape.slice(0, 2), -1]);
    },
  });
  const map = denseMap(ofOutput.kernel, ofOutput.bias);
  return addLinear({ ...place, inputs: [joined], shape, config: {} }, "dense", map, "output");
}

interface Projection {
  kernel: tf.Tensor;
  bias: tf.Tensor | undefined;
}

function scaled(tensor: tf.Tensor, scale: number): tf.Tensor {
  return scale === 1 ? tensor : tf.mul(tensor, scale);
}

function maskScores(scores: tf.Tensor, mask: tf.Tensor | undefined, causal: boolean | undefined): tf.Tensor {
  const [queries, keys] = scores.shape.slice(-2) as [number, number];
  const allowed = [
    ...(causal ? [tf.linalg.bandPart(tf.ones([queries, keys]), -1, keys - queries)] : []),
    ...(mask ? [tf.expandDims(tf.cast(mask, "float32"), 1)] : []),
  ];
  return allowed.reduce<tf.Tensor>((sum, each) => tf.add(sum, tf.mul(tf.sub(1, each), masked)), scores);
}
