import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { random } from "../data/random.ts";
import { type DisplayTarget, displayTarget, type MimeBundle, setDisplayTarget } from "../plot/display.ts";
import { classify, evaluate, predict } from "./evaluate.ts";
// Under its own name the linter takes it for a focused test.
import { type FitOptions, fit as fitModel } from "./fit.ts";
import { initialize } from "./initialize.ts";

await tf.setBackend("cpu");

const original = displayTarget();
let shown: MimeBundle[];
let interrupt: AbortController;

beforeEach(() => {
  shown = [];
  interrupt = new AbortController();
  const show: DisplayTarget["show"] = (bundle) => {
    shown.push(bundle);
    return { update: (next) => shown.push(next) };
  };
  setDisplayTarget({ show, interruptSignal: () => interrupt.signal });
});

afterEach(() => setDisplayTarget(original));

// Two clouds around (−1, −1) and (1, 1): 50 points, so that batches of 16 leave a last one of 2.
function clouds() {
  const source = random(1);
  const labels = Array.from({ length: 50 }, (_, index) => index % 2);
  const points = labels.map((label) => [0, 1].map(() => 2 * label - 1 + 0.5 * source.normal()));
  return { x: tf.tensor2d(points), y: tf.tensor1d(labels, "int32") };
}

function makeModel({ dropout = false, activation = "softmax" as "softmax" | "linear" } = {}) {
  const model = tf.sequential();
  model.add(tf.layers.dense({ inputShape: [2], units: 8, activation: "relu" }));
  if (dropout) model.add(tf.layers.dropout({ rate: 0.5 }));
  model.add(tf.layers.dense({ units: 2, activation }));
  return initialize(model, 3);
}

function weightsOf(model: tf.LayersModel): number[] {
  return model.getWeights().flatMap((weight) => [...weight.dataSync()]);
}

async function train(options: FitOptions & { dropout?: boolean } = {}) {
  const data = clouds();
  const model = makeModel(options);
  const history = await fitModel(model, data, { epochs: 3, batchSize: 16, ...options });
  const weights = weightsOf(model);
  model.dispose();
  tf.dispose([data.x, data.y]);
  return { history, weights };
}

test("equal seeds give equal runs, dropout included; other seeds others", async () => {
  for (const dropout of [false, true]) {
    const [first, again, other] = [
      await train({ seed: 1, dropout }),
      await train({ seed: 1, dropout }),
      await train({ seed: 2, dropout }),
    ];
    assert.deepEqual(first.weights, again.weights);
    assert.deepEqual(first.history.loss, again.history.loss);
    assert.notDeepEqual(first.weights, other.weights);
  }
});

test("a run that learns reports falling loss and rising accuracy", async () => {
  const { history } = await train({ epochs: 30, optimizer: tf.train.sgd(0.1) });
  assert.equal(history.loss.length, 30);
  assert.ok((history.loss[29] as number) < (history.loss[0] as number) / 2, String(history.loss));
  assert.ok((history.accuracy[29] as number) > 0.95);
  assert.equal(history.interrupted, false);
  assert.ok(history.examplesPerSecond > 0 && history.seconds > 0);
});

test("every example is used once an epoch and a short last batch weighs by its size", async () => {
  const data = clouds();
  const model = makeModel();
  const sizes: number[] = [];
  const seen: number[] = [];
  const examples = {
    size: 50,
    batch(indices: ArrayLike<number>) {
      sizes.push(indices.length);
      seen.push(...Array.from(indices));
      const rows = Int32Array.from(indices);
      return tf.tidy(() => ({ x: tf.gather(data.x, rows), y: tf.gather(data.y, rows) }));
    },
  };
  // Without learning the epoch's loss must be the loss over all data, whatever the batches were.
  const history = await fitModel(model, examples, { epochs: 1, batchSize: 16, optimizer: tf.train.sgd(0) });
  assert.deepEqual(sizes.slice(1), [16, 16, 16, 2]);
  assert.deepEqual(
    seen.slice(1).sort((a, b) => a - b),
    [...Array(50).keys()],
  );
  const { loss, accuracy } = await evaluate(model, data, { batchSize: 50 });
  assert.ok(Math.abs((history.loss[0] as number) - loss) < 1e-6);
  assert.ok(Math.abs((history.accuracy[0] as number) - (accuracy as number)) < 1e-6);
  const uneven = await evaluate(model, data, { batchSize: 7 });
  assert.ok(Math.abs(uneven.loss - loss) < 1e-6);
});

