// Losses in whole runs: recorded steps give what single operations give, with weights of classes and examples too.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { list, use } from "../../backend/index.ts";
import { run } from "../battery/callbacks.ts";
import { mixup } from "../callbacks/index.ts";
import type { FitOptions } from "../fit.ts";
import {
  categoricalHinge,
  crossEntropy,
  dice,
  focal,
  type Loss,
  multiMargin,
  triplet,
  tversky,
} from "./index.ts";

const status = list().find(({ name }) => name === "tensorflow");
const ready = { fromLogits: false };
const losses: Record<string, Loss> = {
  crossEntropy: crossEntropy(ready),
  focal: focal(ready),
  dice: dice(ready),
  tversky: tversky({ ...ready, gamma: 0.75 }),
  categoricalHinge: categoricalHinge(),
  multiMargin: multiMargin(),
  triplet: triplet({ triplets: "hard", margin: 0.3 }),
};

describe("recorded", { skip: status?.available ? false : status?.reason }, () => {
  before(() => use("tensorflow"));

  async function compare(options: FitOptions, callbacks = [] as Parameters<typeof run>[0]): Promise<void> {
    const settings = { epochs: 8, metrics: [tf.metrics.sparseCategoricalAccuracy], ...options };
    const eager = await run(callbacks, settings);
    const graph = await run(callbacks, { ...settings, compile: "graph" });
    assert.equal(graph.history.engine, "graph", graph.history.engineReason);
    for (const [index, loss] of eager.history.loss.entries()) {
      const found = graph.history.loss[index] as number;
      assert.ok(Math.abs(found - loss) < 1e-4 * Math.max(1, loss), `${found}, ${loss}`);
    }
    assert.ok((eager.history.loss.at(-1) as number) < (eager.history.loss[0] as number), "it learns");
  }

  for (const [name, loss] of Object.entries(losses)) {
    test(`${name} is the same as step by step`, () => compare({ loss }));
  }

  test("weights of classes and examples are the same as step by step", () =>
    compare({
      classWeight: "balanced",
      sampleWeight: Array.from({ length: 22 }, (_, index) => (index % 3) / 2),
    }));

  test("what fit chooses for mixed examples has an accuracy", async () => {
    const { history } = await run([mixup()], { epochs: 8, compile: "graph" });
    assert.equal(history.accuracy.length, 8);
    assert.ok((history.valAccuracy.at(-1) as number) > 0.8, String(history.valAccuracy));
  });
});
