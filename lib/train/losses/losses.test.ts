import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, describe, test } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { testedBackends } from "../../backend/battery/backends.ts";
import { use } from "../../backend/index.ts";
import * as losses from "./index.ts";

interface Case {
  name: keyof typeof losses;
  options: object | null;
  target: number[];
  prediction: number[];
  values: number[];
  gradient: tf.TensorLike;
}

const file = new URL("../../../../tests/refs/losses.json", import.meta.url);
const cases: Case[] = JSON.parse(readFileSync(file, "utf8"));
const make = losses as unknown as Record<string, (options?: object) => losses.Loss>;

function assertClose(actual: tf.Tensor, expected: tf.TensorLike, tolerance: number, what: string): void {
  const wanted = tf.tensor(expected);
  assert.deepEqual(actual.shape, wanted.shape, `${what}: shape`);
  const [found, numbers] = [actual.dataSync(), wanted.dataSync()];
  numbers.forEach((value, index) => {
    const near = Math.abs((found[index] as number) - value) <= tolerance * Math.max(1, Math.abs(value));
    assert.ok(near, `${what}: value ${index} is ${found[index]} instead of ${value}`);
  });
}

for (const backend of testedBackends()) {
  describe(`losses on ${backend.name}`, { skip: backend.available ? false : backend.reason }, () => {
    before(() => use(backend.name));

    for (const [index, { name, options, ...data }] of cases.entries()) {
      test(`${index} ${name} ${JSON.stringify(options)} gives PyTorch's values and gradients`, () => {
        const before = tf.memory().numTensors;
        tf.tidy(() => {
          const loss = (make[name] as (options?: object) => losses.Loss)(options ?? undefined);
          const [target, prediction] = [tf.tensor(data.target), tf.tensor(data.prediction)];
          assertClose(loss(target, prediction), data.values, 2e-6, "value");
          const gradient = tf.grad((x) => tf.mean(loss(target, x)))(prediction);
          assertClose(gradient, data.gradient, 2e-6, "gradient");
        });
        assert.equal(tf.memory().numTensors, before);
      });
    }
  });
}

describe("losses", () => {
  before(() => use("cpu"));

  test("a perfect overlap has a finite gradient under a power below 1", () => {
    const loss = losses.tversky({ gamma: 0.75, fromLogits: false });
    const target = tf.eye(2);
    const gradient = tf.grad((x) => tf.mean(loss(target, x)))(target.clone());
    assert.ok(gradient.dataSync().every(Number.isFinite), String(gradient));
  });

  test("a sample's weight multiplies its loss", () => {
    const loss = losses.huber();
    const [target, prediction] = [tf.zeros([3, 1]), tf.tensor2d([[1], [2], [3]])];
    assert.deepEqual([...loss(target, prediction).dataSync()], [0.5, 1.5, 2.5]);
    assert.deepEqual([...loss(target, prediction, [1, 0, 2]).dataSync()], [0.5, 0, 5]);
  });

  test("class numbers may be [n], [n, 1] or one-hot, and predictions [n, 1] take targets [n]", () => {
    const logits = tf.randomNormal([4, 3], 0, 1, "float32", 1);
    const numbers = tf.tensor1d([0, 1, 2, 1], "int32");
    const loss = losses.crossEntropy({ fromLogits: true });
    const expected = [...loss(numbers, logits).dataSync()];
    assert.deepEqual([...loss(numbers.reshape([4, 1]).toFloat(), logits).dataSync()], expected);
    assert.deepEqual([...loss(tf.oneHot(numbers, 3), logits).dataSync()], expected);
    assert.deepEqual(losses.hinge()(tf.zeros([4]), tf.zeros([4, 1])).shape, [4]);
  });

  test("probabilities of 0 give large losses, not infinite ones", () => {
    const certain = tf.tensor2d([[0, 1]]);
    const wrong = tf.tensor1d([0], "int32");
    for (const loss of [losses.crossEntropy, losses.focal, losses.kullbackLeibler]) {
      const target = loss === losses.kullbackLeibler ? tf.tensor2d([[1, 0]]) : wrong;
      const value = loss({ fromLogits: false })(target, certain).dataSync()[0] as number;
      assert.ok(value > 15 && value < 17, String(value));
    }
  });

  test("what doesn't fit is named", () => {
    const loss = losses.crossEntropy({ fromLogits: true });
    assert.throws(
      () => loss(tf.zeros([3]), tf.zeros([4, 5])),
      /crossEntropy: the target has the shape \[3\] and the prediction \[4,5\].*class numbers, \[4\]/,
    );
    assert.throws(() => losses.huber()(tf.zeros([3]), tf.zeros([4])), /huber: .* as many values/);
    assert.throws(() => losses.huber({ delta: 0 }), /delta is 0/);
    assert.throws(() => losses.labelSmoothing({ fromLogits: true, labelSmoothing: 2 }), /from 0 to 1/);
    assert.throws(() => losses.triplet()(tf.zeros([3]), tf.zeros([3, 4])), /must be \[n, 3, d\]/);
    assert.throws(
      () => losses.focal({ fromLogits: true, alpha: [1, 2] })(tf.zeros([2]), tf.zeros([2, 3])),
      /alpha has 2 weights and the prediction 3 classes/,
    );
    assert.throws(
      () => losses.connectionist({ fromLogits: true })(tf.zeros([2, 3]), tf.zeros([2, 3])),
      /must be \[n, most labels\] and \[n, time, classes\]/,
    );
  });
});
