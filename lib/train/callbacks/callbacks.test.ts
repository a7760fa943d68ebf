// What each callback does, beyond what all of them keep (contract.test.ts).

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { random } from "../../data/random.ts";
import { images, run, smallNet, weightsOf } from "../battery/callbacks.ts";
import type { FitCallback, FitState } from "../callback.ts";
// Under its own name the linter takes it for a focused test.
import { fit as fitModel } from "../fit.ts";
import { crossEntropy } from "../losses/index.ts";
import { constant, step as stepSchedule } from "../schedules/index.ts";
import {
  accumulateGradients,
  checkpoint,
  clipGradients,
  csvLogger,
  cutmix,
  earlyStopping,
  histograms,
  learningRate,
  mixup,
  movingAverage,
  nanGuard,
  reduceOnPlateau,
} from "./index.ts";

await tf.setBackend("cpu");

let folder: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), "callbacks-"));
});
after(() => rmSync(folder, { recursive: true, force: true }));

function assertClose(found: number[], expected: number[], tolerance: number): void {
  assert.equal(found.length, expected.length);
  for (const [index, value] of expected.entries()) {
    assert.ok(Math.abs((found[index] as number) - value) <= tolerance, `${index}: ${found[index]}, ${value}`);
  }
}

/** Tell a callback epochs with these values; returns in which one it stopped, and the rates after each. */
async function tell(callback: FitCallback, metric: string, values: number[]) {
  const optimizer = tf.train.adam(1);
  const model = smallNet();
  model.compile({ optimizer, loss: "meanSquaredError" });
  let stopped = 0;
  const rates: number[] = [];
  const state = (epoch: number, value: number) =>
    ({ model, epoch, values: { [metric]: value }, stop: () => (stopped ||= epoch) }) as unknown as FitState;
  await callback.onStart?.(state(0, 0));
  for (const [index, value] of values.entries()) {
    if (stopped) break;
    await callback.onEpochEnd?.(state(index + 1, value));
    rates.push((optimizer as unknown as { learningRate: number }).learningRate);
  }
  await callback.onEnd?.(state(values.length, 0));
  model.dispose();
  optimizer.dispose();
  return { stopped, rates };
}

test("reduceOnPlateau gives PyTorch's rates", async () => {
  const file = new URL("../../../../tests/refs/schedules.json", import.meta.url);
  const { plateau } = JSON.parse(readFileSync(file, "utf8"));
  const cases: Record<string, FitCallback> = {
    relative: reduceOnPlateau({ factor: 0.1, patience: 2 }),
    absolute: reduceOnPlateau({
      ...{ factor: 0.5, patience: 1, minimumChange: 0.02, change: "absolute", minimumRate: 0.2 },
    }),
    cooldown: reduceOnPlateau({ factor: 0.5, patience: 1, cooldown: 2 }),
    max: reduceOnPlateau({ direction: "max", factor: 0.5, patience: 3 }),
  };
  for (const [name, callback] of Object.entries(cases)) {
    const { rates } = await tell(callback, "val_loss", plateau.values);
    assertClose(rates, plateau[name], 1e-12);
  }
});

test("earlyStopping stops after its patience, in the metric's own direction", async () => {
  const falling = [3, 2, 2.5, 2.4, 2.3, 1];
  assert.equal((await tell(earlyStopping({ patience: 3 }), "val_loss", falling)).stopped, 5);
  const rising = falling.map((value) => -value);
  const accuracy = earlyStopping({ patience: 3, metric: "val_accuracy" });
  assert.equal((await tell(accuracy, "val_accuracy", rising)).stopped, 5);
  assert.deepEqual([accuracy.best, accuracy.bestEpoch], [-2, 2]);
  const picky = earlyStopping({ patience: 2, minimumChange: 2, metric: "loss" });
  assert.equal((await tell(picky, "loss", falling)).stopped, 3);
  assert.equal((await tell(earlyStopping({ patience: 1, baseline: 1 }), "val_loss", falling)).stopped, 1);
  assert.throws(() => earlyStopping({ metric: "val_zeal" }), /better direction is not known/);
  await assert.rejects(
    tell(earlyStopping(), "loss", [1]),
    /watches "val_loss".*it has loss.*option validation/,
  );
});

