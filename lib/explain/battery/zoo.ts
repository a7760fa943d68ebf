// Small networks with every kind of layer and wiring that can be explained, and random weights by a seed.

import * as tf from "@tensorflow/tfjs";
import { random } from "../../data/random.ts";
import * as library from "../../layers/index.ts";

interface Specimen {
  name: string;
  make(): tf.LayersModel;
  /** Shapes of the inputs without the batch. */
  inputs: number[][];
  /** Inputs are whole numbers below this. */
  tokens?: number;
}

const { layers } = tf;

function sequential(...parts: tf.layers.Layer[]): tf.LayersModel {
  return tf.sequential({ layers: parts });
}

function functional(
  shapes: number[][],
  wire: (...inputs: tf.SymbolicTensor[]) => tf.SymbolicTensor,
): tf.LayersModel {
  const inputs = shapes.map((shape) => tf.input({ shape }));
  return tf.model({ inputs, outputs: wire(...inputs) });
}

const apply = (layer: tf.layers.Layer, ...inputs: tf.SymbolicTensor[]) =>
  layer.apply(inputs.length === 1 ? (inputs[0] as tf.SymbolicTensor) : inputs) as tf.SymbolicTensor;

const image = [6, 6, 2];

export const zoo: Specimen[] = [
  {
    name: "fused activations and softmax",
    inputs: [image],
    make: () =>
      sequential(
        layers.conv2d({
          inputShape: [6, 6, 2],
          filters: 3,
          kernelSize: 3,
          padding: "same",
          activation: "relu",
        }),
        layers.maxPooling2d({ poolSize: 2, strides: 2 }),
        layers.dropout({ rate: 0.5 }),
        layers.flatten(),
        layers.dense({ units: 5, activation: "tanh" }),
        layers.dense({ units: 3, activation: "softmax" }),
      ),
  },
  {
    name: "batch normalisation before layers",
    inputs: [image],
    make: () =>
      sequential(
        layers.batchNormalization({ inputShape: [6, 6, 2] }),
        layers.conv2d({ filters: 3, kernelSize: 3, padding: "same" }),
        layers.activation({ activation: "relu" }),
        layers.batchNormalization({ scale: false }),
        layers.flatten(),
        layers.dense({ units: 4, activation: "relu" }),
        layers.batchNormalization({ center: false }),
        layers.dense({ units: 3 }),
      ),
  },
  {
    name: "batch normalisation after an addition",
    inputs: [image],
    make: () =>
      functional([image], (x) => {
        const wide = apply(layers.conv2d({ filters: 2, kernelSize: 3, padding: "same" }), x);
        const sum = apply(layers.add(), x, wide);
        const normal = apply(layers.reLU(), apply(layers.batchNormalization(), sum));
        return apply(layers.dense({ units: 3 }), apply(layers.globalAveragePooling2d({}), normal));
      }),
  },
  {
    name: "separable, depthwise, dilated and transposed convolutions",
    inputs: [image],
    make: () =>
      sequential(
        layers.separableConv2d({ inputShape: [6, 6, 2], filters: 3, kernelSize: 3, depthMultiplier: 2 }),
        layers.reLU(),
        layers.conv2dTranspose({ filters: 2, kernelSize: 3, strides: 2, padding: "same" }),
        layers.leakyReLU(),
        layers.conv2d({ filters: 3, kernelSize: 3, dilationRate: 2, padding: "same" }),
        layers.reLU(),
        layers.depthwiseConv2d({ kernelSize: [2, 3], dilationRate: [2, 1], activation: "relu" }),
        layers.separableConv2d({ filters: 4, kernelSize: 2, dilationRate: 2, padding: "same" }),
        layers.depthwiseConv2d({ kernelSize: 2, padding: "same", strides: 2, activation: "elu" }),
        layers.averagePooling2d({ poolSize: 2, strides: 2, padding: "same" }),
        layers.flatten(),
        layers.dense({ units: 3 }),
      ),
  },
  {
    // Maps of one value all over have as many largest ones as places.
    name: "global maxima of equal values",
    inputs: [[4, 4, 1]],
    make: () =>
      sequential(
        layers.conv2d({ inputShape: [4, 4, 1], filters: 4, kernelSize: 2, activation: "relu" }),
        layers.maxPooling2d({ poolSize: 2, strides: 1 }),
        layers.globalMaxPooling2d({}),
        layers.dense({ units: 3 }),
      ),
  },
  {
    name: "channels first",
    inputs: [[2, 6, 5]],
    make: () =>
      sequential(
        layers.conv2d({
          inputShape: [2, 6, 5],
          filters: 3,
          kernelSize: 3,
          dataFormat: "channelsFirst",
          activation: "relu",
        }),
        layers.flatten(),
        layers.dense({ units: 3 }),
      ),
  },
  {
    name: "sequences of numbers",
    inputs: [[9, 2]],
    make: () =>
      sequential(
        layers.conv1d({ inputShape: [9, 2], filters: 3, kernelSize: 3, padding: "same", dilationRate: 2 }),
        layers.reLU(),
        layers.conv1d({ filters: 4, kernelSize: 3, strides: 2, activation: "relu" }),
        layers.globalMaxPooling1d({}),
        layers.dense({ units: 3 }),
      ),
  },
  {
    name: "volumes",
    inputs: [[4, 4, 4, 1]],
    make: () =>
      sequential(
        layers.conv3d({ inputShape: [4, 4, 4, 1], filters: 2, kernelSize: 2, activation: "relu" }),
        layers.flatten(),
        layers.dense({ units: 2 }),
      ),
  },
  {
    name: "a shared layer and two inputs",
    inputs: [[4], [4]],
    make: () =>
      functional([[4], [4]], (a, b) => {
        const shared = layers.dense({ units: 5, activation: "relu" });
        const joined = apply(layers.concatenate(), apply(shared, a as never), apply(shared, b as never));
        return apply(layers.dense({ units: 3 }), joined);
      }),
  },
  {
    name: "a layer used twice in a row",
    inputs: [[4]],
    make: () =>
      functional([[4]], (x) => {
        const shared = layers.dense({ units: 4, activation: "relu" });
        return apply(layers.dense({ units: 2 }), apply(shared, apply(shared, x)));
      }),
  },
  {
    name: "models within models",
    inputs: [image],
    make: () => {
      const block = functional([[6, 6, 3]], (x) =>
        apply(layers.add(), x, apply(layers.conv2d({ filters: 3, kernelSize: 3, padding: "same" }), x)),
      );
      const head = sequential(layers.flatten({ inputShape: [6, 6, 3] }), layers.dense({ units: 3 }));
      return functional([image], (x) => {
        const start = apply(
          layers.conv2d({ filters: 3, kernelSize: 3, padding: "same", activation: "relu" }),
          x,
        );
        return apply(head, apply(block, apply(block, start)));
      });
    },
  },
  {
    name: "moving values about",
    inputs: [image],
    make: () =>
      sequential(
        layers.zeroPadding2d({ inputShape: [6, 6, 2], padding: 1 }),
        layers.upSampling2d({ size: [2, 2] }),
        layers.cropping2D({
          cropping: [
            [1, 2],
            [3, 0],
          ],
        }),
        layers.permute({ dims: [2, 1, 3] }),
        layers.averagePooling2d({ poolSize: 3 }),
        layers.reshape({ targetShape: [32] }),
        layers.dense({ units: 2 }),
      ),
  },
  {
    name: "LSTM",
    inputs: [[5, 3]],
    make: () =>
      sequential(
        layers.lstm({ inputShape: [5, 3], units: 4, returnSequences: true }),
        layers.lstm({ units: 3, goBackwards: true }),
        layers.dense({ units: 2 }),
      ),
  },
  {
    name: "GRU and SimpleRNN, in both directions",
    inputs: [[5, 3]],
    make: () =>
      sequential(
        layers.bidirectional({
          layer: layers.gru({ units: 3, returnSequences: true }) as tf.RNN,
          mergeMode: "concat",
          inputShape: [5, 3],
        }),
        layers.timeDistributed({ layer: layers.dense({ units: 4, activation: "relu" }) }),
        layers.simpleRNN({ units: 3 }),
        layers.dense({ units: 2 }),
      ),
  },
  {
    name: "tokens",
    inputs: [[6]],
    tokens: 9,
    make: () =>
      sequential(
        layers.embedding({ inputDim: 9, outputDim: 4, inputLength: 6 }),
        layers.lstm({ units: 4 }),
        layers.dense({ units: 3, activation: "softmax" }),
      ),
  },
  {
    name: "attention",
    inputs: [[4, 3]],
    make: () =>
      functional([[4, 3]], (x) => {
        const normal = apply(layers.layerNormalization({}), x);
        const [query, key, value] = [0, 1, 2].map(() => apply(layers.dense({ units: 3 }), normal)) as [
          tf.SymbolicTensor,
          tf.SymbolicTensor,
          tf.SymbolicTensor,
        ];
        const scores = apply(layers.dot({ axes: [2, 2] }), query, key);
        const mixed = apply(layers.dot({ axes: [2, 1] }), apply(layers.softmax({ axis: -1 }), scores), value);
        const sum = apply(layers.add(), x, mixed);
        return apply(layers.dense({ units: 2 }), apply(layers.globalAveragePooling1d({}), sum));
      }),
  },
  {
    name: "a vision transformer's block",
    inputs: [[4, 6]],
    make: () =>
      functional([[4, 6]], (x) => {
        const tokens = apply(library.positionalEncoding(), apply(library.classToken(), x));
        const normal = apply(layers.layerNormalization({}), tokens);
        const mixed = apply(library.multiHeadAttention({ heads: 2, keySize: 4, valueSize: 3 }), normal);
        const sum = apply(layers.add(), tokens, mixed);
        const wide = apply(
          layers.dense({ units: 5, activation: "relu" }),
          apply(library.rmsNormalization(), sum),
        );
        const block = apply(layers.add(), sum, apply(layers.dense({ units: 6 }), wide));
        const first = apply(library.selectStep({ step: 0 }), block);
        return apply(layers.dense({ units: 3, activation: "softmax" }), first);
      }),
  },
  {
    name: "attention to another sequence, with masks",
    inputs: [
      [3, 4],
      [5, 4],
    ],
    make: () =>
      functional(
        [
          [3, 4],
          [5, 4],
        ],
        (x, other) => {
          const own = apply(
            library.multiHeadAttention({ heads: 1, keySize: 4, causal: true, useBias: false }),
            x,
          );
          const both = apply(library.multiHeadAttention({ heads: 2, keySize: 2 }), own, other);
          return apply(layers.dense({ units: 2 }), apply(layers.flatten(), both));
        },
      ),
  },
  {
    name: "normalisation in groups, padding and rescaling",
    inputs: [image],
    make: () =>
      sequential(
        layers.rescaling({ scale: 0.5, offset: 0.1, inputShape: [6, 6, 2] }),
        layers.zeroPadding2d({ padding: 1 }),
        layers.conv2d({ filters: 4, kernelSize: 3 }),
        library.groupNormalization({ groups: 2 }),
        layers.reLU(),
        library.spatialDropout2d({ rate: 0.5 }),
        layers.globalAveragePooling2d({}),
        library.l2Normalization(),
        layers.dense({ units: 3 }),
      ),
  },
  {
    name: "squeeze and excitation",
    inputs: [image],
    make: () =>
      functional([image], (x) => {
        const maps = apply(layers.conv2d({ filters: 3, kernelSize: 3, activation: "relu" }), x);
        const pooled = apply(layers.globalAveragePooling2d({}), maps);
        const gate = apply(layers.dense({ units: 3, activation: "sigmoid" }), pooled);
        const scaled = apply(
          layers.multiply(),
          maps,
          apply(layers.reshape({ targetShape: [1, 1, 3] }), gate),
        );
        return apply(layers.dense({ units: 2 }), apply(layers.flatten(), scaled));
      }),
  },
];

/** A specimen's model, with weights by `seed`, also where layers start with zeros and ones. */
export function makeSpecimen({ make }: Specimen, seed = 1): tf.LayersModel {
  const model = make();
  const source = random(seed);
  tf.tidy(() => {
    model.setWeights(
      model.weights.map(({ shape, name }) => {
        const size = shape.reduce<number>((all, one) => all * (one ?? 1), 1);
        const values = Array.from({ length: size }, () => 0.5 * source.normal());
        const isScale = name.includes("gamma") || name.includes("variance");
        return tf.tensor(isScale ? values.map((value) => 0.7 + Math.abs(value)) : values, shape as number[]);
      }),
    );
  });
  return model;
}

/** Inputs of a specimen, by `seed`. */
export function makeInputs({ inputs, tokens }: Specimen, count = 2, seed = 2): tf.Tensor[] {
  const source = random(seed);
  return inputs.map((shape) => {
    const size = shape.reduce((all, one) => all * one, count);
    const values = Array.from({ length: size }, () =>
      tokens ? Math.abs(Math.floor(source.normal() * 100)) % tokens : source.normal(),
    );
    return tf.tensor(values, [count, ...shape], "float32");
  });
}
