// The models that are trained, the same as in torch_models.py and keras_models.py.

import * as tf from "@tensorflow/tfjs";
import { transformerClassifier, unet } from "../../../lib/models/index.ts";

export interface Workload {
  name: string;
  batchSize: number;
  inputShape: number[];
  /** What a training step is given besides x; classes from 0 to 9 or so unless it says otherwise. */
  targets?: "classes" | "inputs" | "masks";
  /** Token numbers instead of normal numbers. */
  tokens?: number;
  build(): tf.LayersModel;
}

const { layers } = tf;
const same = { padding: "same", activation: "relu" } as const;
const halving = { kernelSize: 3, strides: 2, ...same };

function lenet(): tf.LayersModel {
  return tf.sequential({
    layers: [
      layers.conv2d({ filters: 6, kernelSize: 5, ...same, inputShape: [28, 28, 1] }),
      layers.maxPooling2d({ poolSize: 2 }),
      layers.conv2d({ filters: 16, kernelSize: 5, activation: "relu" }),
      layers.maxPooling2d({ poolSize: 2 }),
      layers.flatten(),
      layers.dense({ units: 120, activation: "relu" }),
      layers.dense({ units: 84, activation: "relu" }),
      layers.dense({ units: 10, activation: "softmax" }),
    ],
  });
}

/** By the name that the peers know them by. */
export const workloads: Record<string, Workload> = {
  mlp: {
    name: "MLP 784-128-10, batch 128",
    batchSize: 128,
    inputShape: [784],
    build: () =>
      tf.sequential({
        layers: [
          layers.dense({ units: 128, activation: "relu", inputShape: [784] }),
          layers.dense({ units: 10, activation: "softmax" }),
        ],
      }),
  },
  lenet: { name: "LeNet 28×28, batch 128", batchSize: 128, inputShape: [28, 28, 1], build: lenet },
  lenet32: { name: "LeNet 28×28, batch 32", batchSize: 32, inputShape: [28, 28, 1], build: lenet },
  cnn: {
    name: "CNN 32×32×3 with 2 batch norms, batch 64",
    batchSize: 64,
    inputShape: [32, 32, 3],
    build: () =>
      tf.sequential({
        layers: [
          layers.conv2d({ filters: 32, kernelSize: 3, ...same, inputShape: [32, 32, 3] }),
          layers.batchNormalization(),
          layers.maxPooling2d({ poolSize: 2 }),
          layers.conv2d({ filters: 64, kernelSize: 3, ...same }),
          layers.batchNormalization(),
          layers.maxPooling2d({ poolSize: 2 }),
          layers.flatten(),
          layers.dense({ units: 128, activation: "relu" }),
          layers.dense({ units: 10, activation: "softmax" }),
        ],
      }),
  },
  lstm: {
    name: "LSTM 40×64→128, batch 64",
    batchSize: 64,
    inputShape: [40, 64],
    build: () =>
      tf.sequential({
        layers: [
          // PyTorch's and Keras's gates are sigmoids; TensorFlow.js's default is the hard one.
          layers.lstm({ units: 128, inputShape: [40, 64], recurrentActivation: "sigmoid" }),
          layers.dense({ units: 10, activation: "softmax" }),
        ],
      }),
  },
  autoencoder: {
    name: "Autoencoder 28×28, conv-transpose and batch norm, batch 128",
    batchSize: 128,
    inputShape: [28, 28, 1],
    targets: "inputs",
    build: () =>
      tf.sequential({
        layers: [
          layers.conv2d({ filters: 16, ...halving, inputShape: [28, 28, 1] }),
          layers.batchNormalization(),
          layers.conv2d({ filters: 32, ...halving }),
          layers.batchNormalization(),
          layers.conv2dTranspose({ filters: 16, ...halving }),
          layers.batchNormalization(),
          layers.conv2dTranspose({ filters: 1, ...halving, activation: "sigmoid" }),
        ],
      }),
  },
  unet: {
    name: "U-Net 64×64, 16 to 128 filters, batch 16",
    batchSize: 16,
    inputShape: [64, 64, 3],
    targets: "masks",
    build: () => unet({ inputShape: [64, 64, 3], filters: 16, levels: 3 }),
  },
  transformer: {
    name: "Transformer, 4 layers of width 128, 64 steps, batch 32",
    batchSize: 32,
    inputShape: [64],
    tokens: 128,
    build: () => transformerClassifier({ vocabulary: 128, features: 128, blocks: 4, heads: 4, classes: 10 }),
  },
};

/** A batch of noise. */
export function exampleBatch({ batchSize, inputShape, targets = "classes", tokens }: Workload): {
  x: tf.Tensor;
  y: tf.Tensor;
} {
  const shape = [batchSize, ...inputShape];
  const x = tokens
    ? tf.randomUniform(shape, 0, tokens, "int32", 1)
    : tf.randomNormal(shape, 0, 1, "float32", 1);
  if (targets === "inputs") return { x, y: tf.tidy(() => tf.sigmoid(x)) };
  const y = tf.tidy(() =>
    targets === "masks"
      ? tf.cast(tf.randomUniform([...shape.slice(0, -1), 1], 0, 2, "int32", 1), "float32")
      : tf.cast(tf.randomUniform([batchSize, 1], 0, 10, "int32", 1), "float32"),
  );
  return { x, y };
}

export function compiled(workload: Workload): tf.LayersModel {
  const { targets = "classes" } = workload;
  const losses = {
    classes: "sparseCategoricalCrossentropy",
    inputs: "meanSquaredError",
    masks: "binaryCrossentropy",
  };
  const model = workload.build();
  model.compile({
    optimizer: tf.train.adam(),
    loss: losses[targets],
    metrics: targets === "classes" ? ["accuracy"] : [],
  });
  return model;
}
