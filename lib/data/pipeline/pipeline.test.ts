import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import type { Worker } from "node:worker_threads";
import * as tf from "@tensorflow/tfjs";
import { evaluate, fit, initialize, predict } from "../../train/index.ts";
import { LabelledImages } from "../labelled-images.ts";
import { samplers } from "../prepare/index.ts";
import type { Sample } from "../sample.ts";
import { type MapContext, type Pipeline, pipeline } from "./index.ts";

await tf.setBackend("cpu");

// Image i has the pixels i and i, and the class i % 3.
function makeImages(size: number): LabelledImages {
  return new LabelledImages({
    images: Uint8Array.from({ length: size * 2 }, (_, index) => Math.floor(index / 2)),
    labels: Uint8Array.from({ length: size }, (_, index) => index % 3),
    shape: [1, 2, 1],
    classNames: ["a", "b", "c"],
  });
}

// Self-contained, as functions for workers must be.
function jitter({ x, y }: Sample, { random, given }: MapContext): Sample {
  const data = Float32Array.from(x.data, (value) => value + (given as number) * random.uniform());
  return { x: { data, shape: x.shape }, y };
}

async function read(data: Pipeline, epoch = 1): Promise<{ x: number[]; y: number[]; sizes: number[] }> {
  const all = { x: [] as number[], y: [] as number[], sizes: [] as number[] };
  for await (const { x, y } of data.epoch(epoch)) {
    all.x.push(...x.dataSync());
    all.y.push(...y.dataSync());
    all.sizes.push(x.shape[0] as number);
    tf.dispose([x, y]);
  }
  return all;
}

const workers: Worker[] = [];
process.on("worker", (worker) => workers.push(worker));

test("batches hold the data in order, pixels scaled, the last one shorter", async () => {
  const { x, y, sizes } = await read(pipeline(makeImages(10)).batch(4));
  assert.deepEqual(sizes, [4, 4, 2]);
  assert.deepEqual(y, [0, 1, 2, 0, 1, 2, 0, 1, 2, 0]);
  assert.deepEqual(x.slice(0, 6), [...Float32Array.of(0, 0, 1 / 255, 1 / 255, 2 / 255, 2 / 255)]);
});

test("results are the same with 0, 1, 2 and 3 workers, on this thread and batch by batch; epochs and seeds differ", async () => {
  const before = tf.memory().numTensors;
  const make = (workers: number, seed = 7) =>
    pipeline(makeImages(23), { seed })
      .shuffle()
      .map(jitter, { workers, given: 2 })
      .map(jitter, { workers, given: 3 })
      .batch(5)
      .prefetch(3);
  const expected = await read(make(0), 2);
  for (const workers of [1, 2, 3]) assert.deepEqual(await read(make(workers), 2), expected);
  const again = make(2);
  const { x, y } = again.batch(
    Array.from({ length: 23 }, (_, index) => index),
    2,
  );
  assert.deepEqual([[...x.dataSync()], [...y.dataSync()]], [expected.x, expected.y]);
  tf.dispose([x, y]);
  assert.notDeepEqual(await read(again, 3), expected);
  assert.notDeepEqual(await read(make(2, 8), 2), expected);
  assert.equal(tf.memory().numTensors, before);
});

test("every function gets samples in memory of their own, boxes and images of other sizes go along", async () => {
  const source = [3, 5, 5].map((width) => ({
    x: { data: new Uint8Array(2 * width).fill(width), shape: [2, width, 1] },
    y: width,
    boxes: [[0, 0, width, 2] as const],
  }));
  const marked = (workers: number) =>
    pipeline(makeImages(5))
      .map(({ x, y }) => ({ x, y }), { workers })
      .map(({ x, y }) => ({ x, y: x.data.buffer.byteLength + y.data.buffer.byteLength }));
  const boxed = (workers: number) =>
    pipeline(source).map(({ x, boxes = [] }) => ({ x: x.data.length, y: boxes[0]?.[2] ?? -1 }), { workers });
  for (const workers of [0, 2]) {
    assert.deepEqual((await read(marked(workers))).y, Array(5).fill(2 + 4));
    assert.deepEqual((await read(boxed(workers))).x, [6, 10, 10]);
    assert.deepEqual((await read(boxed(workers))).y, [3, 5, 5]);
  }
});

