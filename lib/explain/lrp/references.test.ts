// Rules and composites against zennit's and captum's numbers.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { list, use } from "../../backend/index.ts";
import { assertClose } from "../battery/compare.ts";
import { buildReference, references, unpack } from "../battery/references.ts";
import { type CompositeName, epsilonGammaBox, layerMap } from "./composites.ts";
import { lrp } from "./lrp.ts";
import type { Rule } from "./rule.ts";
import * as rules from "./rules.ts";

const ruleOf: Record<string, Rule> = {
  epsilon: rules.epsilon(),
  "epsilon 0.1": rules.epsilon({ epsilon: 0.1 }),
  "epsilon 0.5 clipped": rules.epsilon({ epsilon: { epsilon: 0.5, clip: true } }),
  "epsilon 0.3 scaled": rules.epsilon({ epsilon: { epsilon: 0.3, normScale: true } }),
  "epsilon without bias": rules.epsilon({ zeroBias: true }),
  gamma: rules.gamma(),
  "gamma 2 without bias": rules.gamma({ gamma: 2, zeroBias: true }),
  zPlus: rules.zPlus(),
  "zPlus without bias": rules.zPlus({ zeroBias: true }),
  alphaBeta: rules.alphaBeta(),
  "alphaBeta 3 2": rules.alphaBeta({ alpha: 3, beta: 2 }),
  "alphaBeta 1 0 without bias": rules.alphaBeta({ alpha: 1, beta: 0, zeroBias: true }),
  "zBox without bias": rules.zBox({ low: -3, high: 3, zeroBias: true }),
  "zPlus, stabiliser 0.1": rules.zPlus({ stabiliser: 0.1 }),
  zBox: rules.zBox({ low: -3, high: 3 }),
  wSquare: rules.wSquare(),
  "wSquare without bias": rules.wSquare({ zeroBias: true }),
  flat: rules.flat(),
};

const toleranceOf = (rule: string) => (rule.startsWith("epsilon") ? 1e-4 : 1e-5);

for (const backend of ["cpu", "tensorflow", "wasm"] as const) {
  const status = list().find(({ name }) => name === backend);
  describe(`zennit and captum, on ${backend}`, { skip: status?.available ? false : status?.reason }, () => {
    let atStart: number;
    before(async () => {
      await use(backend);
      atStart = tf.memory().numTensors;
    });
    after(() => assert.equal(tf.memory().numTensors, atStart, "tensors are left over"));

    for (const reference of references.single) {
      it(`every rule: ${reference.name}`, async () => {
        const model = buildReference(reference);
        const x = unpack(reference.input);
        assert.deepEqual(Object.keys(reference.rules).sort(), Object.keys(ruleOf).sort());
        for (const [name, rule] of Object.entries(ruleOf)) {
          const result = await lrp(model, x, {
            target: (logits) => logits,
            composite: layerMap([["linear", rule]]),
          });
          const expected = reference.rules[name] as { data: number[] };
          assertClose(result.logits, reference.output.data, 1e-5, `${name}: output`);
          assertClose(result.relevance, expected.data, toleranceOf(name), name);
          result.dispose();
        }
        x.dispose();
        model.dispose();
      });
    }

    it("every rule: a shared layer and two inputs", async () => {
      const { shared } = references;
      const { layers } = tf;
      const inputs = [tf.input({ shape: [3] }), tf.input({ shape: [3] })];
      const branch = layers.dense({ units: 4, activation: "relu" });
      const both = inputs.map((input) => branch.apply(input) as tf.SymbolicTensor);
      const hidden = layers.dense({ units: 5, activation: "relu" }).apply(layers.concatenate().apply(both));
      const outputs = layers.dense({ units: 3 }).apply(hidden) as tf.SymbolicTensor;
      const model = tf.model({ inputs, outputs });
      tf.tidy(() => model.setWeights(shared.weights.map(unpack)));
      const x = shared.inputs.map(unpack);
      for (const [name, rule] of Object.entries(ruleOf)) {
        const result = await lrp(model, x, { composite: layerMap([["linear", rule]]) });
        assertClose(result.logits, shared.output.data, 1e-5, `${name}: output`);
        const expected = (shared.rules[name] as { data: number[] }[]).flatMap(({ data }) => data);
        const found = result.relevance.flatMap((relevance) => Array.from(relevance.dataSync()));
        assertClose(found, expected, toleranceOf(name), name);
        result.dispose();
      }
      tf.dispose(x);
      model.dispose();
      // TensorFlow.js counts each use of a layer.
      branch.dispose();
    });

    it("captum's rules", async () => {
      const { captum } = references;
      const model = buildReference(captum);
      const x = unpack(captum.input);
      for (const [name, expected] of Object.entries(captum.rules)) {
        const composite = layerMap([["linear", ruleOf[name] as Rule]]);
        const result = await lrp(model, x, { composite });
        assert.deepEqual(result.target, captum.target);
        assertClose(result.relevance, expected.data, toleranceOf(name), name);
        result.dispose();
      }
      x.dispose();
      model.dispose();
    });

    for (const reference of references.networks) {
      it(`every composite: ${reference.name}`, async () => {
        const model = buildReference(reference);
        const x = unpack(reference.input);
        for (const [name, expected] of Object.entries(reference.composites)) {
          const composite =
            name === "epsilonGammaBox" ? epsilonGammaBox({ low: -3, high: 3 }) : (name as CompositeName);
          const result = await lrp(model, x, { composite });
          assert.deepEqual(result.target, reference.target);
          assertClose(result.relevance, expected.data, 1e-4, name);
          result.dispose();
        }
        x.dispose();
        model.dispose();
      });
    }
  });
}
