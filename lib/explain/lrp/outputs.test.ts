// Models with several outputs: each is explained as if it were the only one.
import assert from "node:assert/strict";
import { before, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { use } from "../../backend/index.ts";
import { lrp } from "./lrp.ts";

before(() => use("cpu"));

it("of several outputs the chosen one is explained, and nothing of the others", async () => {
  const input = tf.input({ shape: [4] });
  const hidden = tf.layers.dense({ units: 5, activation: "relu" }).apply(input) as tf.SymbolicTensor;
  const heads = [2, 3].map(
    (units) => tf.layers.dense({ units, activation: "softmax" }).apply(hidden) as tf.SymbolicTensor,
  );
  const model = tf.model({ inputs: input, outputs: heads });
  const x = tf.tensor2d([
    [1, -0.5, 2, 0.3],
    [0.1, 1, 1, -1],
  ]);
  for (const [output, head] of heads.entries()) {
    const alone = tf.model({ inputs: input, outputs: head });
    const expected = await lrp(alone, x, { composite: "epsilon", target: 1 });
    for (let turn = 0; turn < 3; turn++) {
      const result = await lrp(model, x, { composite: "epsilon", target: 1, output });
      assert.deepEqual(result.relevance.dataSync(), expected.relevance.dataSync());
      assert.deepEqual(
        result.ledger.map(({ layer }) => layer),
        expected.ledger.map(({ layer }) => layer),
      );
      const taken = result.ledger.reduce((sum, { toBias, toStabiliser }) => sum + toBias + toStabiliser, 0);
      const reached = Array.from(result.relevance.dataSync()).reduce((sum, value) => sum + value, 0);
      assert.ok(Math.abs(result.total - reached - taken) <= 1e-4 * Math.abs(result.total));
      result.dispose();
    }
    expected.dispose();
  }
  await assert.rejects(lrp(model, x, { target: 2, output: 0 }), /class 2; the model's classes are 0 to 1/);
  await assert.rejects(lrp(model, x, { output: 2 }), /no output 2; the model has 2/);
  x.dispose();
  model.dispose();
});
