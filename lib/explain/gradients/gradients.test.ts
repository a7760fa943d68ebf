import assert from "node:assert/strict";
import { afterEach, before, beforeEach, describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { list, use } from "../../backend/index.ts";
import { assertClose } from "../battery/compare.ts";
import { buildReference, references, unpack } from "../battery/references.ts";
import { makeInputs, makeSpecimen, zoo } from "../battery/zoo.ts";
import type { Attribution } from "./attribution.ts";
import { deepLift } from "./deep-lift.ts";
import { inputXGradient, saliency, smoothGrad } from "./gradient.ts";
import { guidedBackprop, guidedGradCam } from "./guided.ts";
import { integratedGradients } from "./integrated.ts";
import { occlusion } from "./occlusion.ts";

let atStart: number;
before(() => use("cpu"));
beforeEach(() => {
  atStart = tf.memory().numTensors;
});
afterEach(() => assert.equal(tf.memory().numTensors, atStart, "tensors are left over"));

const baseline = 0.1;

type Method = (model: tf.LayersModel, x: tf.Tensor, layer: string) => Promise<Attribution>;

const methods: Record<string, Method> = {
  saliency: (model, x) => saliency(model, x, { absolute: false }),
  inputXGradient: (model, x) => inputXGradient(model, x),
  // Batches of 7 cut through the examples of a point.
  integratedGradients: (model, x) => integratedGradients(model, x, { baseline, batchSize: 7 }),
  "integratedGradients, right": (model, x) =>
    integratedGradients(model, x, { baseline, steps: 20, method: "riemannRight" }),
  occlusion: (model, x) => occlusion(model, x, { window: 3, stride: 2, fill: baseline, batchSize: 6 }),
  guidedBackprop: (model, x) => guidedBackprop(model, x),
  guidedGradCam: (model, x, layer) => guidedGradCam(model, x, { layer }),
  deepLift: (model, x) => deepLift(model, x, { baseline }),
};

for (const backend of ["cpu", "tensorflow", "wasm"] as const) {
  const status = list().find(({ name }) => name === backend);
  describe(`captum, on ${backend}`, { skip: status?.available ? false : status?.reason }, () => {
    before(() => use(backend));
    for (const reference of references.networks) {
      it(reference.name, async () => {
        const model = buildReference(reference);
        const x = unpack(reference.input);
        const firstRelu = reference.layers.find((layer) => layer.class === "ReLU")?.config.name as string;
        for (const [name, method] of Object.entries(methods)) {
          const result = await method(model, x, firstRelu);
          assertClose(result.attribution, (reference.gradients[name] as { data: number[] }).data, 1e-4, name);
          const logits = reference.target.map(
            (one, i) => reference.output.data[i * (reference.output.shape[1] as number) + one],
          );
          assertClose(result.scores, logits as number[], 1e-5, `${name}: scores`);
          result.dispose();
        }
        x.dispose();
        model.dispose();
      });
    }
  });
}

describe("invariants", () => {
  before(() => use("cpu"));
  const image = zoo[0] as (typeof zoo)[number];

  it("a linear model is explained exactly by every method", async () => {
    const model = tf.sequential({
      layers: [tf.layers.dense({ inputShape: [3], units: 2, activation: "softmax" })],
    });
    tf.tidy(() =>
      model.setWeights([
        tf.tensor([
          [2, 1],
          [-1, 4],
          [3, 5],
        ]),
        tf.tensor([7, 8]),
      ]),
    );
    const x = tf.tensor2d([[1, 2, -3]]);
    const products = [2, -2, -9];
    for (const explained of [
      await inputXGradient(model, x, { target: 0 }),
      await integratedGradients(model, x, { target: 0, steps: 2 }),
      await deepLift(model, x, { target: 0 }),
      await occlusion(model, x, { target: 0, window: 1 }),
    ]) {
      assertClose(explained.attribution, products, 1e-6, "products");
      assert.deepEqual(explained.scores, [-2]);
      explained.dispose();
    }
    const gradient = await saliency(model, x, { target: 0 });
    assert.deepEqual(Array.from(gradient.attribution.dataSync()), [2, 1, 3]);
    gradient.dispose();
    x.dispose();
    model.dispose();
  });

  it("integrated gradients and DeepLIFT add up to the difference of the scores", async () => {
    const model = makeSpecimen(image);
    const [x] = makeInputs(image) as [tf.Tensor];
    const lifted = await deepLift(model, x, { baseline });
    const coarse = await integratedGradients(model, x, { baseline, steps: 5, method: "riemannLeft" });
    const fine = await integratedGradients(model, x, { baseline, steps: 400, method: "riemannMiddle" });
    for (const [index, score] of lifted.scores.entries()) {
      const error = (result: { completenessError: number[] }) =>
        Math.abs(result.completenessError[index] as number);
      assert.ok(error(lifted) < 1e-5 * Math.max(1, Math.abs(score)), `DeepLIFT is off by ${error(lifted)}`);
      assert.ok(error(fine) < 5e-3, `integrated gradients are off by ${error(fine)}`);
      assert.ok(error(fine) < error(coarse));
    }
    for (const result of [lifted, coarse, fine]) result.dispose();
    x.dispose();
    model.dispose();
  });

  it("Gauss-Legendre is exact for a polynomial", async () => {
    // The score is the product of two inputs; its integral along the way is exact with one point.
    const start = tf.input({ shape: [1] });
    const square = tf.layers.multiply().apply([start, start]) as tf.SymbolicTensor;
    const model = tf.model({ inputs: start, outputs: square });
    const x = tf.tensor2d([[3]]);
    const result = await integratedGradients(model, x, { steps: 1 });
    assert.ok(Math.abs((result.attribution.dataSync()[0] as number) - 9) < 1e-5);
    result.dispose();
    x.dispose();
    model.dispose();
  });

  it("SmoothGrad without noise is the gradient; with a seed it repeats", async () => {
    const model = makeSpecimen(image);
    const [x] = makeInputs(image) as [tf.Tensor];
    const gradient = await saliency(model, x, { absolute: false });
    const still = await smoothGrad(model, x, { noiseLevel: 0, samples: 2 });
    assertClose(still.attribution, Array.from(gradient.attribution.dataSync()), 1e-6, "without noise");
    const values = async (seed: number) => {
      const { attribution } = await smoothGrad(model, x, { samples: 3, seed });
      const numbers = Array.from(attribution.dataSync());
      attribution.dispose();
      return numbers;
    };
    assert.deepEqual(await values(1), await values(1));
    assert.notDeepEqual(await values(1), await values(2));
    gradient.dispose();
    still.dispose();
    x.dispose();
    model.dispose();
  });

  it("works on every kind of image network, sequence and attention", async () => {
    for (const specimen of zoo) {
      if (specimen.tokens || specimen.inputs.length > 1) continue;
      const model = makeSpecimen(specimen);
      const [x] = makeInputs(specimen) as [tf.Tensor];
      const held = tf.memory().numTensors;
      const plain = await inputXGradient(model, x, { target: 1 });
      const lifted = await deepLift(model, x, { target: 1 });
      assert.deepEqual(plain.attribution.shape, x.shape);
      assert.ok(lifted.attribution.dataSync().every(Number.isFinite), specimen.name);
      plain.dispose();
      lifted.dispose();
      assert.equal(tf.memory().numTensors, held, specimen.name);
      x.dispose();
      // TensorFlow.js keeps the weights of a layer that is used twice.
      const weights = model.getWeights();
      model.dispose();
      tf.dispose(weights);
    }
  });
});

it("refuses what it can't do, naming it, and can be interrupted", async () => {
  const model = tf.sequential({ layers: [tf.layers.dense({ inputShape: [3], units: 2 })] });
  const x = tf.ones([1, 3]);
  for (const method of [
    saliency,
    inputXGradient,
    smoothGrad,
    integratedGradients,
    deepLift,
    guidedBackprop,
  ]) {
    await assert.rejects(method(model, x, { target: 2 }), /class 2; the model's classes are 0 to 1/);
  }
  await assert.rejects(integratedGradients(model, x, { steps: 0 }), /steps is 0/);
  await assert.rejects(smoothGrad(model, x, { samples: 0 }), /samples 0/);
  await assert.rejects(
    occlusion(model, x, { window: 4 }),
    /window is 4; for an input of 3 it takes 1 whole numbers/,
  );
  await assert.rejects(occlusion(model, x, { window: 1, stride: 0 }), /stride is 0/);
  const stopped = { signal: AbortSignal.abort(new Error("enough")) };
  await assert.rejects(integratedGradients(model, x, stopped), /enough/);
  await assert.rejects(smoothGrad(model, x, stopped), /enough/);
  await assert.rejects(occlusion(model, x, { ...stopped, window: 1 }), /enough/);
  x.dispose();
  model.dispose();
});
