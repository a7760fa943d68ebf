// Random operations draw the same numbers for the same seed however they are run, and fresh ones at every step.

import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { random, withRandomSource } from "../data/random.ts";
import * as layers from "../layers/index.ts";
import { compile, dropout, list, randomNormal, randomUniform, use } from "./index.ts";

const status = list().find(({ name }) => name === "tensorflow");
const image = [2, 4, 4, 3];

function layer(made: tf.layers.Layer): (x: tf.Tensor) => tf.Tensor {
  return (x) => made.apply(x, { training: true }) as tf.Tensor;
}

const operations: Record<string, (x: tf.Tensor) => tf.Tensor> = {
  dropout: layer(tf.layers.dropout({ rate: 0.4 })),
  alphaDropout: layer(tf.layers.alphaDropout({ rate: 0.4 })),
  gaussianNoise: layer(tf.layers.gaussianNoise({ stddev: 1 })),
  gaussianDropout: layer(tf.layers.gaussianDropout({ rate: 0.4 })),
  spatialDropout2d: layer(layers.spatialDropout2d({ rate: 0.4 })),
  stochasticDepth: layer(layers.stochasticDepth({ rate: 0.4 })),
  randomBrightness: layer(layers.randomBrightness({ factor: 0.5 })),
  randomFlip: layer(layers.randomFlip()),
  "tf.randomUniform": (x) => tf.add(x, tf.randomUniform(x.shape)),
  "tf.randomNormal": (x) => tf.add(x, tf.randomNormal(x.shape)),
  "tf.truncatedNormal": (x) => tf.add(x, tf.truncatedNormal(x.shape)),
  "tf.dropout": (x) => tf.dropout(x, 0.4),
};

describe("random operations", { skip: status?.available ? false : status?.reason }, () => {
  before(() => use("tensorflow"));

  for (const [name, operation] of Object.entries(operations)) {
    it(`${name}: eager, graph and XLA draw the same numbers`, () => {
      const x = tf.randomUniform(image, 0, 1, "float32", 1);
      const draws = (step: (x: tf.Tensor) => tf.Tensor, seed: number) =>
        withRandomSource(random(seed), () =>
          Array.from({ length: 6 }, () => tf.tidy(() => [...step(x).dataSync()])),
        );
      const eager = draws(operation, 7);
      assert.ok(new Set(eager.map(String)).size > 1, "every step drew the same");
      assert.notDeepEqual(draws(operation, 8), eager);
      for (const engine of ["graph", "xla"] as const) {
        const step = compile(operation, { engine });
        const found = draws(step, 7);
        found.forEach((numbers, index) => {
          const worst = Math.max(
            ...numbers.map((each, place) => Math.abs(each - (eager[index]?.[place] as number))),
          );
          assert.ok(worst < 1e-6, `${engine} differs by ${worst} in step ${index}`);
        });
        assert.equal(step.report.engine, engine, step.report.reason);
        step.dispose();
      }
      x.dispose();
    });
  }

  it("a pure step draws what an eager one draws, without its JavaScript", () => {
    const x = tf.ones([3, 4]);
    let runs = 0;
    const operation = (given: tf.Tensor) => {
      runs++;
      return tf.add(dropout(given, 0.5), tf.mul(randomNormal([3, 4]), randomUniform([4])));
    };
    const draws = (step: (given: tf.Tensor) => tf.Tensor) =>
      withRandomSource(random(3), () =>
        Array.from({ length: 10 }, () => tf.tidy(() => [...step(x).dataSync()])),
      );
    const eager = draws(operation);
    const step = compile(operation, { engine: "graph", pure: true });
    runs = 0;
    const found = draws(step);
    assert.ok(runs < 5, `the JavaScript ran ${runs} times`);
    found.forEach((numbers, index) => {
      numbers.forEach((each, place) => {
        assert.ok(Math.abs(each - (eager[index]?.[place] as number)) < 1e-6, `step ${index}`);
      });
    });
    step.dispose();
    x.dispose();
  });

  it("a pure step that draws in JavaScript too draws anew at each call", () => {
    const operation = () => tf.add(randomUniform([2]), Math.random() < 0.5 ? 0 : 1);
    const draws = (step: () => tf.Tensor) =>
      withRandomSource(random(5), () =>
        Array.from({ length: 12 }, () => tf.tidy(() => [...step().dataSync()])),
      );
    const step = compile(operation, { engine: "graph", pure: true });
    assert.deepEqual(draws(step), draws(operation));
    step.dispose();
  });

  it("uniform and normal numbers have their moments, and a seed gives the same ones", () => {
    tf.tidy(() => {
      const uniform = [...withRandomSource(random(1), () => randomUniform([100_000])).dataSync()];
      const normal = [...withRandomSource(random(1), () => randomNormal([100_000])).dataSync()];
      assert.ok(uniform.every((each) => each >= 0 && each < 1));
      const moments = (numbers: number[]) => {
        const mean = numbers.reduce((sum, each) => sum + each, 0) / numbers.length;
        return [mean, numbers.reduce((sum, each) => sum + (each - mean) ** 2, 0) / numbers.length];
      };
      for (const [numbers, mean, variance] of [[uniform, 0.5, 1 / 12] as const, [normal, 0, 1] as const]) {
        const found = moments(numbers);
        // Four standard errors, about.
        assert.ok(Math.abs(found[0] - mean) < 0.015 && Math.abs(found[1] - variance) < 0.02, String(found));
      }
      assert.deepEqual(randomUniform([5], 9).dataSync(), randomUniform([5], 9).dataSync());
      assert.notDeepEqual(randomUniform([5], 9).dataSync(), randomUniform([5], 10).dataSync());
    });
  });
});
