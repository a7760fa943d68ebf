// Networks and their explanations as made by tests/refs/make-explain.py.

import { readFileSync } from "node:fs";
import * as tf from "@tensorflow/tfjs";

interface Packed {
  shape: number[];
  data: number[];
}

interface LayerReference {
  class: string;
  config: { name: string } & Record<string, unknown>;
  inputs: string[];
  weights: Packed[];
}

interface NetworkReference {
  name: string;
  input: Packed;
  layers: LayerReference[];
  output: Packed;
}

interface References {
  /** Inputs [n, 3] twice through one dense layer (4, ReLU), joined, then dense layers (5, ReLU) and (3). */
  shared: { inputs: Packed[]; weights: Packed[]; output: Packed; rules: Record<string, Packed[]> };
  captum: Omit<NetworkReference, "name"> & { target: number[]; rules: Record<string, Packed> };
  single: (NetworkReference & { rules: Record<string, Packed> })[];
  networks: (NetworkReference & {
    target: number[];
    composites: Record<string, Packed>;
    gradients: Record<string, Packed>;
    cams: { layer: string; raw: Record<string, Packed>; map: Record<string, Packed> };
  })[];
}

const file = new URL("../../../../tests/refs/explain.json", import.meta.url);

export const references = JSON.parse(readFileSync(file, "utf8")) as References;

export function unpack({ shape, data }: Packed): tf.Tensor {
  return tf.tensor(data, shape);
}

const factories: Record<string, (config: never) => tf.layers.Layer> = {
  Dense: tf.layers.dense,
  Conv1D: tf.layers.conv1d,
  Conv2D: tf.layers.conv2d,
  Conv3D: tf.layers.conv3d,
  DepthwiseConv2D: tf.layers.depthwiseConv2d,
  Conv2DTranspose: tf.layers.conv2dTranspose,
  BatchNormalization: tf.layers.batchNormalization,
  ReLU: tf.layers.reLU,
  MaxPooling2D: tf.layers.maxPooling2d,
  AveragePooling2D: tf.layers.averagePooling2d,
  GlobalAveragePooling2D: tf.layers.globalAveragePooling2d,
  Flatten: tf.layers.flatten,
  Add: tf.layers.add,
};

/** The model of a reference. */
export function buildReference({
  layers,
  input,
}: Pick<NetworkReference, "layers" | "input">): tf.LayersModel {
  const start = tf.input({ shape: input.shape.slice(1) });
  const tensors = new Map([["input", start]]);
  const built = layers.map(({ class: className, config, inputs }) => {
    const layer = factories[className]?.(config as never) as tf.layers.Layer;
    const sources = inputs.map((name) => tensors.get(name) as tf.SymbolicTensor);
    const output = layer.apply(sources.length === 1 ? (sources[0] as tf.SymbolicTensor) : sources);
    tensors.set(config.name, output as tf.SymbolicTensor);
    return layer;
  });
  const last = layers[layers.length - 1] as LayerReference;
  const model = tf.model({ inputs: start, outputs: tensors.get(last.config.name) as tf.SymbolicTensor });
  layers.forEach(({ weights }, index) => {
    tf.tidy(() => built[index]?.setWeights(weights.map(unpack)));
  });
  return model;
}