test("workers are kept for the next pass, and end by themselves, also when nobody reads on", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const before = workers.length;
  // As many as no other test has, so that they are new ones.
  const data = pipeline(makeImages(40)).map(jitter, { workers: 4, given: 1 }).batch(4);
  await read(data, 1);
  await read(data, 2);
  assert.equal(workers.length - before, 4);
  for await (const { x, y } of data) {
    tf.dispose([x, y]);
    break;
  }
  await read(data, 3);
  const alive = () => workers.slice(before).filter(({ threadId }) => threadId > 0).length;
  context.mock.timers.tick(29_000);
  assert.ok(alive() >= 4, `${alive()}`);
  context.mock.timers.tick(1000);
  const latest = performance.now() + 10_000;
  while (alive() > 0 && performance.now() < latest) await setImmediate();
  assert.equal(alive(), 0);
});

test("steps are lazy, and cache runs those before it once for each sample", async () => {
  let calls = 0;
  const counted = pipeline(makeImages(6)).map((sample) => {
    calls++;
    return sample;
  });
  assert.equal(calls, 0);
  const cached = counted.cache().shuffle(1);
  const first = await read(cached, 1);
  const second = await read(cached, 2);
  assert.equal(calls, 6);
  assert.notDeepEqual(first.y, second.y);
  assert.deepEqual(first.x.sort(), second.x.sort());
  const random = pipeline(makeImages(6)).map(jitter, { given: 5, workers: 1 }).cache();
  assert.deepEqual(await read(random, 3), await read(random, 4));
});

test("split keeps classes in proportion and shares nothing; samplers choose the samples", async () => {
  const [train, rest] = pipeline(makeImages(30)).split({ fractions: [0.8, 0.2], stratify: true, seed: 3 });
  const parts = [await read(train as Pipeline), await read(rest as Pipeline)];
  assert.deepEqual(
    parts.map(({ y }) => [0, 1, 2].map((label) => y.filter((each) => each === label).length)),
    [
      [8, 8, 8],
      [2, 2, 2],
    ],
  );
  assert.equal(new Set(parts.flatMap(({ x }) => x)).size, 30);
  const labels = [0, 0, 0, 1];
  const source = labels.map((label) => ({ x: Float32Array.of(label), y: label }));
  const balanced = pipeline(source).sample(samplers.over(labels));
  assert.deepEqual((await read(balanced)).y.sort(), [0, 0, 0, 1, 1, 1]);
});

test("windows over a series", async () => {
  const series = Array.from({ length: 7 }, (_, time) => ({ x: Float32Array.of(time, -time), y: 10 * time }));
  const windows = pipeline(series).window({ length: 3, stride: 2, horizon: 2 });
  assert.equal(windows.size, 2);
  const { x, y } = windows.batch([0, 1]);
  assert.deepEqual(x.arraySync(), [
    [
      [0, -0],
      [1, -1],
      [2, -2],
    ],
    [
      [2, -2],
      [3, -3],
      [4, -4],
    ],
  ]);
  assert.deepEqual([...y.dataSync()], [40, 60]);
  tf.dispose([x, y]);
  assert.deepEqual((await read(windows)).y, [40, 60]);
});

