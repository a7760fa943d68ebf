// The faster cross-entropy against TensorFlow.js's own, which a model gets whose last activation is no softmax layer's.
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { list, use } from "./index.ts";

const units = 4;
const logits = [
  [2, -1, 0.5, 0],
  [0.3, 0.2, 0.1, -3],
  // Probabilities that are clipped, below and above.
  [40, 0, -40, 3],
  [-5, 25, 1, 0],
];

/** Loss of each example and the gradient of the logits, of a model with nothing but a softmax. */
function lossAndGradient(loss: string, target: tf.Tensor, hidden: boolean): [number[], number[]] {
  const softmax = tf.layers.activation({ activation: "softmax", inputShape: [units] });
  const model = tf.sequential({ layers: [softmax] });
  model.compile({ loss, optimizer: "sgd" });
  const [ofModel] = (
    model as unknown as { model: { lossFunctions: ((t: tf.Tensor, y: tf.Tensor) => tf.Tensor)[] } }
  ).model.lossFunctions;
  const result = tf.tidy(() => {
    const losses = (x: tf.Tensor) => {
      const probabilities = model.apply(x) as tf.Tensor;
      // A tensor of its own, of which nobody knows that a softmax made it.
      return (ofModel as NonNullable<typeof ofModel>)(target, hidden ? probabilities.mul(1) : probabilities);
    };
    const x = tf.tensor2d(logits);
    const gradient = tf.grad((given) => losses(given))(x, tf.tensor1d([1, 2, 3, 4]));
    return [Array.from(losses(x).dataSync()), Array.from(gradient.dataSync())] as [number[], number[]];
  });
  model.dispose();
  return result;
}

const targets: Record<string, [loss: string, target: () => tf.Tensor]> = {
  "class numbers": ["sparseCategoricalCrossentropy", () => tf.tensor2d([[0], [3], [2], [1]])],
  "numbers that are no class": ["sparseCategoricalCrossentropy", () => tf.tensor2d([[0], [7], [-1], [1]])],
  "rows of zeros and ones": ["categoricalCrossentropy", () => tf.oneHot([0, 3, 2, 1], units)],
  "soft rows": [
    "categoricalCrossentropy",
    () =>
      tf.tensor2d([
        [0.7, 0.1, 0.1, 0.1],
        [0, 0.5, 0.5, 0],
        [0, 0, 0.9, 0.3],
        [0.25, 0.25, 0.25, 0.25],
      ]),
  ],
};

for (const { name, available, reason } of list()) {
  if (name === "webgpu" || name === "cuda") continue;
  describe(`cross-entropy of a softmax on ${name}`, { skip: available ? false : reason }, () => {
    before(() => use(name));

    for (const [title, [loss, target]] of Object.entries(targets)) {
      it(`is that of TensorFlow.js, with its gradient: ${title}`, () => {
        const [faster, own] = [false, true].map((hidden) => {
          const given = target();
          const result = lossAndGradient(loss, given, hidden);
          given.dispose();
          return result;
        }) as [[number[], number[]], [number[], number[]]];
        for (const part of [0, 1] as const) {
          faster[part].forEach((value, index) => {
            const wanted = own[part][index] as number;
            assert.ok(
              Math.abs(value - wanted) < 2e-6 * Math.max(1, Math.abs(wanted)),
              `${value}, not ${wanted}`,
            );
          });
        }
      });
    }

    it("takes fewer operations", async () => {
      const count = async (hidden: boolean) => {
        const target = tf.tensor2d([[0], [3], [2], [1]]);
        const { kernelNames } = await tf.profile(() => {
          lossAndGradient("sparseCategoricalCrossentropy", target, hidden);
          return target;
        });
        target.dispose();
        return kernelNames.length;
      };
      // tf.profile gives each name once; what clips twice and divides shows in them.
      assert.ok((await count(false)) < (await count(true)));
    });
  });
}
