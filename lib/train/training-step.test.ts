// Recorded steps against steps run operation by operation: the same losses, weights, statistics and counts for every
// optimizer of TensorFlow.js, whatever the layers do, and nothing left over.
import assert from "node:assert/strict";
import { before, describe, it, mock } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { type BackendName, list, memory, use } from "../backend/index.ts";
import { StepFunction } from "../backend/tensorflow/graph/step-function.ts";
import { random } from "../data/random.ts";
import * as layers from "../layers/index.ts";
import type { FitCallback } from "./callback.ts";
import type { CompileMode } from "./compile-mode.ts";
// Under its own name the linter takes it for a focused test.
import { type FitOptions, fit as fitModel } from "./fit.ts";
import { initialize } from "./initialize.ts";
import { adamW, sgd } from "./optimizers/index.ts";
import { TrainingStep } from "./training-step.ts";

/** Backends that record, and whether what they replay are the very kernels of the eager step. */
const recordingBackends: [backend: BackendName, sameKernels: boolean][] = [
  ["tensorflow", false],
  ["wasm", true],
];

function obstacle(backend: BackendName): string | false {
  const status = list().find(({ name }) => name === backend);
  return status?.available ? false : (status?.reason ?? "there is none");
}

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
      // A bias here would have no gradient but rounding errors, which some optimizers make as large as any.
      tf.layers.depthwiseConv2d({ kernelSize: 3, padding: "same", useBias: false }),
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
  let recorded = held();
  for (let index = 0; index < steps; index++) {
    const [begin, size] = [
      [0, 8],
      [8, 8],
      [16, 4],
    ][index % 3];
    const batch = tf.tidy(() => ({ x: data.x.slice(begin, size), y: data.y.slice(begin, size) }));
    onStep?.(index);
    const values = await step.start(batch, source).values();
    losses.push(values.get("loss") as number, values.get("mse") as number);
    // Constants of the last recording were made by then.
    if (index === Math.min(14, steps - 1)) recorded = held();
  }
  const now = held();
  const report = step.report;
  const weights = model.getWeights().flatMap((weight) => Array.from(weight.dataSync()));
  const { iterations } = optimizer;
  step.dispose();
  tf.dispose(data);
  model.dispose();
  optimizer.dispose();
  const leftOver = [
    ...now.map((count, index) => count - (recorded[index] as number)),
    // TensorFlow.js leaves an SGD's learning rate in its list of tensors.
    memory().tensors - start.tensors > 2 ? 1 : 0,
  ];
  return { losses, weights, iterations, report, leftOver };
}

/** Tensors, their bytes, and what the backend holds for them. */
function held(): number[] {
  const { tensors, bytes, tensorFlowHandles = 0 } = memory();
  const backend = tf.backend() as tf.KernelBackend & { numDataIds(): number };
  return [tensors, tensorFlowHandles, bytes, backend.numDataIds()];
}

function assertClose(actual: number[], expected: number[], tolerance: number, what: string): void {
  assert.equal(actual.length, expected.length);
  actual.forEach((value, index) => {
    const wanted = expected[index];
    const scale = Math.max(Math.abs(wanted), 1e-3);
    assert.ok(
      Math.abs(value - wanted) <= tolerance * scale,
      `${what} ${index}: ${value} instead of ${wanted}`,
    );
  });
}

const noisy: Task = {
  layers: () => [
    tf.layers.gaussianNoise({ stddev: 0.3, inputShape: [6] }),
    tf.layers.dense({ units: 16, activation: "relu" }),
    tf.layers.dropout({ rate: 0.4 }),
    tf.layers.alphaDropout({ rate: 0.2 }),
    tf.layers.gaussianDropout({ rate: 0.2 }),
    tf.layers.dense({ units: 3, activation: "softmax" }),
  ],
  x: () => floats([20, 6]),
  y: labels,
  loss: "sparseCategoricalCrossentropy",
};