test("earlyStopping goes back to the weights of the best epoch", async () => {
  const seen: number[][] = [];
  const spy: FitCallback = { onEpochEnd: ({ model }) => void seen.push(weightsOf(model)) };
  const stop = earlyStopping({ patience: 2 });
  const watching: FitCallback = {
    ...stop,
    onEpochEnd: (state) => stop.onEpochEnd?.({ ...state, values: { val_loss: Math.abs(state.epoch - 2) } }),
  };
  const { weights, history } = await run([spy, watching], { epochs: 9 });
  assert.equal(history.loss.length, 4);
  assert.deepEqual(weights, seen[1]);
  assert.notDeepEqual(weights, seen[3]);
});

test("learningRate follows its schedule per epoch and per step, and moves the momentum", async () => {
  const rates: number[] = [];
  const spy: FitCallback = {
    onStepEnd: ({ model }) =>
      void rates.push((model.optimizer as unknown as { learningRate: number }).learningRate),
  };
  const schedule = stepSchedule({ rate: 1, every: 1, factor: 0.5 });
  await run([learningRate(schedule), spy], { epochs: 2 });
  assert.deepEqual(rates, [1, 1, 1, 1, 1, 1, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5]);
  rates.length = 0;
  await run([learningRate(schedule, { per: "step" }), spy], { epochs: 1, optimizer: tf.train.sgd(9) });
  assert.deepEqual(rates, [1, 0.5, 0.25, 0.125, 0.0625, 0.03125]);
  const momentum = learningRate(constant(0.1), { momentum: constant(0.5) });
  await assert.rejects(run([momentum]), /AdamW has no momentum/);
});

/** Gradients of one step, after the callback has changed them. */
function through(callback: FitCallback, values: number[][]): number[][] {
  return tf.tidy(() => {
    const gradients = values.map((each) => ({
      variable: tf.variable(tf.zeros([each.length])),
      gradient: tf.tensor1d(each),
    }));
    const changed = callback.onGradients?.(gradients) ?? [];
    tf.dispose(gradients.map(({ variable }) => variable));
    return changed.map(({ gradient }) => [...gradient.dataSync()]);
  });
}

test("clipGradients clips by value, by norm and by the norm of all", () => {
  assert.deepEqual(through(clipGradients({ value: 1 }), [[3, -4], [0.5]]), [[1, -1], [0.5]]);
  const [long, short] = through(clipGradients({ norm: 1 }), [[3, -4], [0.5]]) as [number[], number[]];
  assertClose(long, [0.6, -0.8], 1e-6);
  assert.deepEqual(short, [0.5]);
  const all = through(clipGradients({ globalNorm: 6.5 }), [[3, -4], [12]]).flat();
  assertClose(all, [1.5, -2, 6], 1e-6);
  assert.deepEqual(through(clipGradients({ globalNorm: 14 }), [[3, -4], [12]]), [[3, -4], [12]]);
  assert.throws(() => clipGradients({}), /got no limit/);
  assert.throws(() => clipGradients({ norm: 0 }), /norm is 0/);
});

test("accumulated gradients of small batches give the weights of a large one", async () => {
  const data = images();
  const train = async (batchSize: number, callbacks: FitCallback[]) => {
    const dense = tf.layers.dense({ units: 2, activation: "softmax", kernelInitializer: "zeros" });
    const model = tf.sequential({ layers: [tf.layers.flatten({ inputShape: [4, 4, 1] }), dense] });
    const optimizer = tf.train.adam(0.1);
    const few = { x: data.x.slice(0, 20), y: data.y.slice(0, 20) };
    await fitModel(model, few, { batchSize, callbacks, optimizer, epochs: 3, show: false, compile: false });
    return { weights: weightsOf(model), iterations: optimizer.iterations };
  };
  const [large, small] = [await train(10, []), await train(2, [accumulateGradients(5)])];
  assertClose(small.weights, large.weights, 1e-5);
  assert.equal(small.iterations, 6);
  const uneven = await train(4, [accumulateGradients(3)]);
  assert.equal(uneven.iterations, 6, "the last step of an epoch applies what is left");
});

test("movingAverage leaves the average, and can be swapped for the last weights", async () => {
  let average: number[] | undefined;
  const averaging = movingAverage({ decay: 0.75, warmUp: false });
  const spy: FitCallback = {
    onStart({ model }) {
      average = weightsOf(model);
    },
    onStepEnd({ model }) {
      const now = weightsOf(model);
      average = average?.map((value, index) => 0.75 * value + 0.25 * (now[index] as number));
    },
    onEpochEnd({ model }) {
      const own = weightsOf(model);
      averaging.swap(model);
      assertClose(weightsOf(model), average as number[], 1e-6);
      averaging.swap(model);
      assert.deepEqual(weightsOf(model), own);
    },
  };
  const { weights } = await run([averaging, spy], { epochs: 2 });
  assertClose(weights, average as number[], 1e-6);
});

