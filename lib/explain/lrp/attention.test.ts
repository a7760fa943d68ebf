// Multi-head attention and what surrounds it, against AttnLRP word for word.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { list, use } from "../../backend/index.ts";
import { random } from "../../data/random.ts";
import * as library from "../../layers/index.ts";
import { assertClose } from "../battery/compare.ts";
import type { Matrix, Vector } from "../battery/slow.ts";
import { type AttentionWeights, selfAttention } from "../battery/slow-attention.ts";
import { lrp } from "./lrp.ts";

function draw(seed: number, rows: number, columns: number): Matrix {
  const source = random(seed);
  return Array.from({ length: rows }, () => Array.from({ length: columns }, () => source.normal()));
}

for (const backend of ["cpu", "tensorflow", "wasm"] as const) {
  const status = list().find(({ name }) => name === backend);
  describe(`multi-head attention on ${backend}`, { skip: status?.available ? false : status?.reason }, () => {
    let atStart: number;
    before(async () => {
      await use(backend);
      atStart = tf.memory().numTensors;
    });
    after(() => assert.equal(tf.memory().numTensors, atStart, "tensors are left over"));

    for (const options of [{ heads: 1 }, { heads: 2 }, { heads: 2, causal: true }]) {
      it(JSON.stringify(options), async () => {
        const [steps, features, size, valueSize] = [4, 5, 3, 2];
        const keys = options.heads * size;
        const values = options.heads * valueSize;
        const projection = (seed: number, from: number, to: number) => ({
          kernel: draw(seed, from, to),
          bias: draw(seed + 10, 1, to)[0] as Vector,
        });
        const weights: AttentionWeights = {
          query: projection(1, features, keys),
          key: projection(2, features, keys),
          value: projection(3, features, values),
          output: projection(4, values, features),
        };
        const input = tf.input({ shape: [steps, features] });
        const layer = library.multiHeadAttention({ ...options, keySize: size, valueSize });
        const model = tf.model({ inputs: input, outputs: layer.apply(input) as tf.SymbolicTensor });
        tf.tidy(() =>
          model.setWeights(
            Object.values(weights).flatMap(({ kernel, bias }) => [tf.tensor(kernel), tf.tensor(bias)]),
          ),
        );
        const numbers = draw(5, steps, features);
        const x = tf.tensor3d([numbers]);
        const result = await lrp(model, x, { composite: "epsilon", target: (logits) => logits });
        const predicted = model.predict(x) as tf.Tensor;
        assertClose(result.logits, predicted.dataSync(), 1e-5, "output");
        const arrived = ((await predicted.array()) as Matrix[])[0] as Matrix;
        assertClose(
          result.relevance,
          selfAttention(numbers, weights, arrived, options).flat(),
          1e-4,
          "relevance",
        );
        assert.deepEqual(result.warnings, []);
        tf.dispose([x, predicted]);
        result.dispose();
        model.dispose();
      });
    }
  });
}

describe("normalisations hand on what their input brought", () => {
  before(() => use("cpu"));
  const layers = {
    "root mean square": () => library.rmsNormalization(),
    length: () => library.l2Normalization(),
  };
  for (const [name, make] of Object.entries(layers)) {
    it(name, async () => {
      const input = tf.input({ shape: [4] });
      const model = tf.model({ inputs: input, outputs: make().apply(input) as tf.SymbolicTensor });
      const x = tf.tensor2d([[1, -2, 0.5, 3]]);
      const result = await lrp(model, x, { composite: "epsilon", target: (logits) => logits });
      // The identity rule of AttnLRP, proposition 3.4: R = y stays where it is.
      assertClose(result.relevance, result.logits.dataSync(), 1e-5, name);
      result.dispose();
      x.dispose();
      model.dispose();
    });
  }

  it("in groups: the mean of a group takes back what is common", async () => {
    const input = tf.input({ shape: [1, 1, 4] });
    const layer = library.groupNormalization({ groups: 2, epsilon: 0 });
    const model = tf.model({ inputs: input, outputs: layer.apply(input) as tf.SymbolicTensor });
    const x = tf.tensor4d([[[[1, 5, -2, 4]]]]);
    // Groups (1, 5) and (−2, 4) become (−1, 1) each; R = y = (−1, 1) with ratio 1 for all: nothing but 1 − mean = 0.
    const all = await lrp(model, x, { composite: "epsilon", target: (logits) => logits });
    assertClose(
      Array.from(all.relevance.dataSync(), (value) => value + 1),
      [1, 1, 1, 1],
      1e-4,
      "all",
    );
    // Of the second output alone: x · (δ − 1/2) / deviation, with deviations 2 and 3.
    const one = await lrp(model, x, {
      composite: "epsilon",
      target: (logits) => tf.slice(logits, [0, 0, 0, 1], [1, 1, 1, 1]),
    });
    assertClose(one.relevance, [-0.25, 1.25, 0, 0], 1e-4, "one");
    all.dispose();
    one.dispose();
    x.dispose();
    model.dispose();
  });
});

it("a class token takes what comes to it", async () => {
  await use("cpu");
  const input = tf.input({ shape: [2, 2] });
  const token = library.classToken().apply(input) as tf.SymbolicTensor;
  const model = tf.model({
    inputs: input,
    outputs: tf.layers
      .dense({ units: 1, useBias: false })
      .apply(tf.layers.flatten().apply(token)) as tf.SymbolicTensor,
  });
  tf.tidy(() => model.setWeights([tf.tensor3d([[[2, 3]]]), tf.ones([6, 1])]));
  const x = tf.tensor3d([
    [
      [1, 4],
      [5, 6],
    ],
  ]);
  const result = await lrp(model, x, { composite: "epsilon" });
  assertClose(result.relevance, [1, 4, 5, 6], 1e-5, "relevance");
  const row = result.ledger.find(({ toBias }) => toBias !== 0);
  assert.equal(row?.toBias.toFixed(4), "5.0000");
  assert.ok(Math.abs(row?.lost as number) < 1e-5);
  result.dispose();
  x.dispose();
  model.dispose();
});
