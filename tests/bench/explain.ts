// Explanations against zennit, captum and pytorch-grad-cam on PyTorch: networks of the same shapes, on the same CPU
// with the same threads. The peer waits in a process of its own; each round lets both explain in turn.

import * as tf from "@tensorflow/tfjs";
import { ready } from "../../lib/backend/index.ts";
import { cam, integratedGradients, lrp } from "../../lib/explain/index.ts";
import { ensurePackages, pythonPeer } from "./python.ts";
import type { MeasureOptions, Samples } from "./samples.ts";

const requirements = ["torch==2.13.0", "zennit==0.5.1", "captum==0.9.0", "grad-cam==1.5.7"];

/** Filters of 3 × 3 convolutions, each with a ReLU; "pool" halves the image. */
type Plan = (number | "pool")[];

const networks: Record<string, { size: number; plan: Plan; dense: number[]; count: number }> = {
  small: { size: 64, plan: [32, "pool", 64, "pool", 128, "pool", 128, "pool"], dense: [128, 10], count: 1 },
  "small, 16 images": {
    size: 64,
    plan: [32, "pool", 64, "pool", 128, "pool", 128, "pool"],
    dense: [128, 10],
    count: 16,
  },
  vgg16: {
    size: 224,
    plan: [
      [64, 64, "pool"],
      [128, 128, "pool"],
      [256, 256, 256, "pool"],
      [512, 512, 512, "pool"],
      [512, 512, 512, "pool"],
    ].flat() as Plan,
    dense: [4096, 4096, 1000],
    count: 1,
  },
};

const methods = {
  "lrp epsilonPlus": async (model: tf.LayersModel, x: tf.Tensor) => {
    const result = await lrp(model, x, { composite: "epsilonPlus", target: 1, layers: [] });
    await result.relevance.data();
    result.dispose();
  },
  "grad-cam": async (model: tf.LayersModel, x: tf.Tensor) => {
    (await cam(model, x, { target: 1 })).dispose();
  },
  "integrated gradients, 50 steps": async (model: tf.LayersModel, x: tf.Tensor) => {
    const result = await integratedGradients(model, x, { target: 1, steps: 50 });
    await result.attribution.data();
    result.dispose();
  },
};

type Method = keyof typeof methods;

const workloads: { method: Method; network: string; times: number; peer: string }[] = [
  { method: "lrp epsilonPlus", network: "small", times: 10, peer: "zennit" },
  { method: "lrp epsilonPlus", network: "small, 16 images", times: 2, peer: "zennit" },
  { method: "lrp epsilonPlus", network: "vgg16", times: 1, peer: "zennit" },
  { method: "grad-cam", network: "small", times: 10, peer: "pytorch-grad-cam" },
  { method: "grad-cam", network: "vgg16", times: 1, peer: "pytorch-grad-cam" },
  { method: "integrated gradients, 50 steps", network: "small", times: 2, peer: "captum" },
];

function build({ size, plan, dense, count }: (typeof networks)[string]): {
  model: tf.LayersModel;
  x: tf.Tensor;
} {
  const model = tf.sequential();
  const inputShape = [size, size, 3];
  model.add(tf.layers.inputLayer({ inputShape }));
  // Not the default initializer, whose orthogonal and normal draws take long for large layers.
  const kernelInitializer = tf.initializers.heUniform({ seed: 1 });
  for (const step of plan) {
    model.add(
      step === "pool"
        ? tf.layers.maxPooling2d({ poolSize: 2 })
        : tf.layers.conv2d({
            filters: step,
            kernelSize: 3,
            padding: "same",
            activation: "relu",
            kernelInitializer,
          }),
    );
  }
  model.add(tf.layers.flatten());
  dense.forEach((units, index) => {
    const activation = index < dense.length - 1 ? "relu" : undefined;
    model.add(tf.layers.dense({ units, activation, kernelInitializer }));
  });
  return { model, x: tf.randomNormal([count, ...inputShape], 0, 1, "float32", 1) };
}

export async function measure({ repetitions }: MeasureOptions): Promise<Samples[]> {
  ensurePackages(requirements);
  await ready();
  const samples: Samples[] = [];
  const python = pythonPeer("explain.py");
  try {
    for (const [network, shape] of Object.entries(networks)) {
      const { model, x } = build(shape);
      for (const { method, times, peer } of workloads.filter((workload) => workload.network === network)) {
        const run = async () => {
          const started = performance.now();
          for (let turn = 0; turn < times; turn++) await methods[method](model, x);
          return (performance.now() - started) / times;
        };
        const request = { ...shape, network, method, times };
        for (let turn = 0; turn < 3; turn++) await run();
        await python.ask(request);
        const [ours, theirs]: [number[], number[]] = [[], []];
        for (let round = 0; round < repetitions; round++) {
          ours.push(await run());
          theirs.push(await python.ask(request));
        }
        const measure = `${method}, ${network} ${shape.size}²`;
        samples.push({ measure, peer, unit: "ms", better: "lower", ours, theirs });
      }
      tf.dispose(x);
      model.dispose();
    }
  } finally {
    python.stop();
  }
  return samples;
}
