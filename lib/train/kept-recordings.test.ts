// A training that follows another one of the same model goes on with its recordings, and gives the same numbers as one
// that records anew, whatever was changed in between.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { setTimeout } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import * as tf from "@tensorflow/tfjs";
import { list, use } from "../backend/index.ts";
import type { CApi } from "../backend/tensorflow/c-api.ts";
import { tensorFlowEngine } from "../backend/tensorflow/register.ts";
import { clipGradients } from "./callbacks/index.ts";
// Under its own name the linter takes it for a focused test.
import { type FitOptions, fit as fitModel } from "./fit.ts";
import { initialize } from "./initialize.ts";
import { keptRecordings } from "./kept-recordings.ts";
import { crossEntropy } from "./losses/index.ts";

const status = list().find(({ name }) => name === "tensorflow");

describe("the recordings of a model", { skip: status?.available ? false : status?.reason }, () => {
  let data: { x: tf.Tensor; y: tf.Tensor };
  /** Recorded steps that were made, and all functions in TensorFlow's context: steps and those that they need. */
  let recorded = 0;
  const functions = new Set<string>();
  const isStep = (name: string) => name.startsWith("recorded_step");
  const held = () => [...functions].filter(isStep).length;
  let restore: () => void;
  before(async () => {
    await use("tensorflow");
    data = { x: tf.randomNormal([20, 6], 0, 1, "float32", 3), y: tf.randomUniform([20], 0, 3, "int32", 4) };
    const { api } = (tensorFlowEngine() as { context: { api: CApi } }).context;
    const { TF_GraphToFunctionWithControlOutputs: make, TFE_ContextRemoveFunction: remove } = api;
    // Those of node:test remember the stack of each call, with the models in it.
    api.TF_GraphToFunctionWithControlOutputs = (...given) => {
      const [, name] = given;
      functions.add(name);
      if (isStep(name)) recorded++;
      return make(...given);
    };
    api.TFE_ContextRemoveFunction = (...given) => {
      functions.delete(given[1]);
      remove(...given);
    };
    restore = () =>
      Object.assign(api, { TF_GraphToFunctionWithControlOutputs: make, TFE_ContextRemoveFunction: remove });
  });
  after(() => {
    tf.dispose(data);
    restore();
  });

  const build = () => {
    const model = tf.sequential({
      layers: [
        tf.layers.dense({ units: 8, activation: "relu", inputShape: [6], name: "first" }),
        tf.layers.batchNormalization(),
        tf.layers.dropout({ rate: 0.4 }),
        tf.layers.dense({ units: 3, activation: "softmax" }),
      ],
    });
    model.compile({ optimizer: tf.train.adam(0.01), loss: "sparseCategoricalCrossentropy" });
    return initialize(model, 1);
  };
  /** A last batch of another size included. */
  const train = (model: tf.LayersModel, options: FitOptions = {}) =>
    fitModel(model, data, { epochs: 3, batchSize: 8, compile: "graph", show: false, ...options });

  /** Two trainings of a model with a change between them: what they gave, and the recordings that the second one made. */
  const trainTwice = async (change: Change, { isKept }: { isKept: boolean }) => {
    const model = build();
    const losses = (await train(model, change.first)).loss;
    if (!isKept) keptRecordings(model, model.optimizer).dispose();
    change.apply?.(model);
    const start = recorded;
    losses.push(...(await train(model, { ...change.first, ...change.second })).loss);
    const recordings = recorded - start;
    const weights = model.getWeights().flatMap((weight) => Array.from(weight.dataSync()));
    const { optimizer } = model;
    model.dispose();
    optimizer.dispose();
    return { recordings, numbers: [...losses, ...weights] };
  };

  interface Change {
    apply?(model: tf.LayersModel): void;
    /** Options of the trainings; those of the second one in addition to the first one's. */
    first?: FitOptions;
    second?: FitOptions;
    /** Of full and last batches. */
    recordings: number;
  }
  const layer = (model: tf.LayersModel, index: number) => model.layers[index] as tf.layers.Layer & Layer;
  interface Layer {
    rate: number;
    epsilon: number;
    activation: unknown;
    kernel: { read(): tf.Tensor };
    addLoss(term: () => tf.Tensor): void;
  }

  const changes: Record<string, Change> = {
    nothing: { recordings: 0 },
    "nothing, by XLA": { first: { compile: "xla", batchSize: 10 }, recordings: 0 },
    "the seed": { second: { seed: 9 }, recordings: 0 },
    "new weights": { apply: (model) => initialize(model, 7), recordings: 0 },
    "the weights of examples": { second: { classWeight: { 0: 2 } }, recordings: 2 },
    "the size of batches": { second: { batchSize: 10 }, recordings: 1 },
    "a part of the sizes": { second: { batchSize: 4 }, recordings: 0 },
    "compiled anew, as before": {
      second: { loss: "sparseCategoricalCrossentropy", metrics: [] },
      recordings: 0,
    },
    "another metric": { second: { metrics: ["accuracy"] }, recordings: 2 },
    "another loss": {
      second: { loss: crossEntropy({ fromLogits: false, labelSmoothing: 0.1 }) },
      recordings: 2,
    },
    "another optimizer": {
      apply: (model) => {
        const { loss } = model;
        model.compile({ optimizer: tf.train.adam(0.01), loss });
      },
      recordings: 2,
    },
    "the learning rate": {
      apply: ({ optimizer }) => Object.assign(optimizer, { learningRate: 0.003 }),
      recordings: 2,
    },
    "the rates of layers": { second: { layerRates: { first: 0.5 } }, recordings: 2 },
    "a callback": { second: { callbacks: [clipGradients({ norm: 0.1 })] }, recordings: 2 },
    "the engine": { second: { compile: "auto", epochs: 7 }, recordings: 2 },
    "a frozen layer": {
      apply: (model) => Object.assign(layer(model, 0), { trainable: false }),
      recordings: 2,
    },
    "a rate of dropout": { apply: (model) => Object.assign(layer(model, 2), { rate: 0.1 }), recordings: 2 },
    "an attribute of a layer": {
      apply: (model) => Object.assign(layer(model, 1), { epsilon: 0.1 }),
      recordings: 2,
    },
    "an activation": {
      apply: (model) => {
        layer(model, 0).activation = (
          tf.layers.dense({ units: 1, activation: "tanh" }) as unknown as Layer
        ).activation;
      },
      recordings: 2,
    },
    "a term of the loss": {
      apply: (model) => layer(model, 0).addLoss(() => tf.sum(tf.square(layer(model, 0).kernel.read()))),
      recordings: 2,
    },
  };
  for (const [name, change] of Object.entries(changes)) {
    it(`serve the next training, as far as they fit; changed: ${name}`, async () => {
      const kept = await trainTwice(change, { isKept: true });
      const anew = await trainTwice(change, { isKept: false });
      assert.deepEqual(kept.numbers, anew.numbers);
      assert.equal(kept.recordings, change.recordings);
      assert.ok(anew.recordings > 0);
    });
  }

  it("are freed when the model is disposed, and when its optimizer is", async () => {
    for (const owner of ["model", "optimizer"] as const) {
      const model = build();
      const { optimizer } = model;
      const [before, all] = [held(), functions.size];
      await train(model);
      assert.equal(held(), before + 2);
      (owner === "model" ? model : optimizer).dispose();
      assert.equal(functions.size, all);
      (owner === "model" ? optimizer : model).dispose();
    }
  });

  it("are freed when the model is forgotten, and when its optimizer is", async () => {
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    const isFreed = async (all: number) => {
      for (let round = 0; round < 50; round++) {
        collect();
        await setTimeout(10);
        if (functions.size === all) return true;
      }
      return false;
    };
    const [before, all] = [held(), functions.size];
    await train(build());
    assert.equal(held(), before + 2);
    assert.ok(await isFreed(all), "by the model");
    const model = build();
    await train(model);
    model.compile({ optimizer: "sgd", loss: "sparseCategoricalCrossentropy" });
    assert.ok(await isFreed(all), "by the optimizer");
    model.dispose();
  });

  it("are no more than a few for a model", async () => {
    const model = build();
    const before = held();
    for (let batchSize = 1; batchSize <= 20; batchSize++) await train(model, { batchSize });
    assert.equal(held(), before + 8);
    model.dispose();
  });
});
