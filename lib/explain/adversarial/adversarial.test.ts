import assert from "node:assert/strict";
import { afterEach, before, beforeEach, describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { list, use } from "../../backend/index.ts";
import { assertClose } from "../battery/compare.ts";
import { carliniWagner, compareAttack, deepFool, fgsm, pgd, robustAccuracy } from "./index.ts";

let atStart: number;
before(() => use("cpu"));
beforeEach(() => {
  atStart = tf.memory().numTensors;
});
afterEach(() => assert.equal(tf.memory().numTensors, atStart, "tensors are left over"));

// Logits 3a + 4b and 0 of points (a, b): the border is 3a + 4b = 0, at the distance |3a + 4b| / 5.
function linear(): tf.LayersModel {
  const model = tf.sequential({
    layers: [tf.layers.dense({ inputShape: [2], units: 2, useBias: false, activation: "softmax" })],
  });
  tf.tidy(() =>
    model.setWeights([
      tf.tensor2d([
        [3, 0],
        [4, 0],
      ]),
    ]),
  );
  return model;
}

const points = [
  [1, 1],
  [-1, -2],
  [0.5, 0],
];
const distance = [7 / 5, 11 / 5, 1.5 / 5];
const range = [-10, 10] as const;

for (const backend of ["cpu", "tensorflow", "wasm"] as const) {
  const status = list().find(({ name }) => name === backend);
  describe(`attacks, on ${backend}`, { skip: status?.available ? false : status?.reason }, () => {
    before(() => use(backend));
    let model: tf.LayersModel;
    let x: tf.Tensor2D;
    beforeEach(() => {
      model = linear();
      x = tf.tensor2d(points);
    });
    afterEach(() => {
      tf.dispose(x);
      model.dispose();
      assert.equal(tf.memory().numTensors, atStart, "tensors are left over");
    });

    it("FGSM goes along the signs, or along the gradient", async () => {
      const signs = await fgsm(model, x, { epsilon: 1, range });
      assertClose(signs.adversarial, [0, 0, 0, -1, -0.5, -1], 1e-6, "signs");
      assert.deepEqual(signs.success, [false, false, true]);
      const straight = await fgsm(model, x, { epsilon: 2, norm: "l2", range });
      assertClose(straight.adversarial, [-0.2, -0.6, 0.2, -0.4, -0.7, -1.6], 1e-5, "straight");
      assert.deepEqual(straight.predictions, [1, 1, 1]);
      assertClose(
        straight.distances.map(({ l2 }) => l2),
        [2, 2, 2],
        1e-5,
        "distances",
      );
      const wanted = await fgsm(model, x, { epsilon: 1, targets: [0, 0, 1], range });
      assertClose(wanted.adversarial, [2, 2, 0, -1, -0.5, -1], 1e-6, "towards targets");
      const edge = await fgsm(model, x, { epsilon: 1, range: [-2, 2] });
      for (const one of [signs, straight, wanted, edge]) one.dispose();
    });

    it("PGD stays within its distance and is the same for a seed", async () => {
      for (const norm of ["linf", "l2"] as const) {
        const options = { epsilon: 1.5, norm, steps: 20, stepSize: 1, range, batchSize: 2, seed: 3 };
        const result = await pgd(model, x, options);
        const again = await pgd(model, x, options);
        const limit = { linf: 1.5, l2: 1.5 };
        assert.ok(result.distances.every((one) => one[norm] <= limit[norm] + 1e-5));
        assert.deepEqual(result.success, [true, false, true]);
        assert.deepEqual([...result.adversarial.dataSync()], [...again.adversarial.dataSync()]);
        result.dispose();
        again.dispose();
      }
    });

    it("DeepFool finds the border of a linear model in one step", async () => {
      const result = await deepFool(model, x, { range, overshoot: 0.02 });
      assert.deepEqual(result.success, [true, true, true]);
      const expected = distance.map((one) => 1.02 * (one + 1e-4));
      assertClose(
        result.distances.map(({ l2 }) => l2),
        expected,
        1e-4,
        "distances",
      );
      const already = await deepFool(model, x, { range, labels: [1, 0, 1] });
      assert.deepEqual(
        already.distances.map(({ l2 }) => l2),
        [0, 0, 0],
      );
      result.dispose();
      already.dispose();
    });

    it("Carlini and Wagner find nearly the smallest change", async () => {
      const result = await carliniWagner(model, x, { range: [-4, 4], steps: 100 });
      assert.deepEqual(result.success, [true, true, true]);
      result.distances.forEach(({ l2 }, index) => {
        const best = distance[index] as number;
        assert.ok(l2 >= best - 1e-4 && l2 < best * 1.1, `${l2} instead of ${best}`);
      });
      result.dispose();
    });
  });
}

describe("robustness", () => {
  before(() => use("cpu"));

  it("the curve falls where the examples' distances lie", async () => {
    const model = linear();
    const data = { x: tf.tensor2d(points), y: tf.tensor1d([0, 1, 1], "int32") };
    const epsilons = [2, 0, 1];
    const straight = await robustAccuracy(model, data, { attack: "deepFool", epsilons, range });
    // The third is wrong from the start.
    assert.deepEqual(straight.epsilons, [0, 1, 2]);
    assertClose(straight.accuracy, [2 / 3, 2 / 3, 1 / 3], 1e-9, "deepFool");
    const signs = await robustAccuracy(model, data, { attack: "fgsm", epsilons: [0, 0.9, 1.1, 2], range });
    assertClose(signs.accuracy, [2 / 3, 2 / 3, 1 / 3, 0], 1e-9, "fgsm");
    assert.match(String((await signs.figure.toMime())["text/plain"]), /Robust accuracy/);
    tf.dispose([data.x, data.y]);
    model.dispose();
  });

  it("shows explanations before and after", async () => {
    const model = tf.sequential({
      layers: [tf.layers.flatten({ inputShape: [4, 4, 1] }), tf.layers.dense({ units: 3 })],
    });
    const weights = model.getWeights().map((one) => [...one.dataSync()]);
    const x = tf.randomUniform([2, 4, 4, 1], 0, 1, "float32", 1);
    const attacked = await pgd(model, x, { epsilon: 0.9 });
    const figure = await compareAttack(model, x, attacked, { classNames: ["cat", "dog", "owl"] });
    const text = String((await figure.toMime())["text/plain"]);
    assert.match(text, /^Before and after the attack: (cat|dog|owl) → (cat|dog|owl); /);
    assert.deepEqual(
      model.getWeights().map((one) => [...one.dataSync()]),
      weights,
    );
    await assert.rejects(pgd(model, x, { signal: AbortSignal.abort(new Error("stop")) }), /stop/);
    await assert.rejects(fgsm(model, x, { labels: [0] }), /1 labels for 2 examples/);
    await assert.rejects(
      fgsm(model, x, { labels: [0, 7] }),
      /one of which is 7; each example needs a class from 0 to 2/,
    );
    await assert.rejects(fgsm(model, x, { epsilon: -1 }), /epsilon is -1/);
    attacked.dispose();
    x.dispose();
    model.dispose();
  });
});
