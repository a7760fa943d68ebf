// Which pixels one place of a layer's maps can see.

import type * as tf from "@tensorflow/tfjs";
import { noSuchLayer } from "../network.ts";

/** Along each axis, in pixels of the input. */
export interface ReceptiveField {
  /** Pixels that one place sees. */
  size: [height: number, width: number];
  /** Pixels from one place's field to the next one's. */
  stride: [height: number, width: number];
  /** First pixel that the place 0, 0 sees; below 0 where padding is. */
  start: [top: number, left: number];
}

type Pair = [number, number];

/**
 * The receptive field of a layer by arithmetic (Araujo et al. 2019, "Computing receptive fields"). A layer after
 * flattening or global pooling sees the whole input.
 *
 * @throws RangeError if the model has no such layer, takes no images, or moves places in a way that is not known.
 */
export function receptiveField(model: tf.LayersModel, layer: string): ReceptiveField {
  const [, height, width] = model.inputs[0]?.shape ?? [];
  if (!height || !width || model.inputs[0]?.shape.length !== 4) {
    throw new RangeError(
      "Receptive fields need a model of images of a fixed size, [n, height, width, channels].",
    );
  }
  const whole: ReceptiveField = { size: [height, width], stride: [height, width], start: [0, 0] };
  const found = model.layers.find(({ name }) => name === layer);
  if (!found) {
    const names = model.layers.map(({ name }) => name);
    throw noSuchLayer(layer, names);
  }
  return of([found.getOutputAt(0)].flat()[0] as tf.SymbolicTensor);

  function of(tensor: tf.SymbolicTensor): ReceptiveField {
    if (tensor.shape.length !== 4) return whole;
    const source = tensor.sourceLayer;
    const node = source.inboundNodes[tensor.nodeIndex] as tf.layers.Layer["inboundNodes"][number];
    const inputs = node.inputTensors;
    if (source.getClassName() === "InputLayer") return { size: [1, 1], stride: [1, 1], start: [0, 0] };
    const fields = inputs.map(of);
    return after(source, inputs[0] as tf.SymbolicTensor, fields.reduce(union));
  }
}

/** What a place sees that sees what two places at the same position do. */
function union(one: ReceptiveField, other: ReceptiveField): ReceptiveField {
  const axis = (index: 0 | 1) => {
    const start = Math.min(one.start[index], other.start[index]);
    const end = Math.max(one.start[index] + one.size[index], other.start[index] + other.size[index]);
    return { start, size: end - start, stride: Math.max(one.stride[index], other.stride[index]) };
  };
  return together(axis(0), axis(1));
}

interface Axis {
  size: number;
  stride: number;
  start: number;
}

function together(down: Axis, across: Axis): ReceptiveField {
  return {
    size: [down.size, across.size],
    stride: [down.stride, across.stride],
    start: [down.start, across.start],
  };
}

const windowed = new Set([
  "Conv2D",
  "DepthwiseConv2D",
  "SeparableConv2D",
  "MaxPooling2D",
  "AveragePooling2D",
]);
const moving = new Set(["Conv2DTranspose", "UpSampling2D", "Permute", "Reshape", "Cropping2D", "Resizing"]);

function after(layer: tf.layers.Layer, input: tf.SymbolicTensor, field: ReceptiveField): ReceptiveField {
  const className = layer.getClassName();
  if (moving.has(className) || "layers" in layer) {
    throw new RangeError(`The receptive field after "${layer.name}" (${className}) is not known.`);
  }
  const config = layer.getConfig();
  if (className === "ZeroPadding2D") {
    const [[top], [left]] = config.padding as [Pair, Pair];
    return {
      ...field,
      start: [field.start[0] - top * field.stride[0], field.start[1] - left * field.stride[1]],
    };
  }
  if (!windowed.has(className)) return field;
  const pair = (value: unknown): Pair => {
    const [down = 1, across = down] = [value].flat() as number[];
    return [down, across];
  };
  const window = pair(config.kernelSize ?? config.poolSize);
  const strides = pair(config.strides);
  const dilation = pair(config.dilationRate ?? 1);
  const axis = (index: 0 | 1) => {
    const extent = (window[index] - 1) * dilation[index] + 1;
    const length = input.shape[index + 1];
    const before = config.padding === "same" ? padding(length ?? null, extent, strides[index]) : 0;
    return {
      size: field.size[index] + (extent - 1) * field.stride[index],
      stride: field.stride[index] * strides[index],
      start: field.start[index] - before * field.stride[index],
    };
  };
  return together(axis(0), axis(1));
}

/** Zeros before the first pixel, as TensorFlow puts them. */
function padding(length: number | null, extent: number, stride: number): number {
  if (length === null) return Math.floor((extent - 1) / 2);
  const total = Math.max((Math.ceil(length / stride) - 1) * stride + extent - length, 0);
  return Math.floor(total / 2);
}