test("mixup and cutmix mix targets as they mix images", async () => {
  const model = smallNet();
  for (const callback of [mixup({ alpha: 1 }), cutmix()]) {
    await callback.onStart?.({ model } as FitState);
    // Class 0 is all 0, class 1 all 1: the mean of an image is then its share of class 1.
    const y = tf.tensor1d([0, 1, 0, 1, 0, 1], "int32");
    const x = tf.tidy(() => y.toFloat().reshape([6, 1, 1, 1]).tile([1, 4, 4, 1]));
    const before = tf.memory().numTensors;
    const batch = callback.onBatch?.({ x, y, weight: tf.ones([6]) }, random(3));
    assert.ok(batch?.weight);
    assert.equal(tf.memory().numTensors, before + 1);
    const shares = [...batch.x.mean([1, 2, 3]).dataSync()];
    const targets = [...batch.y.slice([0, 1], [6, 1]).dataSync()];
    assertClose(targets, shares, 1e-6);
    assert.ok(
      targets.some((target) => target > 0.01 && target < 0.99),
      String(targets),
    );
    tf.dispose([batch.x, batch.y, batch.weight]);
  }
  const flat = { x: tf.zeros([2, 3]), y: tf.zeros([2]) };
  assert.throws(() => cutmix().onBatch?.(flat, random(1)), /cutmix needs images/);
});

test("soft targets need a loss that takes them", async () => {
  await assert.rejects(run([mixup()], { loss: "sparseCategoricalCrossentropy" }), /mixup makes rows/);
  const loss = crossEntropy({ fromLogits: false });
  const { history } = await run([mixup()], { loss, metrics: [], epochs: 1 });
  assert.equal(history.valLoss.length, 1);
});

test("nanGuard names the layer, the data or the gradient, and keeps the weights", async () => {
  const data = images();
  const train = async (model: tf.LayersModel, x = data.x, options = {}) => {
    const callbacks = [nanGuard()];
    await fitModel(
      model,
      { x, y: data.y },
      { callbacks, epochs: 1, show: false, compile: false, ...options },
    );
  };
  const holed = tf.tidy(() => data.x.div(data.x.sub(data.x)));
  await assert.rejects(train(smallNet(), holed), /epoch 1, step 1: the batch holds NaN or ∞ already/);
  const exploding = smallNet();
  const kernel = exploding.getLayer("classes").getWeights()[0] as tf.Tensor;
  exploding.getLayer("classes").setWeights([kernel.mul(Infinity), tf.zeros([2])]);
  await assert.rejects(train(exploding), /weight classes\/kernel of layer "classes" is not finite/);
  const overflowing = tf.sequential({
    layers: [
      tf.layers.flatten({ inputShape: [4, 4, 1], name: "pixels" }),
      tf.layers.dense({
        units: 2,
        kernelInitializer: tf.initializers.constant({ value: 1e38 }),
        name: "huge",
      }),
      tf.layers.softmax({ name: "end" }),
    ],
  });
  const before = weightsOf(overflowing);
  await assert.rejects(train(overflowing, data.x.mul(1e3)), /the output of layer "huge" is not finite/);
  assert.deepEqual(weightsOf(overflowing), before);
  const root = (target: tf.Tensor, prediction: tf.Tensor) =>
    tf.sqrt(tf.sub(prediction, prediction)).add(target.mul(0));
  await assert.rejects(train(smallNet(), data.x, { loss: root }), /but the gradients of .* are not/);
});

test("csvLogger writes a line an epoch, and a resumed run goes on", async () => {
  const [path, place] = [join(folder, "log.csv"), join(folder, "csv")];
  await run([csvLogger({ path }), checkpoint({ folder: place })], { epochs: 2 });
  const first = readFileSync(path, "utf8").trimEnd().split("\n");
  assert.equal(first[0], "epoch,loss,accuracy,val_loss,val_accuracy");
  assert.equal(first.length, 3);
  const callbacks = [csvLogger({ path }), checkpoint({ folder: place })];
  const { history } = await run(callbacks, { epochs: 3, resume: place });
  const rows = readFileSync(path, "utf8").trimEnd().split("\n");
  assert.deepEqual(rows.slice(0, 3), first);
  assert.equal(Number(rows[3]?.split(",")[1]), history.loss[2]);
});

