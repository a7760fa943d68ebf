import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, describe, test } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { testedBackends } from "../../backend/battery/backends.ts";
import { list, use } from "../../backend/index.ts";
import { random } from "../../data/random.ts";
import type { CompileMode } from "../compile-mode.ts";
import { initialize } from "../initialize.ts";
import { TrainingStep } from "../training-step.ts";
import { adamW, lamb, lion, nadam, radam, sgd } from "./index.ts";

interface References {
  x: number[][];
  y: number[][];
  start: tf.TensorLike[];
  cases: { name: Name; options: object; steps: number[][] }[];
}

const optimizers = { adamW, nadam, radam, lion, lamb, sgd };
type Name = keyof typeof optimizers;

const file = new URL("../../../../tests/refs/optimizers.json", import.meta.url);
const references: References = JSON.parse(readFileSync(file, "utf8"));

function assertClose(found: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number, what: string) {
  assert.equal(found.length, expected.length, what);
  for (let index = 0; index < expected.length; index++) {
    const [a, b] = [found[index] as number, expected[index] as number];
    assert.ok(
      Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(b)),
      `${what} ${index}: ${a}, expected ${b}`,
    );
  }
}

for (const backend of testedBackends()) {
  describe(`optimizers on ${backend.name}`, { skip: backend.available ? false : backend.reason }, () => {
    before(() => use(backend.name));

    for (const { name, options, steps } of references.cases) {
      test(`${name} ${JSON.stringify(options)} goes PyTorch's way`, () => {
        const start = tf.memory().numTensors;
        const [x, y] = [tf.tensor2d(references.x), tf.tensor2d(references.y)];
        const weights = references.start.map((each) => tf.tidy(() => tf.variable(tf.tensor(each))));
        const [w, b] = weights as [tf.Variable, tf.Variable];
        const optimizer = optimizers[name](options);
        for (const [index, expected] of steps.entries()) {
          optimizer.minimize(
            () => tf.mean(tf.square(tf.tanh(x.matMul(w).add(b)).sub(y))) as tf.Scalar,
            false,
            weights,
          );
          const found = [...w.dataSync(), ...b.dataSync()];
          assertClose(found, expected, 1e-5, `step ${index + 1}: weight`);
        }
        assert.equal(optimizer.iterations, 20);
        optimizer.dispose();
        tf.dispose([x, y, weights]);
        assert.equal(tf.memory().numTensors, start);
      });
    }
  });
}

const status = list().find(({ name }) => name === "tensorflow");

describe("recorded", { skip: status?.available ? false : status?.reason }, () => {
  before(() => use("tensorflow"));

  async function train(name: Name, mode: CompileMode) {
    const model = initialize(
      tf.sequential({
        layers: [
          tf.layers.dense({ units: 16, activation: "tanh", inputShape: [6] }),
          tf.layers.dense({ units: 3, activation: "softmax" }),
        ],
      }),
      3,
    );
    const optimizer = optimizers[name]({ weightDecay: 0.05, learningRate: 0.01 });
    model.compile({ optimizer, loss: "sparseCategoricalCrossentropy" });
    const step = new TrainingStep(model, mode);
    const source = random(1);
    let settled = 0;
    for (let index = 0; index < 50; index++) {
      const numbers = Float32Array.from({ length: 48 }, () => source.normal());
      const x = tf.tensor2d(numbers, [8, 6]);
      // The rate falls: the recording has to follow.
      (optimizer as unknown as { learningRate: number }).learningRate = 0.01 / (1 + index / 10);
      await step.start({ x, y: tf.tidy(() => tf.argMax(x, 1).mod(tf.scalar(3, "int32"))) }, source).values();
      if (index === 5) settled = tf.memory().numTensors;
    }
    const weights = model.getWeights().flatMap((weight) => [...weight.dataSync()]);
    assert.equal(tf.memory().numTensors, settled);
    const { report } = step;
    const { iterations } = optimizer;
    step.dispose();
    model.dispose();
    optimizer.dispose();
    return { weights, report, iterations };
  }

  for (const name of Object.keys(optimizers) as Name[]) {
    test(`${name} in a graph gives the weights of single operations after 50 steps`, async () => {
      const [eager, graph] = [await train(name, false), await train(name, "graph")];
      assertClose(graph.weights, eager.weights, 1e-5, "weight");
      assert.deepEqual(graph.report, { engine: "graph", reason: undefined, recordings: 1 });
      assert.deepEqual([eager.iterations, graph.iterations], [50, 50]);
    });
  }
});

describe("optimizers", () => {
  before(() => use("cpu"));

  test("settings that make no sense are named", () => {
    assert.throws(() => optimizers.adamW({ learningRate: -1 }), /learningRate is -1/);
    assert.throws(() => optimizers.adamW({ beta1: 1 }), /beta1 is 1; .* below 1/);
    assert.throws(() => optimizers.sgd({ nesterov: true }), /needs a momentum/);
  });

  test("a missing gradient leaves its variable alone and the others' memory in place", () => {
    const [a, b] = [tf.variable(tf.scalar(1)), tf.variable(tf.scalar(1))];
    const optimizer = optimizers.sgd({ momentum: 0.5, learningRate: 1 });
    const apply = (...gradients: (number | null)[]) =>
      tf.tidy(() =>
        optimizer.applyGradients(
          [a, b].map(({ name }, index) => {
            const gradient = gradients[index];
            return { name, tensor: (gradient === null ? null : tf.scalar(gradient as number)) as tf.Tensor };
          }),
        ),
      );
    apply(null, 1);
    apply(2, 0);
    assert.deepEqual([a.dataSync()[0], b.dataSync()[0]], [-1, -0.5]);
    optimizer.dispose();
    tf.dispose([a, b]);
  });
});
