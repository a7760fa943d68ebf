// Padded sequences with a mask are explained as the sequences without padding are.
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { list, use } from "../../backend/index.ts";
import { random } from "../../data/random.ts";
import { assertClose } from "../battery/compare.ts";
import { saliency } from "../gradients/gradient.ts";
import { lrp } from "./lrp.ts";

const { layers } = tf;
const features = 3;
const gaps = { "at the end": [3, 4], "at the start": [0, 1], within: [1, 3] };

const stacks: Record<string, () => tf.layers.Layer[]> = {
  LSTM: () => [layers.lstm({ units: 4 })],
  GRU: () => [layers.gru({ units: 4 })],
  SimpleRNN: () => [layers.simpleRNN({ units: 4 })],
  "LSTM, backwards": () => [layers.lstm({ units: 4, goBackwards: true })],
  "GRU over LSTM, with a dense layer between": () => [
    layers.lstm({ units: 4, returnSequences: true }),
    layers.dense({ units: 3, activation: "tanh" }),
    layers.dropout({ rate: 0.5 }),
    layers.gru({ units: 3 }),
  ],
  "LSTM in both directions": () => [
    layers.bidirectional({ layer: layers.lstm({ units: 3 }), mergeMode: "concat" }),
  ],
};

function build(mask: tf.layers.Layer, stack: tf.layers.Layer[]): tf.LayersModel {
  const model = tf.sequential({ layers: [mask, ...stack, layers.dense({ units: 2 })] });
  const source = random(5);
  tf.tidy(() =>
    model.setWeights(
      model.getWeights().map(({ shape, size }) =>
        tf.tensor(
          Array.from({ length: size }, () => 0.5 * source.normal()),
          shape,
        ),
      ),
    ),
  );
  return model;
}

/** A sequence of numbers and the same with steps of zeros put in. */
function sequences(padded: number[], draw: () => number[]) {
  const steps = Array.from({ length: 5 }, (_, step) => (padded.includes(step) ? undefined : draw()));
  return { steps, plain: steps.filter((step) => step !== undefined) };
}

/** Of all steps those that are not padded, after seeing that the others got nothing. */
function heeded(relevance: tf.Tensor, padded: number[]): number[] {
  const values = (relevance.arraySync() as number[][][])[0] as number[][];
  return values.flatMap((step, index) => {
    if (!padded.includes(index)) return [step].flat();
    assert.ok([step].flat().every((value) => value === 0));
    return [];
  });
}

for (const backend of ["cpu", "tensorflow", "wasm"] as const) {
  const status = list().find(({ name }) => name === backend);
  describe(`masks on ${backend}`, { skip: status?.available ? false : status?.reason }, () => {
    before(() => use(backend));

    for (const [name, stack] of Object.entries(stacks)) {
      for (const [where, padded] of Object.entries(gaps)) {
        it(`${name}: padding ${where}`, async () => {
          const source = random(6);
          const { steps, plain } = sequences(padded, () =>
            Array.from({ length: features }, () => source.normal()),
          );
          const full = steps.map((step) => step ?? new Array<number>(features).fill(0));
          const model = build(layers.masking({ inputShape: [null as unknown as number, features] }), stack());
          const start = tf.memory().numTensors;
          const [long, short] = [tf.tensor3d([full]), tf.tensor3d([plain])];
          for (const composite of ["epsilon", "epsilonPlusFlat"] as const) {
            const masked = await lrp(model, long, { composite, target: 1 });
            const unpadded = await lrp(model, short, { composite, target: 1 });
            const predicted = model.predict(long) as tf.Tensor;
            assertClose(masked.logits, predicted.dataSync(), 1e-5, "output");
            assertClose(masked.logits, unpadded.logits.dataSync(), 1e-5, "output without padding");
            assertClose(heeded(masked.relevance, padded), unpadded.relevance.dataSync(), 1e-4, composite);
            const scale = Math.max(1, ...masked.ledger.map(({ sumIn }) => Math.abs(sumIn)));
            for (const { layer, lost } of masked.ledger) {
              assert.ok(Math.abs(lost) < 1e-4 * scale, `${layer} loses ${lost}`);
            }
            masked.dispose();
            unpadded.dispose();
            predicted.dispose();
          }
          const [masked, unpadded] = [
            await saliency(model, long, { target: 1 }),
            await saliency(model, short, { target: 1 }),
          ];
          assertClose(heeded(masked.attribution, padded), unpadded.attribution.dataSync(), 1e-4, "gradient");
          masked.dispose();
          unpadded.dispose();
          tf.dispose([long, short]);
          assert.equal(tf.memory().numTensors, start, "tensors are left over");
          model.dispose();
        });
      }
    }

    it("tokens of 0 are padding", async () => {
      const tokens = (maskZero: boolean) =>
        build(layers.embedding({ inputDim: 6, outputDim: 3, maskZero }), [layers.lstm({ units: 4 })]);
      const model = tokens(true);
      const [long, short] = [tf.tensor2d([[3, 1, 5, 0, 0]]), tf.tensor2d([[3, 1, 5]])];
      const masked = await lrp(model, long, { composite: "epsilon", target: 0 });
      const unpadded = await lrp(model, short, { composite: "epsilon", target: 0 });
      assert.deepEqual(masked.warnings, []);
      assertClose(masked.relevance, [...unpadded.relevance.dataSync(), 0, 0], 1e-4, "relevance");
      masked.dispose();
      unpadded.dispose();
      tf.dispose([long, short]);
      model.dispose();
    });

    // Not against the model, whose mask of a sum TensorFlow.js 4.22 gives another rank.
    it("two sequences added up are padded where one is", async () => {
      const inputs = [0, 1].map(() => tf.input({ shape: [null, 2] }));
      const masked = inputs.map((input) => layers.masking().apply(input) as tf.SymbolicTensor);
      const sum = layers.add().apply(masked) as tf.SymbolicTensor;
      const model = tf.model({ inputs, outputs: layers.gru({ units: 2 }).apply(sum) as tf.SymbolicTensor });
      const numbers = (count: number, zeros: number) =>
        tf.tensor3d([
          Array.from({ length: count }, (_, step) => (step < count - zeros ? [step + 1, -1] : [0, 0])),
        ]);
      const [long, short] = [
        [numbers(4, 1), numbers(4, 2)],
        [numbers(2, 0), numbers(2, 0)],
      ];
      const result = await lrp(model, long, { composite: "epsilon", target: 0 });
      const unpadded = await lrp(model, short, { composite: "epsilon", target: 0 });
      assertClose(result.logits, unpadded.logits.dataSync(), 1e-5, "output");
      result.relevance.forEach((relevance, index) => {
        const expected = [...(unpadded.relevance[index] as tf.Tensor).dataSync(), 0, 0, 0, 0];
        assertClose(relevance, expected, 1e-4, "relevance");
      });
      result.dispose();
      unpadded.dispose();
      tf.dispose([long, short]);
      model.dispose();
    });
  });
}
