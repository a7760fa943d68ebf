// A training step against PyTorch and Keras on the same CPU with the same threads: forward, backward, Adam, loss and
// accuracy read out. The peers wait in processes of their own; each round runs a few steps of everybody in turn.

import * as tf from "@tensorflow/tfjs";
import { ready } from "../../lib/backend/index.ts";
import { random } from "../../lib/data/index.ts";
import { TrainingStep } from "../../lib/train/training-step.ts";
import { ensurePackages, Peer } from "./python.ts";
import type { Samples } from "./samples.ts";

const requirements = ["torch==2.13.0", "tensorflow-cpu==2.21.*", "keras>=3.12,<4"];

/** Steps of everybody in one round. */
const stepsPerRound = 8;
/** Long enough for `auto` to have tried XLA, in ms. */
const warmUp = 12_000;

interface Workload {
  name: string;
  batchSize: number;
  inputShape: number[];
  layers(): tf.layers.Layer[];
}

const { layers } = tf;
const workloads: Record<string, Workload> = {
  mlp: {
    name: "MLP 784-128-10, batch 128",
    batchSize: 128,
    inputShape: [784],
    layers: () => [
      layers.dense({ units: 128, activation: "relu", inputShape: [784] }),
      layers.dense({ units: 10, activation: "softmax" }),
    ],
  },
  lenet: {
    name: "LeNet 28×28, batch 128",
    batchSize: 128,
    inputShape: [28, 28, 1],
    layers: () => [
      layers.conv2d({
        filters: 6,
        kernelSize: 5,
        padding: "same",
        activation: "relu",
        inputShape: [28, 28, 1],
      }),
      layers.maxPooling2d({ poolSize: 2 }),
      layers.conv2d({ filters: 16, kernelSize: 5, activation: "relu" }),
      layers.maxPooling2d({ poolSize: 2 }),
      layers.flatten(),
      layers.dense({ units: 120, activation: "relu" }),
      layers.dense({ units: 84, activation: "relu" }),
      layers.dense({ units: 10, activation: "softmax" }),
    ],
  },
  cnn: {
    name: "CNN 32×32×3 with 2 batch norms, batch 64",
    batchSize: 64,
    inputShape: [32, 32, 3],
    layers: () => [
      layers.conv2d({
        filters: 32,
        kernelSize: 3,
        padding: "same",
        activation: "relu",
        inputShape: [32, 32, 3],
      }),
      layers.batchNormalization(),
      layers.maxPooling2d({ poolSize: 2 }),
      layers.conv2d({ filters: 64, kernelSize: 3, padding: "same", activation: "relu" }),
      layers.batchNormalization(),
      layers.maxPooling2d({ poolSize: 2 }),
      layers.flatten(),
      layers.dense({ units: 128, activation: "relu" }),
      layers.dense({ units: 10, activation: "softmax" }),
    ],
  },
  lstm: {
    name: "LSTM 40×64→128, batch 64",
    batchSize: 64,
    inputShape: [40, 64],
    layers: () => [
      // PyTorch's and Keras's gates are sigmoids; TensorFlow.js's default is the hard one.
      layers.lstm({ units: 128, inputShape: [40, 64], recurrentActivation: "sigmoid" }),
      layers.dense({ units: 10, activation: "softmax" }),
    ],
  },
};

/** Runs a number of training steps and gives the ms of one. */
type Runner = (steps: number) => Promise<number>;

function ours({ batchSize, inputShape, layers: makeLayers }: Workload): { run: Runner; dispose(): void } {
  const model = tf.sequential({ layers: makeLayers() });
  model.compile({ optimizer: tf.train.adam(), loss: "sparseCategoricalCrossentropy", metrics: ["accuracy"] });
  const step = new TrainingStep(model, "auto");
  const x = tf.randomNormal([batchSize, ...inputShape], 0, 1, "float32", 1);
  const y = tf.cast(tf.randomUniform([batchSize, 1], 0, 10, "int32", 1), "float32");
  const masks = random(1);
  return {
    async run(steps) {
      const started = performance.now();
      for (let i = 0; i < steps; i++) await step.run({ x: x.clone(), y: y.clone() }, masks);
      return (performance.now() - started) / steps;
    },
    dispose() {
      tf.dispose([x, y]);
      step.dispose();
      model.dispose();
    },
  };
}

export async function measure(repetitions: number): Promise<Samples[]> {
  ensurePackages(requirements);
  await ready();
  const peers = { PyTorch: new Peer("train.py", "torch"), Keras: new Peer("train.py", "keras") };
  const samples: Samples[] = [];
  try {
    for (const [model, workload] of Object.entries(workloads)) {
      const { run, dispose } = ours(workload);
      const started = performance.now();
      while (performance.now() - started < warmUp) await run(1);
      for (const peer of Object.values(peers)) await peer.ask({ model, steps: 2 * stepsPerRound });
      const speeds = { nablab: [] as number[], PyTorch: [] as number[], Keras: [] as number[] };
      const perSecond = (milliseconds: number) => (1000 * workload.batchSize) / milliseconds;
      for (let round = 0; round < repetitions; round++) {
        speeds.nablab.push(perSecond(await run(stepsPerRound)));
        for (const [name, peer] of Object.entries(peers)) {
          speeds[name as "PyTorch" | "Keras"].push(
            perSecond(await peer.ask({ model, steps: stepsPerRound })),
          );
        }
      }
      for (const peer of ["PyTorch", "Keras"] as const) {
        const common = { measure: workload.name, unit: "samples/s", better: "higher" as const };
        samples.push({ ...common, peer, ours: speeds.nablab, theirs: speeds[peer] });
      }
      dispose();
    }
  } finally {
    for (const peer of Object.values(peers)) peer.stop();
  }
  return samples;
}
