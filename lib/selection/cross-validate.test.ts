import assert from "node:assert/strict";
import { before, test } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { ready } from "../backend/index.ts";
import { accuracyScore } from "../metrics/index.ts";
import { displaySymbol } from "../plot/display.ts";
import { make, smallData } from "./battery/small-net.ts";
import { crossValidate } from "./cross-validate.ts";
import type { Estimator } from "./learn.ts";
import { groupKFold, timeSeriesSplit } from "./splitters.ts";

before(() => ready());

/** Predicts the mean of the targets; its score is minus the mean absolute error. */
class Mean implements Estimator {
  fits = 0;
  #mean = Number.NaN;

  fit(_x: number[][], y: number[]): this {
    this.fits++;
    this.#mean = y.reduce((sum, value) => sum + value, 0) / y.length;
    return this;
  }

  predict(x: number[][]): number[] {
    return x.map(() => this.#mean);
  }

  score(x: number[][], y: number[]): number {
    return (
      -this.predict(x).reduce((sum, value, index) => sum + Math.abs(value - (y[index] as number)), 0) /
      y.length
    );
  }
}

const x = Array.from({ length: 6 }, (_, index) => [index]);
const y = [0, 0, 3, 3, 6, 6];

test("every fold is learned anew and measured on what was left out", async () => {
  const model = new Mean();
  const cv = groupKFold({ folds: 3 });
  const seen: number[] = [];
  const result = await crossValidate(
    model,
    { x, y },
    {
      cv,
      groups: [0, 0, 1, 1, 2, 2],
      show: false,
      onFold: ({ fold }) => void seen.push(fold),
    },
  );
  assert.equal(model.fits, 3);
  assert.deepEqual(seen, [1, 2, 3]);
  // groupKFold tests the last group first: means 1.5, 3 and 4.5 against 6, 3 and 0.
  assert.deepEqual(
    result.folds.map(({ scores }) => scores.score),
    [-4.5, 0, -4.5].map((value) => value || -0),
  );
  assert.deepEqual(result.scores.score, { mean: -3, deviation: Math.sqrt((1.5 ** 2 * 2 + 9) / 3) });
  assert.match(String(result), /Cross-validation over 3 folds\nfold {2}score .*\n1 {5}-4.500/);
  const mime = await result.figure.toMime();
  assert.match(String(mime["image/svg+xml"]), /^<svg/);
  assert.match(String(result[displaySymbol]()["text/html"]), /^<table>/);
});

test("metrics replace the model's own score", async () => {
  const result = await crossValidate(
    () => new Mean(),
    { x, y },
    {
      cv: timeSeriesSplit({ folds: 2 }),
      metrics: {
        first: (truth: number[]) => truth[0] as number,
        predicted: (_: number[], p: number[]) => p[0] as number,
      },
      show: false,
    },
  );
  assert.deepEqual(
    result.folds.map(({ scores }) => scores),
    [
      { first: 3, predicted: 0 },
      { first: 6, predicted: 1.5 },
    ],
  );
});

test("layers models are built, trained and disposed fold by fold, the same for the same seed", async () => {
  const data = smallData();
  const options = {
    cv: 4,
    fit: { epochs: 10, batchSize: 20 },
    metrics: {
      mine: (truth: tf.Tensor, predicted: tf.Tensor) =>
        accuracyScore(
          truth,
          tf.tidy(() => [...predicted.argMax(-1).dataSync()]),
        ),
    },
    show: false,
  };
  await crossValidate(make, data, options);
  const before = tf.memory().numTensors;
  const [one, two] = [await crossValidate(make, data, options), await crossValidate(make, data, options)];
  assert.equal(tf.memory().numTensors, before);
  assert.deepEqual(one.mean, two.mean);
  assert.equal(one.folds.length, 4);
  assert.ok((one.mean.accuracy as number) > 0.8, String(one));
  assert.ok(Math.abs((one.mean.accuracy as number) - (one.mean.mine as number)) < 1e-6);
  assert.ok((one.mean.loss as number) > 0);
});

test("what can't be cross-validated says why", async () => {
  const model = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [1] })] });
  await assert.rejects(crossValidate(model, { x, y }), /give a function that builds it/);
  model.dispose();
  await assert.rejects(crossValidate(new Mean(), { x, y: [1] }), /x has 6 examples and y has 1/);
  const { score: _, ...rest } = { score: 0, fit: () => 0, predict: () => [0] };
  await assert.rejects(crossValidate(rest, { x, y }, { show: false }), /no score method; give metrics/);
  const signal = AbortSignal.abort(new Error("enough"));
  await assert.rejects(crossValidate(new Mean(), { x, y }, { signal }), /enough/);
});
