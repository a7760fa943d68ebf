// What each kind of layer is in terms of operations.

import * as tf from "@tensorflow/tfjs";
import { addActivation, withActivation } from "./activations.ts";
import { multiHeadAttention } from "./attention.ts";
import type { GraphBuilder, NewOperation } from "./build.ts";
import { type Kind, linearForward, type Normalization } from "./graph.ts";
import {
  type ConvolutionGeometry,
  channelScaleMap,
  convolution3dMap,
  convolutionMap,
  denseMap,
  depthwiseMap,
  type Linear,
  type Padding,
  transposedConvolutionMap,
} from "./linear.ts";
import { masking, outputMask } from "./masks.ts";
import {
  batchNormalization,
  groupNormalization,
  l2Normalization,
  layerNormalization,
  rescaling,
  rmsNormalization,
} from "./normalizations.ts";
import { averages, takesLargest, takesLargestOfAll } from "./pooling.ts";
import { bidirectional, convolution1d, recurrent, timeDistributed } from "./sequences.ts";

export type Shape = readonly (number | null)[];

/** A layer's place in the graph that is being built. */
export interface Place {
  builder: GraphBuilder;
  layer: tf.layers.Layer;
  config: Record<string, unknown>;
  className: string;
  inputs: number[];
  /** Shape of the layer's output. */
  shape: Shape;
  /** Which of its outputs is wanted. */
  index: number;
}

type Expansion = (place: Place) => number;

export interface LayerInternals {
  activation?: { apply(x: tf.Tensor): tf.Tensor; getClassName(): string };
  layer?: tf.layers.Layer;
  forwardLayer?: tf.layers.Layer;
  backwardLayer?: tf.layers.Layer;
}

/** Add the operations of one use of a layer; returns the value of its output. */
export function expandLayer(
  builder: GraphBuilder,
  layer: tf.layers.Layer,
  inputs: number[],
  shape: Shape,
  index = 0,
): number {
  const className = layer.getClassName();
  const expansion = expansions[className] ?? ((place: Place) => callLayer(place, "other"));
  const place = { builder, layer, config: layer.getConfig(), className, inputs, shape, index };
  const mask = outputMask(place);
  const output = expansion(place);
  if (mask !== undefined) builder.masks.set(output, mask);
  return output;
}

const identity: Expansion = ({ inputs }) => inputs[0] as number;
const moves: Expansion = (place) => callLayer(place, "shape", keepsSign(place));

