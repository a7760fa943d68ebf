// Five small models with fixed weights and data, trained a few steps: the losses must be the same on
// every backend.
import * as tf from "@tensorflow/tfjs";
import { floats, type Input, integers } from "./case.ts";

export interface TrainingCase {
  name: string;
  model: () => tf.Sequential;
  loss: string;
  x: Input;
  y: Input;
}

const labels = integers(0, 3, [16, 1], 7);

export const trainingCases: TrainingCase[] = [
  {
    name: "multilayer perceptron",
    model: () =>
      tf.sequential({
        layers: [
          tf.layers.dense({ units: 12, activation: "relu", inputShape: [6] }),
          tf.layers.dense({ units: 8, activation: "tanh" }),
          tf.layers.dense({ units: 4, activation: "softmax" }),
        ],
      }),
    loss: "sparseCategoricalCrossentropy",
    x: floats([16, 6]),
    y: labels,
  },
  {
    name: "convolutional network with batch normalisation",
    model: () =>
      tf.sequential({
        layers: [
          tf.layers.conv2d({
            filters: 4,
            kernelSize: 3,
            padding: "same",
            inputShape: [8, 8, 2],
            activation: "relu",
          }),
          tf.layers.batchNormalization(),
          tf.layers.maxPooling2d({ poolSize: 2 }),
          tf.layers.depthwiseConv2d({ kernelSize: 3, padding: "same" }),
          tf.layers.conv2d({ filters: 6, kernelSize: 3, strides: 2, activation: "relu" }),
          tf.layers.globalAveragePooling2d({}),
          tf.layers.dense({ units: 4, activation: "softmax" }),
        ],
      }),
    loss: "sparseCategoricalCrossentropy",
    x: floats([16, 8, 8, 2]),
    y: labels,
  },
  {
    name: "LSTM",
    model: () =>
      tf.sequential({
        layers: [
          tf.layers.lstm({ units: 5, inputShape: [6, 3] }),
          tf.layers.dense({ units: 4, activation: "softmax" }),
        ],
      }),
    loss: "sparseCategoricalCrossentropy",
    x: floats([16, 6, 3]),
    y: labels,
  },
  {
    name: "embedding",
    model: () =>
      tf.sequential({
        layers: [
          tf.layers.embedding({ inputDim: 20, outputDim: 4, inputLength: 5 }),
          tf.layers.flatten(),
          tf.layers.dense({ units: 4, activation: "softmax" }),
        ],
      }),
    loss: "sparseCategoricalCrossentropy",
    x: integers(0, 19, [16, 5]),
    y: labels,
  },
  {
    name: "autoencoder with transposed convolution",
    model: () =>
      tf.sequential({
        layers: [
          tf.layers.conv2d({
            filters: 4,
            kernelSize: 3,
            strides: 2,
            padding: "same",
            inputShape: [8, 8, 1],
            activation: "relu",
          }),
          tf.layers.conv2dTranspose({
            filters: 4,
            kernelSize: 3,
            strides: 2,
            padding: "same",
            activation: "relu",
          }),
          tf.layers.upSampling2d({ size: [1, 1] }),
          tf.layers.conv2d({ filters: 1, kernelSize: 3, padding: "same", activation: "sigmoid" }),
        ],
      }),
    loss: "meanSquaredError",
    x: floats([16, 8, 8, 1]),
    y: floats([16, 8, 8, 1]),
  },
];

/** Train `epochs` epochs in batches of 8 in the data's order; returns the loss of each, then predictions. */
export async function train(
  training: TrainingCase,
  epochs: number,
): Promise<{ losses: number[]; output: number[] }> {
  const model = training.model();
  const weights = model.getWeights().map((weight, index) => {
    const { values, shape } = floats(weight.shape as number[], 50 + index);
    return tf.tensor(
      (values as number[]).map((value) => Math.abs(0.3 * value)),
      shape,
    );
  });
  model.setWeights(weights);
  const optimizer = tf.train.adam(0.01);
  model.compile({ optimizer, loss: training.loss });
  const [x, y] = [training.x, training.y].map(({ values, shape }) => tf.tensor(values as number[], shape));
  const history = await model.fit(x, y, { epochs, batchSize: 8, shuffle: false, verbose: 0 });
  const predicted = model.predict(x) as tf.Tensor;
  const output = Array.from(predicted.dataSync());
  tf.dispose([x, y, predicted, ...weights]);
  optimizer.dispose();
  model.dispose();
  return { losses: history.history.loss as number[], output };
}