const dropping = { dropout: 0.3, recurrentDropout: 0.3 };
const recurrent: Record<string, () => tf.layers.Layer> = {
  lstm: () => tf.layers.lstm({ units: 5, inputShape: [4, 3], ...dropping }),
  gru: () => tf.layers.gru({ units: 5, inputShape: [4, 3], ...dropping }),
  simpleRNN: () => tf.layers.simpleRNN({ units: 5, inputShape: [4, 3], ...dropping }),
  "stacked cells": () =>
    tf.layers.rnn({
      cell: [tf.layers.gruCell({ units: 4, ...dropping }), tf.layers.lstmCell({ units: 5, ...dropping })],
      inputShape: [4, 3],
    }) as tf.layers.Layer,
  "an activation that has no short way": () =>
    tf.layers.lstm({ units: 5, activation: "elu", inputShape: [4, 3], ...dropping }),
};

for (const [backend, sameKernels] of recordingBackends) {
  describe(`a recorded training step on ${backend}`, { skip: obstacle(backend) }, () => {
    before(() => use(backend));
    const tolerance = sameKernels ? 0 : 1e-5;

    for (const [name, task] of Object.entries(tasks)) {
      for (const [optimizerName, optimizer] of Object.entries(optimizers)) {
        it(`equals the eager one: ${name}, ${optimizerName}`, async () => {
          const eager = await train(task, optimizer(), false);
          const graph = await train(task, optimizer(), "graph");
          assertClose(graph.losses, eager.losses, tolerance, "loss and metric");
          assertClose(graph.weights, eager.weights, 100 * tolerance, "weight");
          assert.ok((eager.losses.at(-2) as number) < eager.losses[4], "it learns");
          assert.equal(graph.iterations, eager.iterations);
          assert.deepEqual(graph.report, { engine: "graph", reason: undefined, recordings: 2 });
          assert.deepEqual(graph.leftOver, [0, 0, 0, 0, 0]);
        });
      }
    }

    it("draws the masks and the noise that the eager one draws, fresh at each step", async () => {
      const eager = await train(noisy, tf.train.sgd(0.05), false);
      const graph = await train(noisy, tf.train.sgd(0.05), "graph");
      assertClose(graph.losses, eager.losses, tolerance, "loss and metric");
      assert.deepEqual(graph.report, { engine: "graph", reason: undefined, recordings: 2 });
      assert.deepEqual(graph.leftOver, [0, 0, 0, 0, 0]);
      const still = await train(noisy, tf.train.sgd(0), "graph", { steps: 30 });
      assert.ok(new Set(still.losses).size > 50, "the loss changes without learning");
    });

    for (const [name, first] of Object.entries(recurrent)) {
      it(`drops what the eager one drops between the steps of a sequence: ${name}`, async () => {
        const task: Task = {
          ...(tasks.LSTM as Task),
          layers: () => [first(), tf.layers.dense({ units: 3, activation: "softmax" })],
        };
        const eager = await train(task, tf.train.sgd(0.05), false);
        const graph = await train(task, tf.train.sgd(0.05), "graph");
        assertClose(graph.losses, eager.losses, tolerance, "loss and metric");
        assert.deepEqual(graph.report, { engine: "graph", reason: undefined, recordings: 2 });
        assert.deepEqual(graph.leftOver, [0, 0, 0, 0, 0]);
        const still = await train(task, tf.train.sgd(0), "graph", { steps: 30 });
        assert.ok(new Set(still.losses).size > 50, "the loss changes without learning");
      });
    }

    it("follows a learning rate that changes, without recording anew", async () => {
      for (const name of ["sgd", "adam", "rmsprop"]) {
        const run = (mode: CompileMode) => {
          const optimizer = (optimizers[name] as () => tf.Optimizer)();
          const settable = optimizer as unknown as {
            learningRate: number;
            setLearningRate?(rate: number): void;
          };
          const onStep = (step: number) => {
            const rate = step < 20 ? 0.01 : 0.01 / (step - 18);
            // An SGD keeps its rate as a tensor too.
            if (settable.setLearningRate) settable.setLearningRate(rate);
            else settable.learningRate = rate;
          };
          return train(tasks.perceptron as Task, optimizer, mode, { onStep });
        };
        const [eager, graph] = [await run(false), await run("graph")];
        assertClose(graph.losses, eager.losses, tolerance, `${name}: loss and metric`);
        assert.equal(graph.report.recordings, 2);
      }
    });

    it("doesn't run the JavaScript of the library's layers at each step, and that of a lambda it does", async () => {
      for (const [layer, isRun] of [
        [() => layers.rmsNormalization(), false],
        [() => layers.lambda((x) => tf.relu(x)), true],
      ] as const) {
        let calls = 0;
        const counted = () => {
          const made = layer();
          const { call } = made;
          made.call = (...given) => {
            calls++;
            return call.apply(made, given);
          };
          return made;
        };
        const head = { units: 3, activation: "softmax" } as const;
        const task = {
          ...(tasks.perceptron as Task),
          layers: () => [tf.layers.dense({ units: 4, inputShape: [6] }), counted(), tf.layers.dense(head)],
        };
        const { report } = await train(task, tf.train.adam(0.01), "graph", { steps: 40 });
        assert.equal(report.engine, isRun && sameKernels ? "eager" : "graph");
        assert.equal(calls >= 40, isRun, `${calls} calls`);
      }
    });

    it("runs as it is, with the reason, where a layer of the user's reads values", async () => {
      class Peek extends tf.layers.Layer {
        static className = "Peek";
        override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
          const x = Array.isArray(inputs) ? (inputs[0] as tf.Tensor) : inputs;
          return x.dataSync().length > 0 ? tf.relu(x) : x;
        }
      }
      tf.serialization.registerClass(Peek);
      const layers = () => [
        tf.layers.dense({ units: 4, inputShape: [6] }),
        new Peek({}),
        tf.layers.dense({ units: 3, activation: "softmax" }),
      ];
      const task = { ...(tasks.perceptron as Task), layers };
      const run = (mode: CompileMode) => train(task, tf.train.adam(0.01), mode, { steps: 12 });
      const [eager, graph] = [await run(false), await run("graph")];
      assert.deepEqual(graph.losses, eager.losses);
      assert.equal(graph.iterations, 12);
      assert.equal(graph.report.engine, "eager");
      const reason = sameKernels ? "its JavaScript has to run" : "it reads the values of a tensor";
      assert.ok(graph.report.reason?.startsWith(`The step was not recorded because ${reason}`));
      assert.deepEqual(graph.leftOver, [0, 0, 0, 0, 0]);
    });

    it("is what fit does by itself where there are steps enough", async () => {
      const run = async (options: FitOptions) => {
        const task = noisy;
        const model = initialize(tf.sequential({ layers: task.layers() }), 3);
        const optimizer = tf.train.adam(0.01);
        const data = tf.tidy(() => ({ x: task.x(), y: task.y() }));
        const rates = [0.01, 0.005, 0.002];
        const onEpochEnd = ({ epoch }: { epoch: number }) => {
          (optimizer as unknown as { learningRate: number }).learningRate = rates[epoch % 3] as number;
        };
        const given = { optimizer, loss: task.loss, show: false, callbacks: [{ onEpochEnd }], ...options };
        const history = await fitModel(model, data, {
          batchSize: 8,
          epochs: 8,
          seed: 4,
          validation: data,
          ...given,
        });
        const start = memory();
        await fitModel(model, data, { batchSize: 8, epochs: 8, seed: 5, ...given, optimizer: undefined });
        const end = memory();
        assert.deepEqual(
          [end.tensors, end.bytes, end.tensorFlowHandles],
          [start.tensors, start.bytes, start.tensorFlowHandles],
        );
        const { iterations } = optimizer;
        model.dispose();
        optimizer.dispose();
        tf.dispose(data);
        return { history, iterations };
      };
      const eager = await run({ compile: false });
      const auto = await run({});
      assert.equal(eager.history.engine, "eager");
      assert.equal(auto.history.engine, "graph");
      assert.equal(auto.history.engineReason, undefined);
      assertClose(auto.history.loss, eager.history.loss, tolerance, "loss");
      assertClose(auto.history.valLoss, eager.history.valLoss, tolerance, "validation loss");
      assert.equal(auto.iterations, eager.iterations);
      assert.equal((await run({ epochs: 2 })).history.engine, "eager", "too few steps");
    });

    it("leaves nothing after 1,000 steps", async () => {
      const run = (steps: number) =>
        train(tasks.perceptron as Task, tf.train.adam(0.001), "graph", { steps });
      await run(20);
      const start = process.memoryUsage().rss;
      const { leftOver } = await run(1000);
      assert.deepEqual(leftOver, [0, 0, 0, 0, 0]);
      assert.ok(process.memoryUsage().rss - start < 60e6);
    });
  });
}

