import assert from "node:assert/strict";
import { afterEach, before, beforeEach, describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { list, use } from "../../backend/index.ts";
import { assertClose } from "../battery/compare.ts";
import { inputXGradient } from "../gradients/gradient.ts";
import { lrp } from "../lrp/lrp.ts";
import {
  compareMethods,
  modelRandomisation,
  pixelFlipping,
  pointingGame,
  regionPerturbation,
  relevanceMass,
  relevanceRank,
  sparseness,
} from "./index.ts";

let atStart: number;
before(() => use("cpu"));
beforeEach(() => {
  atStart = tf.memory().numTensors;
});
afterEach(() => assert.equal(tf.memory().numTensors, atStart, "tensors are left over"));

/** The logit is the sum of all pixels times the weights. */
function weighing(weights: number[], side: number): tf.LayersModel {
  const model = tf.sequential({
    layers: [
      tf.layers.flatten({ inputShape: [side, side, 1] }),
      tf.layers.dense({ units: 2, useBias: false, activation: "softmax" }),
    ],
  });
  tf.tidy(() =>
    model.setWeights([
      tf.tensor2d(
        weights.flatMap((weight) => [weight, 0]),
        [side * side, 2],
      ),
    ]),
  );
  return model;
}

for (const backend of ["cpu", "tensorflow", "wasm"] as const) {
  const status = list().find(({ name }) => name === backend);
  describe(`perturbation, on ${backend}`, { skip: status?.available ? false : status?.reason }, () => {
    before(() => use(backend));

    it("covers pixels in order and takes the area over the curve", async () => {
      const model = weighing([4, 1, 2, 3], 2);
      const x = tf.ones([1, 2, 2, 1]);
      const explanation = await inputXGradient(model, x);
      const options = { target: 0, pixels: 1 };
      const most = await pixelFlipping(model, x, explanation, options);
      assertClose(most.curve, [10, 6, 3, 1, 0], 1e-6, "most relevant first");
      assert.ok(Math.abs(most.aopc - (0 + 4 + 7 + 9 + 10) / 5) < 1e-5);
      const least = await pixelFlipping(model, x, explanation, { ...options, order: "lerf" });
      assertClose(least.curve, [10, 9, 7, 4, 0], 1e-6, "least relevant first");
      const pairs = await pixelFlipping(model, x, explanation, { ...options, pixels: 2, fill: 2 });
      assertClose(pairs.curve, [10, 17, 20], 1e-6, "two at a time, made brighter");
      const chance = await pixelFlipping(model, x, explanation, { ...options, order: "random", seed: 1 });
      const again = await pixelFlipping(model, x, explanation, { ...options, order: "random", seed: 1 });
      assert.deepEqual(chance.curve, again.curve);
      const probable = await pixelFlipping(model, x, explanation, { ...options, score: "probability" });
      const probability = (logit: number) => 1 / (1 + Math.exp(-logit));
      assertClose(probable.curve, [10, 6, 3, 1, 0].map(probability), 1e-5, "probability");
      explanation.dispose();
      x.dispose();
      model.dispose();
    });

    it("covers regions by the sum of their relevance, also smaller ones at the edge", async () => {
      // Regions of 2 × 2 in 3 × 3 pixels: sums 4, 2, 6, 5.
      const weights = [1, 1, 1, 1, 1, 1, 3, 3, 5];
      const model = weighing(weights, 3);
      const x = tf.ones([2, 3, 3, 1]);
      const explanation = await inputXGradient(model, x, { target: 0 });
      const result = await regionPerturbation(model, x, explanation, {
        target: 0,
        regionSize: 2,
        batchSize: 3,
      });
      assertClose(result.curve, [17, 11, 6, 2, 0], 1e-6, "curve");
      assert.equal(result.aopcs.length, 2);
      assert.match(String((await result.figure.toMime())["text/plain"]), /AOPC 9\.800/);
      const short = await regionPerturbation(model, x, explanation, {
        target: 0,
        regionSize: 2,
        steps: 1,
        fill: "mean",
      });
      assertClose(short.curve, [17, 17], 1e-6, "by the mean nothing changes");
      const other = tf.zeros([2, 4, 4]);
      await assert.rejects(regionPerturbation(model, x, other), /a map for each image, of its size/);
      await assert.rejects(regionPerturbation(model, x, explanation, { regionSize: 0 }), /regionSize is 0/);
      tf.dispose(other);
      explanation.dispose();
      x.dispose();
      model.dispose();
    });
  });
}

describe("localisation", () => {
  before(() => use("cpu"));

  it("counts on integers", () => {
    const map = tf.tensor3d([
      [
        [4, -5],
        [2, 2],
      ],
      [
        [0, 1],
        [9, 0],
      ],
    ]);
    const mask = tf.tensor3d([
      [
        [1, 1],
        [0, 0],
      ],
      [
        [0, 1],
        [0, 0],
      ],
    ]);
    assert.deepEqual(pointingGame(map, mask), [true, false]);
    assert.deepEqual(pointingGame(map, mask, { tolerance: 1.5 }), [true, true]);
    assert.deepEqual(relevanceMass(map, mask), [0.5, 0.1]);
    assert.deepEqual(relevanceRank(map, mask), [0.5, 0]);
    const none = tf.zerosLike(mask);
    assert.throws(() => relevanceMass(map, none), /Mask 0 is empty/);
    tf.dispose([map, mask, none]);
  });

  it("sparseness is 0 for equal values and 1 − 1/n for one", () => {
    const map = tf.tensor2d([
      [1, -1, 1, -1],
      [0, 0, -7, 0],
      [1, 2, 3, 4],
      [0, 0, 0, 0],
    ]);
    assert.deepEqual(sparseness(map), [0, 0.75, 0.25, 0]);
    map.dispose();
  });
});

describe("randomisation", () => {
  before(() => use("cpu"));

  it("finds what depends on the weights, and puts them back bit by bit", async () => {
    const model = tf.sequential({
      layers: [
        tf.layers.conv2d({ inputShape: [6, 6, 1], filters: 3, kernelSize: 3, activation: "relu" }),
        tf.layers.flatten(),
        tf.layers.dense({ units: 2 }),
      ],
    });
    const weights = model.getWeights().map((one) => [...one.dataSync()]);
    const x = tf.randomUniform([2, 6, 6, 1], 0, 1, "float32", 1);
    for (const mode of ["cascading", "independent"] as const) {
      const edges = await modelRandomisation(model, x, async (_, images) => tf.clone(images), { mode });
      assert.deepEqual(edges.similarity, [1, 1]);
      const real = await modelRandomisation(model, x, (one, images) => lrp(one, images, { target: 0 }), {
        mode,
      });
      assert.deepEqual(real.layers, [model.layers[2]?.name, model.layers[0]?.name]);
      assert.ok(real.similarity.every((one) => one > -1 && one < 0.99));
      assert.deepEqual(
        model.getWeights().map((one) => [...one.dataSync()]),
        weights,
      );
    }
    await assert.rejects(
      modelRandomisation(model, x, async (one, images) => {
        if (one.getWeights()[2]?.dataSync()[0] !== weights[2]?.[0]) throw new Error("broken");
        return tf.clone(images);
      }),
      /broken/,
    );
    assert.deepEqual(
      model.getWeights().map((one) => [...one.dataSync()]),
      weights,
    );
    x.dispose();
    model.dispose();
  });
});

describe("methods compared", () => {
  before(() => use("cpu"));

  it("the right explanation beats chance", async () => {
    const model = weighing(
      Array.from({ length: 81 }, (_, pixel) => (pixel % 9 < 3 ? 1 : 0)),
      9,
    );
    const x = tf.randomUniform([6, 9, 9, 1], 0.5, 1, "float32", 3);
    const { scores, figure } = await compareMethods(model, x, [
      "lrp",
      "inputXGradient",
      "occlusion",
      "random",
    ]);
    const { inputXGradient: best, random: chance } = scores;
    assert.ok(best && chance && best.low > chance.high, JSON.stringify(scores));
    assert.ok(best.low <= best.value && best.value <= best.high);
    const text = String((await figure.toMime())["text/plain"]);
    assert.match(
      text,
      /^Methods compared: AOPC lrp [\d.]+ \[[\d.]+, [\d.]+\]; inputXGradient .*\(6 images\)$/,
    );
    const mine = await compareMethods(model, x, [{ mine: async (_, images) => tf.clone(images) }], {
      regionSize: 3,
    });
    assert.deepEqual(Object.keys(mine.scores), ["mine"]);
    await assert.rejects(compareMethods(model, x, ["shap" as "lrp"]), /no method "shap"; choose from lrp/);
    x.dispose();
    model.dispose();
  });
});
