// On every kind of layer and wiring: the graph computes what the model computes, relevance is accounted for, and
// nothing is left behind or changed.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { list, use } from "../../backend/index.ts";
import { assertClose } from "../battery/compare.ts";
import { makeInputs, makeSpecimen, zoo } from "../battery/zoo.ts";
import { mergeBatchNorm } from "../graph/canonizers.ts";
import { epsilonEverywhere, named } from "./composites.ts";
import { lrp } from "./lrp.ts";

const conserving = [
  "epsilon",
  "epsilonPlus",
  "epsilonPlusFlat",
  "epsilonAlpha2Beta1",
  "epsilonGammaBox",
] as const;

for (const backend of ["cpu", "tensorflow", "wasm"] as const) {
  const status = list().find(({ name }) => name === backend);
  describe(`relevance on ${backend}`, { skip: status?.available ? false : status?.reason }, () => {
    const warn = console.warn;
    before(async () => {
      await use(backend);
      console.warn = () => {};
    });
    after(() => {
      console.warn = warn;
    });

    for (const specimen of zoo) {
      it(specimen.name, async () => {
        const model = makeSpecimen(specimen);
        const inputs = makeInputs(specimen);
        const atStart = tf.memory().numTensors;
        const weights = model.getWeights().map((weight) => weight.dataSync().slice());
        const predicted = model.predict(inputs) as tf.Tensor;

        const plain = await lrp(model, inputs, {
          composite: { ...epsilonEverywhere(), canonizers: [mergeBatchNorm] },
        });
        assertClose(plain.logits, Array.from(predicted.dataSync()), 1e-5, "output of the canonized graph");
        plain.dispose();

        for (const name of conserving) {
          const result = await lrp(model, inputs, { composite: { ...named[name](), canonizers: undefined } });
          const scale = result.ledger.reduce((most, { sumIn }) => Math.max(most, Math.abs(sumIn)), 1);
          for (const { layer, lost } of result.ledger) {
            assert.ok(Math.abs(lost) <= 1e-4 * scale, `${name}: ${layer} loses ${lost} of ${scale}`);
          }
          const reached = result.relevance.reduce((sum, relevance) => sum + total(relevance), 0);
          const taken = result.ledger.reduce(
            (sum, { toBias, toStabiliser }) => sum + toBias + toStabiliser,
            0,
          );
          assert.ok(
            Math.abs(result.total - reached - taken) <= 1e-4 * scale,
            `${name}: ${reached} reached the input and ${taken} was taken of ${result.total}`,
          );
          inputs.forEach(({ shape }, index) => {
            assert.deepEqual(result.relevance[index]?.shape, shape);
          });
          result.dispose();
        }

        model.getWeights().forEach((weight, index) => {
          assert.deepEqual(weight.dataSync(), weights[index], "weights are as they were");
        });
        predicted.dispose();
        assert.equal(tf.memory().numTensors, atStart, "tensors are left over");
        inputs.forEach((input) => {
          input.dispose();
        });
        model.dispose();
      });
    }
  });
}

function total(tensor: tf.Tensor): number {
  return Array.from(tensor.dataSync()).reduce((sum, value) => sum + value, 0);
}
