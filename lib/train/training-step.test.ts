// Recorded steps against steps run operation by operation: the same losses, weights, statistics and counts for every
// optimizer of TensorFlow.js, whatever the layers do, and nothing left over.
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { list, memory, use } from "../backend/index.ts";
import { random } from "../data/random.ts";
import { initialize } from "./initialize.ts";
import { type CompileMode, TrainingStep } from "./training-step.ts";

const status = list().find(({ name }) => name === "tensorflow");

const optimizers: Record<string, () => tf.Optimizer> = {
  sgd: () => tf.train.sgd(0.05),
  momentum: () => tf.train.momentum(0.02, 0.9),
  nesterov: () => tf.train.momentum(0.02, 0.9, true),
  adagrad: () => tf.train.adagrad(0.02),
  adadelta: () => tf.train.adadelta(0.5),
  adam: () => tf.train.adam(0.005),
  adamax: () => tf.train.adamax(0.005),
  rmsprop: () => tf.train.rmsprop(0.002, 0.9, 0.5),
};

interface Task {
  layers: () => tf.layers.Layer[];
  x: () => tf.Tensor;
  y: () => tf.Tensor;
  loss: string;
}

const labels = () => integers([20, 1], 3);

const tasks: Record<string, Task> = {
  perceptron: {
    layers: () => [
      tf.layers.dense({
        units: 16,
        activation: "relu",
        inputShape: [6],
        kernelRegularizer: tf.regularizers.l2({ l2: 1e-3 }),
      }),
      tf.layers.dense({ units: 8, activation: "tanh", kernelConstraint: "maxNorm" }),
      tf.layers.dense({ units: 3, activation: "softmax" }),
    ],
    x: () => floats([20, 6]),
    y: labels,
    loss: "sparseCategoricalCrossentropy",
  },
  "convolutions with batch normalisation": {
    layers: () => [
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
      tf.layers.batchNormalization(),
      tf.layers.averagePooling2d({ poolSize: 2 }),
      tf.layers.flatten(),
      tf.layers.dense({ units: 3, activation: "softmax" }),
    ],
    x: () => floats([20, 8, 8, 2]),
    y: labels,
    loss: "sparseCategoricalCrossentropy",
  },
  LSTM: {
    layers: () => [
      tf.layers.lstm({ units: 5, inputShape: [4, 3] }),
      tf.layers.dense({ units: 3, activation: "softmax" }),
    ],
    x: () => floats([20, 4, 3]),
    y: labels,
    loss: "sparseCategoricalCrossentropy",
  },
  embedding: {
    layers: () => [
      tf.layers.embedding({ inputDim: 12, outputDim: 4, inputLength: 5 }),
      tf.layers.flatten(),
      tf.layers.dense({ units: 3, activation: "softmax" }),
    ],
    x: () => integers([20, 5], 12),
    y: labels,
    loss: "sparseCategoricalCrossentropy",
  },
  autoencoder: {
    layers: () => [
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
      tf.layers.upSampling2d({ size: [2, 2] }),
      tf.layers.maxPooling2d({ poolSize: 2 }),
      tf.layers.conv2d({ filters: 1, kernelSize: 3, padding: "same", activation: "sigmoid" }),
    ],
    x: () => floats([20, 8, 8, 1]),
    y: () => floats([20, 8, 8, 1]).sigmoid(),
    loss: "meanSquaredError",
  },
};

function floats(shape: number[]): tf.Tensor {
  const source = random(7);
  const size = shape.reduce((product, dimension) => product * dimension, 1);
  return tf.tensor(
    Float32Array.from({ length: size }, () => source.normal()),
    shape,
  );
}

function integers(shape: number[], below: number): tf.Tensor {
  const source = random(8);
  const size = shape.reduce((product, dimension) => product * dimension, 1);
  return tf.tensor(
    Int32Array.from({ length: size }, () => source.integer(below)),
    shape,
    "int32",
  );
}

interface Outcome {
  losses: number[];
  weights: number[];
  iterations: number;
  report: TrainingStep["report"];
  leftOver: number[];
}

/** Train in batches of 8, 8 and 4 examples; `onStep` may change things before each step. */
async function train(
  { layers, x, y, loss }: Task,
  optimizer: tf.Optimizer,
  mode: CompileMode,
  { steps = 50, onStep }: { steps?: number; onStep?: (step: number) => void } = {},
): Promise<Outcome> {
  const start = memory();
  const model = initialize(tf.sequential({ layers: layers() }), 3);
  model.compile({ optimizer, loss, metrics: ["mse"] });
  const data = tf.tidy(() => ({ x: x(), y: y() }));
  const step = new TrainingStep(model, mode);
  const source = random(5);
  const losses: number[] = [];
  let atThird = memory();
  for (let index = 0; index < steps; index++) {
    const [begin, size] = [
      [0, 8],
      [8, 8],
      [16, 4],
    ][index % 3];
    const batch = tf.tidy(() => ({ x: data.x.slice(begin, size), y: data.y.slice(begin, size) }));
    onStep?.(index);
    const values = await step.run(batch, source);
    losses.push(values.get("loss") as number, values.get("mse") as number);
    if (index === 3) atThird = memory();
  }
  const now = memory();
  const report = step.report;
  const weights = model.getWeights().flatMap((weight) => Array.from(weight.dataSync()));
  const { iterations } = optimizer;
  step.dispose();
  tf.dispose(data);
  model.dispose();
  optimizer.dispose();
  const leftOver = [
    now.tensors - atThird.tensors,
    (now.tensorFlowHandles as number) - (atThird.tensorFlowHandles as number),
    now.bytes - atThird.bytes,
    // TensorFlow.js leaves an SGD's learning rate in its list of tensors.
    memory().tensors - start.tensors > 2 ? 1 : 0,
  ];
  return { losses, weights, iterations, report, leftOver };
}

function assertClose(actual: number[], expected: number[], tolerance: number, what: string): void {
  assert.equal(actual.length, expected.length);
  actual.forEach((value, index) => {
    const wanted = expected[index];
    const scale = Math.max(Math.abs(wanted), 1e-3);
    assert.ok(Math.abs(value - wanted) <= tolerance * scale, `${what} ${index}: ${value} instead of ${wanted}`);
  });
}

describe("a recorded training step", { skip: status?.available ? false : status?.reason }, () => {
  before(() => use("tensorflow"));

  for (const [name, task] of Object.entries(tasks)) {
    for (const [optimizerName, optimizer] of Object.entries(optimizers)) {
      it(`equals the eager one: ${name}, ${optimizerName}`, async () => {
        const eager = await train(task, optimizer(), false);
        const graph = await train(task, optimizer(), "graph");
        assertClose(graph.losses, eager.losses, 1e-5, "loss and metric");
        assert.ok(eager.losses.at(-2) as number < eager.losses[4], "it learns");
        assert.equal(graph.iterations, eager.iterations);
        assert.deepEqual(graph.report, { engine: "graph", reason: undefined, recordings: 2 });
        assert.deepEqual(graph.leftOver, [0, 0, 0, 0]);
      });
    }
  }
});