const expansions: Record<string, Expansion> = {
  Dropout: identity,
  SpatialDropout1D: identity,
  SpatialDropout2D: identity,
  GaussianNoise: identity,
  GaussianDropout: identity,
  AlphaDropout: identity,
  StochasticDepth: identity,
  RandomFlip: identity,
  RandomRotation: identity,
  RandomZoom: identity,
  RandomTranslation: identity,
  RandomContrast: identity,
  RandomBrightness: identity,
  Masking: masking,

  Dense(place) {
    const [kernel, bias] = place.layer.getWeights();
    return withActivation(place, addLinear(place, "dense", denseMap(kernel as tf.Tensor, bias)));
  },
  Conv1D: (place) => withActivation(place, convolution1d(place)),
  Conv2D(place) {
    const [kernel, bias] = place.layer.getWeights();
    const map = convolutionMap(geometry(place.config), kernel as tf.Tensor, bias);
    return withActivation(place, addLinear(place, "convolution", map));
  },
  DepthwiseConv2D(place) {
    const [kernel, bias] = place.layer.getWeights();
    const map = depthwiseMap(geometry(place.config), kernel as tf.Tensor, bias);
    return withActivation(place, addLinear(place, "convolution", map));
  },
  SeparableConv2D(place) {
    const [depthwise, pointwise, bias] = place.layer.getWeights();
    const wide = (depthwise as tf.Tensor).shape.slice(2).reduce((a, b) => a * b, 1);
    const first = depthwiseMap(geometry(place.config), depthwise as tf.Tensor);
    const second = convolutionMap({ strides: [1, 1], padding: "valid" }, pointwise as tf.Tensor, bias);
    const between: Shape = withChannels(place, wide);
    const inner = addLinear({ ...place, shape: between }, "convolution", first, "depthwise");
    return withActivation(
      place,
      addLinear({ ...place, inputs: [inner] }, "convolution", second, "pointwise"),
    );
  },
  Conv2DTranspose(place) {
    const [kernel, bias] = place.layer.getWeights();
    const map = transposedConvolutionMap(geometry(place.config), kernel as tf.Tensor, bias);
    return withActivation(place, addLinear(place, "convolution", map));
  },
  Conv3D(place) {
    const { strides, padding, dataFormat, dilationRate } = place.config;
    const isDilated = [dilationRate ?? 1].flat().some((rate) => rate !== 1);
    if (dataFormat === "channelsFirst" || isDilated) return callLayer(place, "other");
    const [kernel, bias] = place.layer.getWeights();
    const steps = strides as [number, number, number];
    const map = convolution3dMap(steps, padding as Padding, kernel as tf.Tensor, bias);
    return withActivation(place, addLinear(place, "convolution", map));
  },

  BatchNormalization(place) {
    const rank = place.shape.length;
    const axis = ((place.config.axis as number) + rank) % rank;
    if (axis === rank - 1) return batchNormalization(place, "channelsLast");
    return axis === 1 ? batchNormalization(place, "channelsFirst") : callLayer(place, "other");
  },
  LayerNormalization: (place) => normalize(place, layerNormalization(place)),
  GroupNormalization: (place) => normalize(place, groupNormalization(place)),
  RMSNormalization: (place) => normalize(place, rmsNormalization(place)),
  L2Normalization: (place) => normalize(place, l2Normalization(place)),
  Rescaling: rescaling,

  Activation(place) {
    const name = String(place.config.activation);
    return name === "linear" ? identity(place) : addActivation(place, name);
  },
  ReLU: (place) => addActivation(place, "relu"),
  LeakyReLU: (place) => addActivation(place, "leakyRelu"),
  PReLU: (place) => addActivation(place, "prelu"),
  ELU: (place) => addActivation(place, "elu"),
  ThresholdedReLU: (place) => addActivation(place, "thresholdedRelu"),
  Softmax: (place) => addActivation(place, "softmax"),

  AveragePooling1D: averages,
  AveragePooling2D: averages,
  AveragePooling3D: averages,
  GlobalAveragePooling1D: averages,
  GlobalAveragePooling2D: averages,
  MaxPooling1D: takesLargest,
  MaxPooling2D: takesLargest,
  MaxPooling3D: takesLargest,
  GlobalMaxPooling1D: takesLargestOfAll,
  GlobalMaxPooling2D: takesLargestOfAll,
  Maximum: takesLargest,

  Add: (place) => callLayer(place, "add", keepsSign(place)),
  Average: (place) => callLayer(place, "add", keepsSign(place)),
  Multiply: (place) => callLayer(place, "multiply", keepsSign(place)),
  Dot: (place) => callLayer(place, "matmul", keepsSign(place)),

  Concatenate: moves,
  Flatten: moves,
  Reshape: moves,
  Permute: moves,
  RepeatVector: moves,
  ZeroPadding2D: (place) => callLayer(place, "shape", { ...keepsSign(place), holdsConstants: true }),
  Cropping2D: moves,
  RandomCrop: moves,
  SelectStep: moves,
  ClassToken: (place) => callLayer(place, "shape", { holdsConstants: true }),
  PositionalEncoding: addPositions,
  // Bilinear enlarging averages neighbours; the other kind repeats them.
  UpSampling2D: (place) => (place.config.interpolation === "bilinear" ? averages(place) : moves(place)),

  Embedding: (place) => callLayer(place, "embedding"),
  SimpleRNN: recurrent,
  LSTM: recurrent,
  GRU: recurrent,
  Bidirectional: bidirectional,
  TimeDistributed: timeDistributed,
  MultiHeadAttention: multiHeadAttention,
};