test("training equals model.fit of tfjs without shuffling", async () => {
  const data = clouds();
  const ours = makeModel();
  const theirs = makeModel();
  const settings = { loss: "sparseCategoricalCrossentropy", metrics: ["accuracy"] };
  await fitModel(ours, data, {
    epochs: 2,
    batchSize: 16,
    shuffle: false,
    optimizer: tf.train.sgd(0.1),
    ...settings,
  });
  theirs.compile({ optimizer: tf.train.sgd(0.1), ...settings });
  const labels = tf.cast(data.y, "float32");
  await theirs.fit(data.x, labels, { epochs: 2, batchSize: 16, shuffle: false, verbose: 0 });
  assert.deepEqual(weightsOf(ours), weightsOf(theirs));
});

test("no tensor is left over", async () => {
  const data = clouds();
  const model = makeModel({ dropout: true });
  await fitModel(model, data, { epochs: 1, validation: data });
  const before = tf.memory().numTensors;
  await fitModel(model, data, { epochs: 2, batchSize: 16, validation: data });
  await evaluate(model, data);
  const classes = await classify(model, data);
  assert.deepEqual(await classify(model, data.x), classes);
  const outputs = [await predict(model, data, { batchSize: 7 }), await predict(model, data.x)];
  assert.deepEqual(outputs[1]?.dataSync(), outputs[0]?.dataSync());
  tf.dispose(outputs);
  initialize(model, 4);
  assert.equal(tf.memory().numTensors, before);
});

test("an interrupt stops between two steps and keeps the model", async () => {
  const data = clouds();
  const model = makeModel();
  const start = weightsOf(model);
  const before = tf.memory().numTensors;
  const callback = { onStepEnd: ({ step }: { step: number }) => void (step === 6 && interrupt.abort()) };
  const history = await fitModel(model, data, {
    epochs: 100,
    batchSize: 16,
    optimizer: tf.train.sgd(0.1),
    callbacks: [callback],
  });
  assert.equal(history.interrupted, true);
  assert.equal(history.loss.length, 1, "only complete epochs are in the history");
  assert.notDeepEqual(weightsOf(model), start);
  assert.match(
    String(shown.at(-1)?.["text/plain"]),
    /^Interrupted in epoch 2 of 100, the model keeps what it has learned; 6 steps/,
  );
  assert.ok(tf.memory().numTensors - before <= 1, "at most the optimizer's learning rate is new");
  // The interrupt of the next cell is another one: training goes on with the same model.
  interrupt = new AbortController();
  assert.equal((await fitModel(model, data, { epochs: 1 })).interrupted, false);
});

test("a signal stops a run too, and an aborted one before the first step", async () => {
  const { history } = await train({ signal: AbortSignal.abort(), epochs: 4 });
  assert.deepEqual([history.interrupted, history.loss], [true, []]);
});

test("validation is measured after every epoch and callbacks can stop", async () => {
  const data = clouds();
  const epochs: Record<string, number>[] = [];
  const { history } = await train({
    epochs: 9,
    validation: data,
    callbacks: [
      {
        onEpochEnd({ epoch, values, stop }) {
          epochs.push(values);
          if (epoch === 2) stop();
        },
      },
    ],
  });
  assert.equal(history.valLoss.length, 2);
  assert.equal(history.valAccuracy.length, 2);
  assert.deepEqual(Object.keys(epochs[0] ?? {}).sort(), ["accuracy", "loss", "val_accuracy", "val_loss"]);
  assert.equal(history.interrupted, false);
});

test("progress is one display, ends with the curves as chart and SVG, and can be off", async () => {
  await train({ epochs: 2, validation: clouds() });
  const last = shown.at(-1) as MimeBundle;
  assert.match(String(last["text/plain"]), /^2 epochs in [\d.]+ s, [\d,]+ examples\/s$/);
  assert.match(String(last["image/svg+xml"]), /^<svg[\s\S]*validation[\s\S]*<\/svg>$/);
  assert.match(JSON.stringify(last["application/vnd.vegalite.v5+json"]), /vega-lite\/v5/);
  shown = [];
  await train({ show: false });
  assert.deepEqual(shown, []);
});

test("a run that fails is not shown as one that goes on", async () => {
  const failing = {
    onStepEnd: ({ step }: { step: number }) => {
      if (step === 3) throw new Error("no more");
    },
  };
  await assert.rejects(train({ epochs: 2, callbacks: [failing] }), /no more/);
  assert.match(String(shown.at(-1)?.["text/plain"]), /^Stopped by an error in epoch 1 of 2; 3 steps in /);
});

