// Evaluating and predicting by recorded steps against the same without recording.
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { type BackendName, list, memory, use } from "../backend/index.ts";
import * as layers from "../layers/index.ts";
import type { CompileMode } from "./compile-mode.ts";
import { evaluate, predict } from "./evaluate.ts";

function build(...hidden: tf.layers.Layer[]): tf.LayersModel {
  const model = tf.sequential({
    layers: [
      tf.layers.dense({ units: 8, activation: "relu", inputShape: [6] }),
      ...hidden,
      tf.layers.batchNormalization(),
      tf.layers.dense({ units: 3, activation: "softmax" }),
    ],
  });
  model.compile({ optimizer: "sgd", loss: "sparseCategoricalCrossentropy", metrics: ["accuracy"] });
  return model;
}

/** Counts how often the JavaScript of a model's first layer runs. */
function counting(model: tf.LayersModel): { calls: number } {
  const counts = { calls: 0 };
  const [first] = model.layers as [tf.layers.Layer];
  const { call } = first;
  first.call = (...given) => {
    counts.calls++;
    return call.apply(first, given);
  };
  return counts;
}

function assertClose(actual: ArrayLike<number>, wanted: ArrayLike<number>): void {
  assert.equal(actual.length, wanted.length);
  for (let index = 0; index < actual.length; index++) {
    const difference = Math.abs((actual[index] as number) - (wanted[index] as number));
    assert.ok(difference < 1e-5, `${actual[index]}, not ${wanted[index]}`);
  }
}

for (const backend of ["tensorflow", "wasm"] satisfies BackendName[]) {
  const status = list().find(({ name }) => name === backend);
  describe(`evaluate and predict on ${backend}`, { skip: status?.available ? false : status?.reason }, () => {
    before(() => use(backend));

    /** Both, for 50 examples, of which 8 go into a batch. */
    const results = async (model: tf.LayersModel, compile: CompileMode) => {
      const x = tf.randomUniform([50, 6], -1, 1, "float32", 1);
      const y = tf.tidy(() => tf.argMax(tf.randomUniform([50, 3], 0, 1, "float32", 2), 1)) as tf.Tensor;
      const options = { batchSize: 8, compile };
      const { loss, accuracy } = await evaluate(model, { x, y }, options);
      const outputs = await predict(model, x, options);
      const values = [loss, accuracy as number, ...outputs.dataSync()];
      tf.dispose([x, y, outputs]);
      return values;
    };

    it("gives the same, with a short last batch, and runs the layers' JavaScript a few times", async () => {
      const model = build();
      const counts = counting(model);
      const eager = await results(model, false);
      assert.equal(counts.calls, 14);
      for (const mode of ["auto", "graph"] as const) {
        counts.calls = 0;
        assertClose(await results(model, mode), eager);
        assert.ok(counts.calls < 12, `${counts.calls} calls`);
      }
      model.dispose();
    });

    it("gives the same numbers each time, to the last bit, and leaves no tensors", async () => {
      const model = build();
      const first = await results(model, "auto");
      const before = tf.memory().numTensors;
      assert.deepEqual(await results(model, "auto"), first);
      assert.equal(tf.memory().numTensors, before);
      model.dispose();
    });

    it("follows weights, layers and the loss when they are changed", async () => {
      const model = build();
      await results(model, "auto");
      const changes = [
        () => {
          const weights = model.getWeights();
          const changed = tf.tidy(() => weights.map((weight) => tf.add(weight, 0.1)));
          model.setWeights(changed);
          tf.dispose(changed);
        },
        () => {
          const tanh = tf.layers.dense({ units: 1, activation: "tanh" }) as unknown as { activation: object };
          Object.assign(model.layers[0] as object, { activation: tanh.activation });
        },
        () =>
          model.compile({
            optimizer: "sgd",
            loss: tf.metrics.sparseCategoricalAccuracy,
            metrics: ["accuracy"],
          }),
      ];
      let last: number[] = [];
      for (const change of changes) {
        change();
        const recorded = await results(model, "auto");
        assertClose(recorded, await results(model, false));
        assert.notDeepEqual(recorded, last);
        last = recorded;
      }
      model.dispose();
    });

    it("runs a lambda of the user's for each batch", async () => {
      let calls = 0;
      const lambda = layers.lambda((given: tf.Tensor) => {
        calls++;
        return tf.mul(given, 2);
      });
      const model = build(lambda);
      calls = 0;
      const eager = await results(model, false);
      const eagerCalls = calls;
      assertClose(await results(model, "auto"), eager);
      assert.ok(calls >= 2 * eagerCalls, `${calls} calls`);
      model.dispose();
    });

    it("refuses a mode that there is not", async () => {
      const model = build();
      await assert.rejects(
        results(model, "fast" as CompileMode),
        /compile is "fast"; it must be one of "auto"/,
      );
      model.dispose();
    });
  });
}

const tensorFlow = list().find(({ name }) => name === "tensorflow");
describe("a batch that fails when it is recorded", {
  skip: tensorFlow?.available ? false : tensorFlow?.reason,
}, () => {
  before(() => use("tensorflow"));

  it("names the layer, whatever its name, and leaves nothing", async () => {
    for (const name of ["words", "a/b.c-d_1"]) {
      const model = tf.sequential({
        layers: [
          tf.layers.embedding({ inputDim: 4, outputDim: 3, inputLength: 2, name }),
          tf.layers.globalAveragePooling1d({}),
          tf.layers.dense({ units: 1 }),
        ],
      });
      // The first batch runs as it is.
      const known = tf.zeros([40, 2], "int32");
      const unknown = tf.tidy(() => tf.concat([known.slice(0, 39), tf.fill([1, 2], 9, "int32")]));
      (await predict(model, known, { batchSize: 8 })).dispose();
      const { tensors } = memory();
      await assert.rejects(predict(model, unknown, { batchSize: 8 }), {
        name: "TensorFlowError",
        message: `TensorFlow failed at a recorded step, in the layer "${name}": indices[14] = 9 is not in [0, 4)`,
      });
      assert.equal(memory().tensors, tensors);
      tf.dispose([known, unknown]);
      model.dispose();
    }
  });
});
