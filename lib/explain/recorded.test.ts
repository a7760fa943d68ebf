// Explaining a model again and again, which is recorded on TensorFlow, gives what explaining it once gives.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { list, use } from "../backend/index.ts";
import { assertClose } from "./battery/compare.ts";
import { cam, integratedGradients, lrp } from "./index.ts";

function makeModel(seed: number): tf.LayersModel {
  const kernelInitializer = tf.initializers.glorotNormal({ seed });
  return tf.sequential({
    layers: [
      tf.layers.conv2d({
        inputShape: [8, 8, 2],
        filters: 4,
        kernelSize: 3,
        activation: "relu",
        kernelInitializer,
      }),
      tf.layers.batchNormalization(),
      tf.layers.globalAveragePooling2d({}),
      tf.layers.dense({ units: 3, activation: "softmax", kernelInitializer }),
    ],
  });
}

type Method = (model: tf.LayersModel, x: tf.Tensor4D, target?: number) => Promise<Float32Array>;

const methods: Record<string, Method> = {
  async relevance(model, x, target) {
    const result = await lrp(model, x, { composite: "epsilonGammaBox", target });
    const all = [...Object.values(result.perLayer), result.relevance, result.logits];
    const values = all.flatMap((tensor) => Array.from(tensor.dataSync()));
    result.dispose();
    return Float32Array.from([...values, ...result.scores, ...result.ledger.map(({ sumOut }) => sumOut)]);
  },
  async "class activation maps"(model, x, target) {
    const result = await cam(model, x, { target });
    const values = [...result.raw.dataSync(), ...result.map.dataSync(), ...result.scores];
    result.dispose();
    return Float32Array.from(values);
  },
  async "integrated gradients"(model, x, target) {
    const result = await integratedGradients(model, x, { target, steps: 10, batchSize: 8 });
    const values = result.attribution.dataSync();
    result.dispose();
    return Float32Array.from([...values, ...result.scores]);
  },
};

const status = list().find(({ name }) => name === "tensorflow");
describe("explained again and again", { skip: status?.available ? false : status?.reason }, () => {
  const warn = console.warn;
  before(async () => {
    await use("tensorflow");
    console.warn = () => {};
  });
  after(() => {
    console.warn = warn;
  });

  for (const [name, explain] of Object.entries(methods)) {
    it(name, async () => {
      const images = [1, 2].map(
        (seed) => tf.randomUniform([2, 8, 8, 2], 0, 1, "float32", seed) as tf.Tensor4D,
      );
      const [x, other] = images as [tf.Tensor4D, tf.Tensor4D];
      const model = makeModel(1);
      const first = await explain(model, x);
      const start = tf.memory().numTensors;
      for (let turn = 0; turn < 4; turn++) assertClose(await explain(model, x), first, 1e-6, `turn ${turn}`);

      const fresh = async (seed: number, image: tf.Tensor4D, target?: number) => {
        const model = makeModel(seed);
        const values = await explain(model, image, target);
        model.dispose();
        return values;
      };
      assertClose(await explain(model, other), await fresh(1, other), 1e-6, "another image");
      for (const target of [0, 1, 2, 1]) {
        assertClose(await explain(model, x, target), await fresh(1, x, target), 1e-6, `class ${target}`);
      }
      const source = makeModel(2);
      model.setWeights(source.getWeights());
      assertClose(await explain(model, x), await fresh(2, x), 1e-6, "other weights");
      source.dispose();
      await assert.rejects(explain(model, x, 7), /class 7; the model's classes are 0 to 2/);
      assert.equal(tf.memory().numTensors, start, "tensors are left over");
      tf.dispose(images);
      model.dispose();
    });
  }

  it("warns of inputs outside the box each time that they are", async () => {
    const model = makeModel(1);
    for (const [high, count] of [
      [1, 0],
      [2, 1],
      [2, 1],
      [1, 0],
      [2, 1],
    ] as const) {
      const x = tf.fill([1, 8, 8, 2], high);
      const result = await lrp(model, x, { composite: "epsilonGammaBox" });
      assert.equal(result.warnings.length, count);
      result.dispose();
      x.dispose();
    }
    model.dispose();
  });

  it("a model that gets another layer is another one", async () => {
    const model = tf.sequential({ layers: [tf.layers.dense({ units: 3, inputShape: [4] })] });
    const x = tf.ones([1, 4]);
    const layersOf = async () => {
      const result = await lrp(model, x, { composite: "epsilon" });
      result.dispose();
      return result.ledger.length;
    };
    for (let turn = 0; turn < 4; turn++) assert.equal(await layersOf(), 1);
    model.add(tf.layers.dense({ units: 2 }));
    for (let turn = 0; turn < 4; turn++) assert.equal(await layersOf(), 2);
    x.dispose();
    model.dispose();
  });
});
