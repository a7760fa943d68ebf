// What was recorded for a model goes with it: TensorFlow's functions are removed when it is disposed.
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { list, use } from "../backend/index.ts";
import { tensorFlowEngine } from "../backend/tensorflow/register.ts";
import { integratedGradients } from "../explain/index.ts";
import { evaluate, fit } from "./index.ts";
import { disposeWith } from "./owned.ts";

describe("what is owned", () => {
  it("is disposed with its owner, whose own way to dispose goes on and gives what it gave", () => {
    const told: string[] = [];
    const owner = {
      name: "owner",
      dispose() {
        told.push(this.name);
        return 7;
      },
    };
    const owned = ["first", "second"].map((name) => ({ dispose: () => told.push(name) }));
    for (const each of [...owned, ...owned]) disposeWith(owner, each);
    assert.deepEqual(told, []);
    assert.equal(owner.dispose(), 7);
    assert.deepEqual(told, ["first", "second", "owner"]);
  });
});

const status = list().find(({ name }) => name === "tensorflow");
describe("recorded steps of a model", { skip: status?.available ? false : status?.reason }, () => {
  /** Functions that were added to TensorFlow's context and not removed. */
  const functions = new Set<string>();
  const x = tf.randomUniform([40, 6], -1, 1, "float32", 3);
  const y = tf.randomUniform([40, 1], -1, 1, "float32", 4);

  before(async () => {
    await use("tensorflow");
    const { api } = tensorFlowEngine()!.context;
    const {
      TFE_ContextRemoveFunction: remove,
      TFE_ContextAddFunction: add,
      TF_GraphToFunctionWithControlOutputs: make,
    } = api;
    let made = "";
    api.TF_GraphToFunctionWithControlOutputs = (graph, name, ...rest) => {
      made = name;
      return make(graph, name, ...rest);
    };
    api.TFE_ContextAddFunction = (...given) => {
      functions.add(made);
      return add(...given);
    };
    api.TFE_ContextRemoveFunction = (context, name, status) => {
      functions.delete(name);
      return remove(context, name, status);
    };
  });

  const layers = () => [
    tf.layers.dense({ units: 4, activation: "tanh", inputShape: [6] }),
    tf.layers.dense({ units: 1 }),
  ];
  const sequential = () => tf.sequential({ layers: layers() });
  const functional = () => {
    const input = tf.input({ shape: [6] });
    const output = layers().reduce((value, layer) => layer.apply(value) as tf.SymbolicTensor, input);
    return tf.model({ inputs: input, outputs: output });
  };
  const compiled = (model: tf.LayersModel) => {
    model.compile({ optimizer: "adam", loss: "meanSquaredError" });
    return model;
  };

  const uses: Record<string, (model: tf.LayersModel) => Promise<unknown>> = {
    "dl.train.fit": (model) => fit(model, { x, y }, { epochs: 4, batchSize: 8, compile: "graph" }),
    "dl.train.evaluate": (model) => evaluate(model, { x, y }, { batchSize: 4, compile: "graph" }),
    "the model's own fit": (model) => model.fit(x, y, { epochs: 4, batchSize: 8 }),
    "dl.explain": async (model) => {
      for (let turn = 0; turn < 4; turn++)
        (await integratedGradients(model, x, { target: 0, steps: 4 })).dispose();
    },
  };

  for (const [kind, make] of Object.entries({ sequential, functional })) {
    for (const [name, use] of Object.entries(uses)) {
      it(`${name} of a ${kind} model`, async () => {
        const before = functions.size;
        const model = compiled(make());
        await use(model);
        assert.ok(functions.size > before, "nothing was recorded");
        model.dispose();
        assert.equal(functions.size, before);
      });
    }
  }
});