describe("a recorded training step on tensorflow", { skip: obstacle("tensorflow") }, () => {
  before(() => use("tensorflow"));

  for (const optimizerName of ["sgd", "adam", "rmsprop"]) {
    it(`equals the eager one compiled by XLA: ${optimizerName}`, async () => {
      const optimizer = optimizers[optimizerName] as () => tf.Optimizer;
      for (const name of ["perceptron", "convolutions with batch normalisation", "embedding"]) {
        const task = tasks[name] as Task;
        const eager = await train(task, optimizer(), false, { steps: 30 });
        const xla = await train(task, optimizer(), "xla", { steps: 30 });
        assertClose(xla.losses, eager.losses, 1e-4, `${name}: loss and metric`);
        assert.deepEqual(xla.report, { engine: "xla", reason: undefined, recordings: 2 });
        assert.deepEqual(xla.leftOver, [0, 0, 0, 0, 0]);
      }
    });
  }

  for (const tried of [true, false]) {
    it(`gives the graph's numbers on a slow machine too, where XLA is ${tried ? "tried in vain" : "not tried"}`, async () => {
      const run = async (compile: CompileMode, epochs: number, isOver: () => boolean) => {
        // XLA's products are no match for TensorFlow's own.
        const scores = [
          tf.layers.embedding({ inputDim: 9, outputDim: 1, inputLength: 6 }),
          tf.layers.globalAveragePooling1d({}),
        ];
        const model = tf.sequential({ layers: tried ? scores : [...scores, tf.layers.dense({ units: 1 })] });
        const callback: FitCallback = {
          numbers: () => [],
          onEpochEnd: ({ stop }) => {
            if (isOver()) stop();
          },
        };
        const optimizer = tf.train.adam(0.01);
        const { loss, engine } = await fitModel(initialize(model, 1), data, {
          ...{ epochs, batchSize: 8, seed: 1, show: false, compile, loss: "meanSquaredError" },
          ...{ optimizer, callbacks: [callback] },
        });
        model.dispose();
        optimizer.dispose();
        return { loss, engine };
      };
      const data = {
        x: tf.randomUniform([24, 6], 0, 9, "int32", 1),
        y: tf.randomNormal([24, 1], 0, 1, "float32", 2),
      };
      await run("graph", 2, () => false);
      const held = memory();
      const trial = mock.method(StepFunction.prototype, "trial");
      // Each look at the clock takes a second, so that graph and XLA take as long.
      let looks = 0;
      const clock = mock.method(performance, "now", () => 1000 * looks++);
      const auto = await run("auto", tried ? 100_000 : 40, () => trial.mock.callCount() === 7);
      clock.mock.restore();
      trial.mock.restore();
      assert.equal(trial.mock.callCount(), tried ? 7 : 0);
      assert.equal(memory().tensors, held.tensors);
      assert.equal(memory().tensorFlowHandles, held.tensorFlowHandles);
      assert.deepEqual(auto, await run("graph", auto.loss.length, () => false));
      tf.dispose(data);
    });
  }

  it("runs a loss of the user's at each step, so that it may anneal, count and read the clock", async () => {
    const run = async (mode: CompileMode) => {
      let calls = 0;
      const loss = (target: tf.Tensor, prediction: tf.Tensor) => {
        calls++;
        return tf.losses.meanSquaredError(target, prediction).mul(calls < 30 ? 1 : 1 / calls);
      };
      const task = { ...(tasks.autoencoder as Task), loss: loss as unknown as string };
      return { ...(await train(task, tf.train.adam(0.005), mode)), calls };
    };
    const [eager, graph] = [await run(false), await run("graph")];
    assertClose(graph.losses, eager.losses, 1e-5, "loss and metric");
    assert.equal(graph.calls, eager.calls);
    assert.deepEqual(graph.report, { engine: "graph", reason: undefined, recordings: 2 });
  });
});