/** The layer as one operation that calls it. */
export function callLayer(place: Place, kind: Kind, extra: Partial<NewOperation> = {}): number {
  const { builder, layer, className, inputs, shape, index } = place;
  return builder.add({
    kind,
    tags: [className],
    inputs,
    shape,
    forward(tensors) {
      const result = layer.call(tensors.length === 1 ? (tensors[0] as tf.Tensor) : tensors, {});
      return Array.isArray(result) ? (result[index] as tf.Tensor) : result;
    },
    ...extra,
  });
}

/** Averages, sums and products of numbers not below 0 are not below 0; gates stay gates when they are moved. */
export function keepsSign({ builder, inputs }: Place): Partial<NewOperation> {
  return {
    nonNegative: inputs.every((input) => builder.values[input]?.nonNegative),
    gate: inputs.every((input) => builder.values[input]?.gate),
  };
}

/** Linear maps here have their channels last; for others the input is turned before and the output after. */
export function addLinear(place: Place, kind: Kind, linear: Linear, part?: string): number {
  const { builder, className, inputs, shape, config } = place;
  const add = (inputs: readonly number[], shape: Shape) =>
    builder.add({
      kind,
      part,
      tags: kind === "batchNormalization" ? [className] : [className, "linear"],
      inputs,
      shape,
      linear,
      forward: linearForward(linear),
    });
  if (config.dataFormat !== "channelsFirst" || shape.length < 3) return add(inputs, shape);
  const last = [0, ...shape.slice(2).map((_, axis) => axis + 2), 1];
  const first = [0, shape.length - 1, ...shape.slice(2).map((_, axis) => axis + 1)];
  return transposed(place, first, add([transposed(place, last, inputs[0] as number)], turned(shape, last)));
}

function transposed({ builder }: Place, order: number[], input: number): number {
  const value = builder.values[input] as { shape: Shape; nonNegative: boolean };
  return builder.add({
    kind: "shape",
    part: "transpose",
    inputs: [input],
    shape: turned(value.shape, order),
    nonNegative: value.nonNegative,
    forward: ([x]) => tf.transpose(x as tf.Tensor, order),
  });
}

function turned(shape: Shape, order: number[]): Shape {
  return order.map((axis) => shape[axis] as number | null);
}

/** The output's shape with another number of channels. */
export function withChannels({ shape, config }: Place, channels: number): Shape {
  const axis = config.dataFormat === "channelsFirst" ? 1 : shape.length - 1;
  return shape.map((size, index) => (index === axis ? channels : size));
}

function geometry({ strides, padding, dilationRate }: Record<string, unknown>): ConvolutionGeometry {
  const pair = (value: unknown): [number, number] => {
    const [first = 1, second = first] = [value ?? 1].flat() as number[];
    return [first, second];
  };
  return { strides: pair(strides), padding: padding as Padding, dilation: pair(dilationRate) };
}

function normalize(place: Place, normalization: Normalization): number {
  return callLayer(place, "layerNormalization", { normalization });
}

/** A sum with vectors that are the same for every example. */
function addPositions(place: Place): number {
  const { layer, className, inputs, shape, builder } = place;
  const steps = shape.slice(1);
  if (steps.some((size) => size === null)) return callLayer(place, "other");
  const positions = layer.call(tf.zeros([1, ...(steps as number[])]), {}) as tf.Tensor;
  const linear = channelScaleMap(tf.scalar(1), positions);
  return builder.add({
    kind: "add",
    tags: [className],
    inputs,
    shape,
    linear,
    forward: linearForward(linear),
  });
}
