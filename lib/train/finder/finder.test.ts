import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, test } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { use } from "../../backend/index.ts";
import { images, smallNet, weightsOf } from "../battery/callbacks.ts";
// Under its own name the linter takes it for a focused test.
import { fit as fitModel } from "../fit.ts";
import { adamW, sgd } from "../optimizers/index.ts";
import { learningRateFinder } from "./learning-rate-finder.ts";
import { overfitBatch } from "./overfit-batch.ts";
import { type Course, minimum, slide, steep, valley } from "./suggestions.ts";

before(() => use("cpu"));

test("the suggestions are fastai's", () => {
  const file = new URL("../../../../tests/refs/finder.json", import.meta.url);
  const cases: (Course & Record<string, number>)[] = JSON.parse(readFileSync(file, "utf8"));
  for (const [index, course] of cases.entries()) {
    for (const suggest of [valley, slide, minimum, steep]) {
      const [found, expected] = [suggest(course), course[suggest.name] as number];
      assert.ok(Math.abs(found / expected - 1) < 1e-12, `${index} ${suggest.name}: ${found}, ${expected}`);
    }
  }
});

test("a loss that only falls, or only rises, has suggestions too", () => {
  const rates = [1, 2, 3, 4, 5, 6].map((power) => 10 ** -power).reverse();
  for (const losses of [
    [6, 5, 4, 3, 2, 1],
    [1, 2, 3, 4, 5, 6],
  ]) {
    for (const suggest of [valley, slide, minimum, steep]) assert.ok(suggest({ rates, losses }) > 0);
  }
});

test("learningRateFinder finds a rate that learns, and leaves model and optimizer alone", async () => {
  const data = images();
  for (const optimizer of [adamW(), sgd({ momentum: 0.9 }), tf.train.adam(), tf.train.momentum(0.1, 0.9)]) {
    const model = smallNet();
    const start = weightsOf(model);
    const settings = { batchSize: 8, optimizer, seed: 2 };
    const before = (await optimizer.getWeights()).length;
    const { valley: found, rates, losses, figure } = await learningRateFinder(model, data, settings);
    assert.deepEqual(weightsOf(model), start);
    assert.equal((await optimizer.getWeights()).length, before);
    assert.equal(optimizer.iterations, 0);
    assert.equal(rates.length, losses.length);
    assert.ok(found > 1e-6 && found < 3, String(found));
    assert.match(String((await figure.toMime())["image/svg+xml"]), /learning rate/);
    const again = await learningRateFinder(model, data, settings);
    assert.deepEqual(again.losses, losses);
    (optimizer as unknown as { learningRate: number }).learningRate = found;
    const { loss } = await fitModel(model, data, { batchSize: 8, epochs: 20, show: false });
    assert.ok((loss.at(-1) as number) < 0.7 * (loss[0] as number), `${optimizer.getClassName()}: ${loss}`);
    model.dispose();
    optimizer.dispose();
  }
});

test("learningRateFinder leaves no tensors, goes on after training, and ends by its signal", async () => {
  const data = images();
  const model = smallNet();
  await fitModel(model, data, { epochs: 2, show: false });
  const [start, { iterations }] = [weightsOf(model), model.optimizer];
  const tensors = tf.memory().numTensors;
  await learningRateFinder(model, data, { steps: 30, from: 1e-4 });
  assert.deepEqual(weightsOf(model), start);
  assert.equal(model.optimizer.iterations, iterations);
  assert.equal(tf.memory().numTensors, tensors);
  const signal = AbortSignal.abort(new Error("enough"));
  await assert.rejects(learningRateFinder(model, data, { signal }), /enough/);
  await assert.rejects(learningRateFinder(model, data, { from: 1, to: 1 }), /from is 1 and to is 1/);
  await assert.rejects(learningRateFinder(model, data, { steps: 5 }), /steps is 5/);
  const line = tf.sequential({ layers: [tf.layers.dense({ inputShape: [1], units: 1 })] });
  const doubled = { x: tf.ones([40, 1]), y: tf.fill([40, 1], 2) };
  const bold = { from: 1e3, to: 1e5, optimizer: tf.train.sgd(1) };
  await assert.rejects(learningRateFinder(line, doubled, bold), /exploded after \d+ of 100 steps/);
  assert.deepEqual(weightsOf(model), start);
});

test("overfitBatch tells a model that can learn from one that can't", async () => {
  const data = images();
  const model = smallNet(0);
  const start = weightsOf(model);
  const good = await overfitBatch(model, data, { batchSize: 8, optimizer: adamW({ learningRate: 0.05 }) });
  assert.equal(good.learned, true);
  assert.ok(good.losses.length < 200 && (good.losses.at(-1) as number) < 0.05 * (good.losses[0] as number));
  assert.deepEqual(weightsOf(model), start);
  const blind = { x: tf.zerosLike(data.x), y: data.y };
  const bad = await overfitBatch(model, blind, { batchSize: 8, steps: 30 });
  assert.deepEqual([bad.learned, bad.losses.length], [false, 30]);
  assert.match(String((await bad.figure.toMime())["image/svg+xml"]), /not learned after 30 steps/);
});