describe("a recorded training step on wasm", { skip: obstacle("wasm") }, () => {
  before(() => use("wasm"));

  it("runs as it is where a loss of the user's may count and read the clock, and says so", async () => {
    const loss = (target: tf.Tensor, prediction: tf.Tensor) => tf.losses.meanSquaredError(target, prediction);
    const task = { ...(tasks.autoencoder as Task), loss: loss as unknown as string };
    const { report } = await train(task, tf.train.adam(0.005), "graph", { steps: 8 });
    assert.equal(report.engine, "eager");
    assert.match(report.reason as string, /because its JavaScript has to run at each call/);
  });

  it("follows rates that change at each step without the layers' JavaScript", async () => {
    const made: Record<string, () => tf.Optimizer> = {
      ...optimizers,
      adamW: () => adamW({ learningRate: 0.005, weightDecay: 0.1 }),
      "sgd of the library": () => sgd({ learningRate: 0.02, momentum: 0.9, weightDecay: 0.1 }),
    };
    for (const [name, make] of Object.entries(made)) {
      let calls = 0;
      const counted = () => {
        const layer = tf.layers.dense({ units: 8, activation: "relu", inputShape: [6] });
        const { call } = layer;
        layer.call = (...given) => {
          calls++;
          return call.apply(layer, given);
        };
        return [layer, tf.layers.dense({ units: 3, activation: "softmax" })];
      };
      const run = (mode: CompileMode) => {
        const optimizer = make() as tf.Optimizer & {
          learningRate: number;
          momentum?: number;
          setLearningRate?(rate: number): void;
        };
        const start = optimizer.learningRate;
        const onStep = (step: number) => {
          const rate = start * (0.5 + 0.5 * Math.cos(step / 20));
          // An SGD keeps its rate as a tensor too.
          if (optimizer.setLearningRate) optimizer.setLearningRate(rate);
          else optimizer.learningRate = rate;
          if (name === "sgd of the library") optimizer.momentum = 0.8 + 0.1 * Math.sin(step / 10);
        };
        return train({ ...(tasks.perceptron as Task), layers: counted }, optimizer, mode, { onStep });
      };
      const eager = await run(false);
      calls = 0;
      const graph = await run("graph");
      assert.deepEqual(graph.losses, eager.losses, name);
      assert.deepEqual(graph.weights, eager.weights, name);
      assert.equal(graph.report.engine, "graph", name);
      assert.ok(calls <= 8, `${name}: ${calls} calls in 50 steps`);
      assert.deepEqual(graph.leftOver, [0, 0, 0, 0, 0], name);
    }
  });

  it("runs the recording where XLA is asked for, and says so", async () => {
    const { report } = await train(tasks.perceptron as Task, tf.train.adam(0.005), "xla", { steps: 20 });
    assert.equal(report.engine, "graph");
    assert.match(report.reason as string, /without XLA, which the backend "wasm" does not have/);
  });
});

describe("a training step on cpu", () => {
  it("is not recorded, and says so", async () => {
    await use("cpu");
    const { report } = await train(tasks.perceptron as Task, tf.train.adam(0.005), "graph", { steps: 8 });
    assert.equal(report.engine, "eager");
    assert.match(report.reason as string, /because the backend "cpu" can't do that/);
    const { reason } = (await train(tasks.perceptron as Task, tf.train.adam(0.005), false, { steps: 2 }))
      .report;
    assert.equal(reason, undefined);
  });
});