test("a checkpoint that is missing, damaged or another run's is told", async () => {
  const place = join(folder, "checked");
  await assert.rejects(run([], { resume: join(folder, "nowhere") }), /no checkpoint in ".*nowhere"/);
  await run([checkpoint({ folder: place })], { epochs: 1 });
  await assert.rejects(
    run([earlyStopping()], { resume: place }),
    /Callback 0 is earlyStopping;.* it is checkpoint/,
  );
  await assert.rejects(
    run([checkpoint({ folder: place })], { resume: place, optimizer: tf.train.sgd(1) }),
    /trained with SGD; the checkpoint is of a run with AdamW/,
  );
  const larger = run([checkpoint({ folder: place })], { resume: place, batchSize: 11 });
  await assert.rejects(larger, /after 6 steps in 1 epochs; with this data and batchSize it would be 2/);
  writeFileSync(join(place, "tensors.bin"), Buffer.alloc(8));
  await assert.rejects(run([], { resume: place }), /damaged: tensors.bin has 8 bytes instead of/);
});

test("resuming works with the optimizers of TensorFlow.js", async () => {
  const optimizers: (() => tf.Optimizer)[] = [
    () => tf.train.sgd(0.1),
    () => tf.train.momentum(0.1, 0.9),
    () => tf.train.adam(0.01),
    () => tf.train.adamax(0.01),
    () => tf.train.rmsprop(0.01, 0.9, 0.5, undefined, true),
    () => tf.train.adagrad(0.1),
    () => tf.train.adadelta(0.5),
  ];
  for (const [index, optimizer] of optimizers.entries()) {
    const place = join(folder, `optimizer ${index}`);
    const data = images();
    const train = async (epochs: number, resume?: string) => {
      const model = smallNet();
      const options = {
        epochs,
        batchSize: 4,
        show: false,
        compile: false,
        ...(resume && { resume }),
      } as const;
      const callbacks = [checkpoint({ folder: place })];
      await fitModel(model, data, { ...options, callbacks, optimizer: optimizer() });
      return weightsOf(model);
    };
    const whole = await train(3);
    await train(1);
    assert.deepEqual(await train(3, place), whole, optimizer().getClassName());
  }
});

test("histograms count what flows, and draw it", async () => {
  const counting = histograms({ bins: 10, limits: { weights: 0.5 } });
  let kernel: number[] = [];
  const spy: FitCallback = {
    onEpochEnd({ model }) {
      kernel = [...(model.getLayer("filters").getWeights()[0] as tf.Tensor).dataSync()];
    },
  };
  await run([counting, spy], { epochs: 2 });
  const { weights, gradients, activations } = counting.records;
  const last = weights.findLast(({ name }) => name === "filters/kernel");
  assert.equal(last?.epoch, 2);
  const expected = Array(10).fill(0);
  for (const value of kernel) expected[Math.min(9, Math.max(0, Math.floor((value + 0.5) * 10)))]++;
  assert.deepEqual(last?.counts, expected);
  const mean = kernel.reduce((sum, value) => sum + value, 0) / kernel.length;
  assert.ok(Math.abs((last?.mean ?? 0) - mean) < 1e-6);
  assert.deepEqual([...new Set(gradients.map(({ name }) => name))].sort(), [
    ...["classes/bias", "classes/kernel", "filters/bias", "filters/kernel", "normal/beta", "normal/gamma"],
  ]);
  // The last batch has 2 examples, the convolution's output 2 · 2 · 3 values each.
  const output = activations.find(({ name }) => name === "filters");
  assert.equal(
    output?.counts.reduce((sum, each) => sum + each, 0),
    24,
  );
  assert.equal(activations.length, 2 * 5);
  const mime = await counting.figure("gradients", ["filters/kernel"]).toMime();
  assert.match(String(mime["image/svg+xml"]), /^<svg[\s\S]*filters\/kernel/);
  assert.throws(
    () => counting.figure("weights", ["none"]),
    /There are no weights of none; there are those of/,
  );
  assert.throws(() => histograms().figure(), /run fit with this callback first/);
});
