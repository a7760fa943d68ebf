// What every callback has to keep: a run repeats by its seed, leaves nothing, can be interrupted, goes on after a
// checkpoint as if nothing had happened, and is the same recorded as it is step by step.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { list, use } from "../../backend/index.ts";
import { random } from "../../data/random.ts";
import type { FitCallback } from "../callback.ts";
import { checkpoint } from "../callbacks/index.ts";
// Under its own name the linter takes it for a focused test.
import { type FitOptions, fit as fitModel } from "../fit.ts";
import type { History } from "../history.ts";
import { initialize } from "../initialize.ts";
import { adamW } from "../optimizers/index.ts";

/** 22 small images in two classes: batches of 4 leave a last one of 2. */
export function images(): { x: tf.Tensor; y: tf.Tensor } {
  const source = random(1);
  const labels = Array.from({ length: 22 }, (_, index) => index % 2);
  const pixels = labels.flatMap((label) =>
    Array.from({ length: 16 }, (_, at) => (at % 2 === label ? 1 : 0) + source.normal()),
  );
  return { x: tf.tensor4d(pixels, [22, 4, 4, 1]), y: tf.tensor1d(labels, "int32") };
}

/** Convolution, normalisation, dropout and two classes. */
export function smallNet(dropout = 0.2): tf.LayersModel {
  const layers = [
    tf.layers.conv2d({
      inputShape: [4, 4, 1],
      filters: 3,
      kernelSize: 3,
      activation: "tanh",
      name: "filters",
    }),
    tf.layers.batchNormalization({ name: "normal" }),
    tf.layers.flatten(),
    tf.layers.dropout({ rate: dropout }),
    tf.layers.dense({ units: 2, activation: "softmax", name: "classes" }),
  ];
  return initialize(tf.sequential({ layers }), 5);
}

export function weightsOf(model: tf.LayersModel): number[] {
  return model.getWeights().flatMap((weight) => [...weight.dataSync()]);
}

interface Outcome {
  history: History;
  weights: number[];
  leftOver: number;
}

/** A run with new model, data and optimizer. */
export async function run(
  callbacks: readonly FitCallback[],
  options: FitOptions & { dropout?: number } = {},
): Promise<Outcome> {
  const start = tf.memory().numTensors;
  const data = images();
  const model = smallNet(options.dropout);
  const optimizer = options.optimizer ?? adamW({ learningRate: 0.02 });
  try {
    const history = await fitModel(model, data, {
      ...{ epochs: 4, batchSize: 4, seed: 3, validation: data, show: false, compile: false },
      ...options,
      ...{ optimizer, callbacks },
    });
    return { history, weights: weightsOf(model), leftOver: 0 };
  } finally {
    model.dispose();
    (optimizer as tf.Optimizer).dispose();
    tf.dispose([data.x, data.y]);
    const leftOver = tf.memory().numTensors - start;
    assert.ok(leftOver <= 0, `${leftOver} tensors are left over`);
  }
}

const status = list().find(({ name }) => name === "tensorflow");

/** @param make A new callback; files go into the folder. */
export function callbackContract(name: string, make: (folder: string) => FitCallback): void {
  describe(name, () => {
    let folder: string;
    before(async () => {
      await use("cpu");
      folder = mkdtempSync(join(tmpdir(), "callback-"));
    });
    after(() => rmSync(folder, { recursive: true, force: true }));

    test("gives the same run for the same seed, also when it is used again", async () => {
      const callback = make(folder);
      const [first, again, fresh] = [await run([callback]), await run([callback]), await run([make(folder)])];
      assert.deepEqual(again.weights, first.weights);
      assert.deepEqual(fresh.history.loss, first.history.loss);
    });

    test("leaves nothing when the run is interrupted within an epoch", async () => {
      const interrupt = new AbortController();
      const onStepEnd = ({ step }: { step: number }) => void (step === 8 && interrupt.abort());
      const { history } = await run([make(folder), { onStepEnd }], { signal: interrupt.signal });
      assert.equal(history.interrupted, true);
    });

    test("goes on after a checkpoint to the same bits", async () => {
      const place = join(folder, "run");
      const whole = await run([make(folder), checkpoint({ folder: join(folder, "unused") })], { epochs: 5 });
      await run([make(folder), checkpoint({ folder: place })], { epochs: 2 });
      const rest = await run([make(folder), checkpoint({ folder: place })], { epochs: 5, resume: place });
      assert.deepEqual(rest.history.loss, whole.history.loss);
      assert.deepEqual(rest.history.valLoss, whole.history.valLoss);
      assert.deepEqual(rest.weights, whole.weights);
    });

    test("goes on after a checkpoint to the same bits in recorded steps", {
      skip: status?.available ? false : (status?.reason ?? true),
    }, async () => {
      await use("tensorflow");
      try {
        const place = join(folder, "recorded");
        const train = (epochs: number, resume?: string) =>
          run([make(folder), checkpoint({ folder: place })], {
            ...{ epochs, compile: "graph" },
            ...(resume && { resume }),
          });
        const whole = await train(5);
        await train(2);
        assert.deepEqual((await train(5, place)).weights, whole.weights);
      } finally {
        await use("cpu");
      }
    });

    test("is the same in recorded steps", {
      skip: status?.available ? false : (status?.reason ?? true),
    }, async () => {
      await use("tensorflow");
      try {
        const eager = await run([make(folder)], { epochs: 6 });
        const graph = await run([make(folder)], { epochs: 6, compile: "graph" });
        assert.equal(graph.history.engine, "graph", graph.history.engineReason);
        assert.equal(graph.history.loss.length, eager.history.loss.length);
        for (const [index, loss] of eager.history.loss.entries()) {
          assert.ok(
            Math.abs((graph.history.loss[index] as number) - loss) < 1e-4,
            `${graph.history.loss} ${eager.history.loss}`,
          );
        }
      } finally {
        await use("cpu");
      }
    });
  });
}