test("logits, one sigmoid unit and plain numbers get losses that fit", async () => {
  const data = clouds();
  const logits = makeModel({ activation: "linear" });
  const { accuracy } = await fitModel(logits, data, { epochs: 40, optimizer: tf.train.sgd(0.1) });
  assert.ok((accuracy.at(-1) as number) > 0.95);
  const binary = initialize(
    tf.sequential({ layers: [tf.layers.dense({ inputShape: [2], units: 1, activation: "sigmoid" })] }),
    1,
  );
  const history = await fitModel(binary, data, { epochs: 40, optimizer: tf.train.sgd(0.5) });
  assert.ok((history.accuracy.at(-1) as number) > 0.95);
  const line = initialize(tf.sequential({ layers: [tf.layers.dense({ inputShape: [1], units: 1 })] }), 1);
  const x = tf.linspace(-1, 1, 20).reshape([20, 1]);
  await fitModel(line, { x, y: x.mul(2).sub(1).flatten() }, { epochs: 200, optimizer: tf.train.sgd(0.1) });
  assert.ok(weightsOf(line).every((weight, index) => Math.abs(weight - (index === 0 ? 2 : -1)) < 1e-3));
});

test("one-hot targets train as class numbers do, whatever their type", async () => {
  const { x, y } = clouds();
  const options = { epochs: 3, optimizer: tf.train.sgd(0.1) };
  const numbers = await fitModel(makeModel(), { x, y }, options);
  for (const type of ["int32", "float32"] as const) {
    const oneHot = await fitModel(makeModel(), { x, y: tf.oneHot(y, 2).cast(type) }, options);
    assert.deepEqual(oneHot.accuracy, numbers.accuracy, type);
    oneHot.loss.forEach((loss, epoch) => {
      assert.ok(Math.abs(loss - (numbers.loss[epoch] as number)) < 1e-6, `${type}, epoch ${epoch}`);
    });
  }
});

test("what doesn't fit is named", async () => {
  const data = clouds();
  const model = makeModel();
  await assert.rejects(fitModel(model, data, { epochs: 0 }), /epochs is 0; it must be a whole number/);
  await assert.rejects(fitModel(model, data, { batchSize: 1.5 }), /batchSize is 1.5/);
  const square = { x: tf.zeros([4, 1, 2]), y: tf.zeros([4], "int32") };
  await assert.rejects(
    fitModel(model, square),
    /takes examples of shape \[2\], the data has \[1,2\]. Put tf.layers.flatten/,
  );
  await assert.rejects(
    fitModel(model, { x: tf.zeros([4, 3]), y: square.y }),
    /has \[3\]. Give its first layer inputShape: \[3\], or the data examples of shape \[2\]\.$/,
  );
  await assert.rejects(
    fitModel(model, { x: data.x, y: tf.range(0, 50, 1, "int32").minimum(tf.scalar(7, "int32")) }),
    /label 7, but the model tells only 2/,
  );
  await assert.rejects(evaluate(makeModel(), data), /no loss yet/);
});

test("a loss that is no number stops the run and names where", async () => {
  const data = clouds();
  const broken = { x: tf.fill([50, 2], Number.NaN), y: data.y };
  const before = tf.memory().numTensors;
  const model = makeModel();
  await assert.rejects(
    fitModel(model, broken, { optimizer: tf.train.sgd(0.25) }),
    /The loss is NaN in epoch 1, step 1: .*learning rate \(it is 0.25\)/,
  );
  model.dispose();
  assert.ok(tf.memory().numTensors - before <= 1);
});

test("initialize gives equal weights for equal seeds, drawn by each layer's own initializer", () => {
  const make = () =>
    tf.sequential({
      layers: [
        tf.layers.dense({ inputShape: [4], units: 5, biasInitializer: "ones" }),
        tf.layers.dense({ units: 3, kernelInitializer: "glorotNormal" }),
      ],
    });
  const [first, again, other] = [initialize(make(), 1), initialize(make(), 1), initialize(make(), 2)];
  assert.deepEqual(weightsOf(first), weightsOf(again));
  assert.notDeepEqual(weightsOf(first), weightsOf(other));
  assert.deepEqual(weightsOf(first).slice(20, 25), [1, 1, 1, 1, 1]);
});
