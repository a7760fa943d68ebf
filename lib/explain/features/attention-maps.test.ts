import assert from "node:assert/strict";
import { afterEach, before, beforeEach, describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { use } from "../../backend/index.ts";
import { multiHeadAttention } from "../../layers/index.ts";
import { gpt, vit } from "../../models/index.ts";
import { displaySymbol } from "../../plot/display.ts";
import { attentionMaps } from "./attention-maps.ts";

let atStart: number;
before(() => use("cpu"));
beforeEach(() => {
  atStart = tf.memory().numTensors;
});
afterEach(() => assert.equal(tf.memory().numTensors, atStart, "tensors are left over"));

/** Head 0 looks where the key has the query's first feature; head 1 looks everywhere alike. */
function twoHeads(causal = false): tf.LayersModel {
  const model = tf.sequential({
    layers: [
      multiHeadAttention({
        inputShape: [3, 2],
        heads: 2,
        keySize: 1,
        causal,
        useBias: false,
        name: "attention",
      }),
    ],
  });
  tf.tidy(() => {
    const query = tf.tensor2d([
      [1, 0],
      [0, 0],
    ]);
    model.setWeights([query, query, tf.eye(2), tf.eye(2)]);
  });
  return model;
}

describe("attentionMaps", () => {
  it("are the softmax of queries times keys", async () => {
    const model = twoHeads();
    const [two, three] = [Math.log(2), Math.log(3)];
    const x = tf.tensor([
      [
        [1, 0],
        [two, 0],
        [three, 0],
      ],
    ]);
    const seen = attentionMaps(model, x);
    const [only] = seen.layers;
    assert.deepEqual(only?.weights.shape, [1, 2, 3, 3]);
    const weights = [...only.weights.dataSync()];
    // Query 1 · key = e, 2, 3.
    const row = [Math.E, 2, 3].map((value) => value / (Math.E + 5));
    for (const [key, value] of row.entries()) {
      assert.ok(Math.abs((weights[key] as number) - value) < 1e-6);
    }
    for (const value of weights.slice(9)) assert.ok(Math.abs(value - 1 / 3) < 1e-6);
    assert.match(
      String((await seen[displaySymbol]())["text/plain"]),
      /^attention: 2 heads, 3 queries × 3 keys: 2 images/,
    );
    seen.dispose();
    const named = attentionMaps(model, x, { tokens: ["a", "b", "a"] });
    assert.ok((await named.layers[0]?.figure.toMime())?.["application/vnd.vegalite.v5+json"]);
    named.dispose();
    assert.throws(() => attentionMaps(model, x, { tokens: ["a"] }), /There are 1 tokens for 3 queries/);
    assert.throws(() => attentionMaps(model, x, { example: 1 }), /There is no example 1; there are 0 to 0/);
    assert.throws(
      () => attentionMaps(model, x, { layers: ["other"] }),
      /"other" is no layer .* there are: attention\./,
    );
    x.dispose();
    model.dispose();
  });

  it("of a causal layer look at nothing that comes later", () => {
    const model = twoHeads(true);
    const x = tf.ones([2, 3, 2]);
    const seen = attentionMaps(model, x);
    const weights = [...(seen.layers[0]?.weights.dataSync() ?? [])];
    assert.deepEqual(
      weights.slice(0, 9).map((value) => Number(value.toFixed(6))),
      [1, 0, 0, 0.5, 0.5, 0, 0.333333, 0.333333, 0.333333],
    );
    seen.dispose();
    x.dispose();
    model.dispose();
  });

  it("heed the mask of an embedding", () => {
    const tokens = tf.input({ shape: [4] });
    const embedded = tf.layers.embedding({ inputDim: 5, outputDim: 4, maskZero: true }).apply(tokens);
    const output = multiHeadAttention({ heads: 1, keySize: 2 }).apply(embedded) as tf.SymbolicTensor;
    const model = tf.model({ inputs: tokens, outputs: output });
    const x = tf.tensor2d([[1, 2, 0, 0]]);
    const seen = attentionMaps(model, x);
    const weights = [...(seen.layers[0]?.weights.dataSync() ?? [])];
    for (let query = 0; query < 2; query++) {
      assert.deepEqual(weights.slice(4 * query + 2, 4 * query + 4), [0, 0]);
    }
    seen.dispose();
    x.dispose();
    model.dispose();
  });

  it("of whole transformers, each row adding up to 1, without changing them", () => {
    const models = [
      [gpt({ vocabulary: 10, steps: 5, blocks: 2, heads: 2, features: 8 }), tf.ones([1, 5])],
      [vit({ inputShape: [8, 8, 1], patch: 4, blocks: 2, heads: 2, features: 8 }), tf.ones([1, 8, 8, 1])],
    ] as const;
    for (const [model, x] of models) {
      const before = model.getWeights().map((weight) => [...weight.dataSync()]);
      const seen = attentionMaps(model, x);
      assert.equal(seen.layers.length, 2);
      for (const { weights } of seen.layers) {
        const sums = tf.tidy(() => [...tf.sum(weights, -1).dataSync()]);
        assert.ok(sums.every((sum) => Math.abs(sum - 1) < 1e-5));
      }
      seen.dispose();
      assert.deepEqual(
        model.getWeights().map((weight) => [...weight.dataSync()]),
        before,
      );
      x.dispose();
      model.dispose();
    }
    const plain = tf.sequential({ layers: [tf.layers.dense({ inputShape: [2], units: 1 })] });
    const x = tf.ones([1, 2]);
    assert.throws(
      () => attentionMaps(plain, x),
      /The model has no layer of multi-head attention; there are: none/,
    );
    x.dispose();
    plain.dispose();
    const [model, short] = [twoHeads(), tf.ones([1, 2, 2])];
    assert.throws(
      () => attentionMaps(model, short),
      /Input 0 has the shape \[1,2,2\]; the model takes \[any, 3, 2\]/,
    );
    short.dispose();
    model.dispose();
  });
});