test("fit and evaluate take a pipeline; with and without workers the model learns the same", async () => {
  const train = async (workers: number) => {
    const data = pipeline(makeImages(30), { seed: 2 })
      .map(jitter, { given: 0.5, workers })
      .map(({ x, y }) => ({
        x: { data: Float32Array.from(x.data, (value) => value / 30), shape: x.shape },
        y,
      }))
      .batch(8);
    const model = tf.sequential({
      layers: [
        tf.layers.flatten({ inputShape: [1, 2, 1] }),
        tf.layers.dense({ units: 3, activation: "softmax" }),
      ],
    });
    initialize(model, 1);
    let steps = 0;
    const onStepEnd = () => {
      steps++;
    };
    const history = await fit(model, data, {
      ...{ epochs: 2, seed: 3, show: false, validation: data },
      callbacks: [{ onStepEnd }],
    });
    assert.equal(steps, 8);
    const { loss } = await evaluate(model, data, { batchSize: 7 });
    const outputs = await predict(model, data, { batchSize: 7 });
    const predicted = [...outputs.dataSync()];
    outputs.dispose();
    const weights = model.getWeights().map((weight) => [...weight.dataSync()]);
    model.dispose();
    model.optimizer.dispose();
    return { loss, predicted, weights, losses: [history.loss, history.valLoss] };
  };
  assert.deepEqual(await train(2), await train(0));
});

test("a signal ends the pass with its reason, even if a worker hangs", async () => {
  const hangs = pipeline(makeImages(8))
    .map(
      (sample) => {
        for (;;) if (sample.y === undefined) return sample;
      },
      { workers: 1 },
    )
    .batch(2);
  const controller = new AbortController();
  setTimeout(() => controller.abort(new Error("enough")), 100);
  await assert.rejects(async () => {
    for await (const batch of hangs.epoch(1, { signal: controller.signal })) tf.dispose([batch.x, batch.y]);
  }, /enough/);
});

test("a signal stops training, validation, evaluate and predict that wait for a worker; the model is kept", async () => {
  const hangs = pipeline(makeImages(8)).map(
    (sample, { index }) => {
      while (index > 3);
      return sample;
    },
    { workers: 1 },
  );
  const model = tf.sequential({
    layers: [
      tf.layers.flatten({ inputShape: [1, 2, 1] }),
      tf.layers.dense({ units: 3, activation: "softmax" }),
    ],
  });
  const given = () => ({ batchSize: 2, signal: AbortSignal.timeout(300) });
  const options = { shuffle: false, show: false, epochs: 1 };
  const history = await fit(model, hangs, { ...options, ...given() });
  assert.equal(history.interrupted, true);
  const validated = await fit(model, makeImages(8), { ...options, ...given(), validation: hangs });
  assert.equal(validated.interrupted, true);
  const made = tf.memory().numTensors;
  await assert.rejects(evaluate(model, hangs, given()), { name: "TimeoutError" });
  await assert.rejects(predict(model, hangs, given()), { name: "TimeoutError" });
  assert.equal(tf.memory().numTensors, made);
  assert.equal(model.getWeights()[0]?.isDisposed, false);
});

test("errors name the step, the sample and what to do", async () => {
  const images = makeImages(4);
  const fails = (workers: number) =>
    pipeline(images).map(
      (sample, { index }) => {
        if (index === 2) throw new Error("too dark");
        return sample;
      },
      { workers },
    );
  for (const workers of [0, 1]) {
    await assert.rejects(read(fails(workers)), /map: the function failed on sample 2 in epoch 1: too dark/);
  }
  const outside = 3;
  const closure = pipeline(images).map(({ x }) => ({ x, y: outside }), { workers: 1 });
  await assert.rejects(read(closure), /outside is not defined/);
  assert.throws(
    () => pipeline(images).map(Object.freeze as never, { workers: 1 }),
    /can't be sent to workers/,
  );
  assert.throws(() => pipeline([]), /There are no samples/);
  assert.throws(() => pipeline(5 as never), /A pipeline takes labelled images/);
  assert.throws(() => pipeline(images).at(4), /no sample 4; indices go from 0 to 3/);
  assert.throws(() => pipeline(images).batch(0), /batch size is 0/);
  assert.throws(() => pipeline(images).window({ length: 4 }), /4 samples are too few for a window of 4/);
  const uneven = [1, 2].map((length) => ({ x: new Float32Array(length), y: 0 }));
  await assert.rejects(
    read(pipeline(uneven)),
    /must be alike: the first has the shape \[1\].*number 1 has \[2\]/,
  );
  const nothing = pipeline(images).map(() => undefined as never);
  await assert.rejects(read(nothing), /it returned undefined; it must return a sample/);
});
