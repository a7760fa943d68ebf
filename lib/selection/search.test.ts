import assert from "node:assert/strict";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { ready } from "../backend/index.ts";
import { random } from "../data/random.ts";
import { displaySymbol, displayTarget, type MimeBundle, setDisplayTarget } from "../plot/display.ts";
import { make, type Settings } from "./battery/nearest-mean.ts";
import { make as makeNet, smallData } from "./battery/small-net.ts";
import { combinations, draw, integers, logUniform, uniform } from "./candidates.ts";
import { halving } from "./halving.ts";
import { gridSearch, randomSearch } from "./search.ts";

const source = random(8);
const y = Array.from({ length: 90 }, (_, index) => index % 3);
const data = { x: y.map((label) => [3 * label + source.normal()]), y };
const quiet = { show: false };
const module = new URL("./battery/nearest-mean.js", import.meta.url);

function outcome({
  candidates,
}: {
  candidates: readonly { parameters: object; folds: readonly { scores: object }[] }[];
}) {
  return candidates.map(({ parameters, folds }) => [parameters, folds.map(({ scores }) => scores)]);
}

test("a grid is every combination, the last setting changing fastest", () => {
  assert.deepEqual(combinations({ a: [1, 2], b: ["x", "y"] }), [
    { a: 1, b: "x" },
    { a: 1, b: "y" },
    { a: 2, b: "x" },
    { a: 2, b: "y" },
  ]);
  assert.throws(() => combinations({ a: [] }), /a has \[\] to try/);
});

test("random candidates keep to their ranges and the seed", () => {
  const distributions = { a: uniform(-1, 1), b: logUniform(1e-4, 1), c: integers(2, 4), d: ["x", "y"] };
  const drawn = draw(distributions, 500, 3);
  assert.deepEqual(drawn, draw(distributions, 500, 3));
  assert.notDeepEqual(drawn, draw(distributions, 500, 4));
  assert.ok(drawn.every(({ a, b }) => a >= -1 && a < 1 && b >= 1e-4 && b < 1));
  assert.deepEqual([...new Set(drawn.map(({ c }) => c))].sort(), [2, 3, 4]);
  // Half of the orders of magnitude lie below 0.01.
  const small = drawn.filter(({ b }) => b < 0.01).length / 500;
  assert.ok(Math.abs(small - 0.5) < 0.1, String(small));
  assert.throws(() => logUniform(0, 1), /above 0/);
  assert.throws(() => uniform(1, 1), /from 1 to 1/);
});

test("the best of a grid is found; one that fails is told of and does not stop the others", async () => {
  const search = await gridSearch<Settings>(
    make,
    { shift: [-3, 0, 1], fault: [undefined, "throw"] },
    data,
    quiet,
  );
  assert.equal(search.candidates.length, 6);
  assert.deepEqual(search.best.parameters, { shift: 0, fault: undefined });
  assert.ok((search.score(search.best)?.mean ?? 0) > 0.85);
  assert.equal(search.ranked.length, 3);
  assert.deepEqual(
    search.candidates.map(({ error }) => error),
    [
      undefined,
      "This candidate can't learn.",
      undefined,
      "This candidate can't learn.",
      undefined,
      "This candidate can't learn.",
    ],
  );
  assert.match(String(search), /failed: This candidate can't learn/);
  assert.match(String(search), /^Search: 6 candidates\nshift .*\n0 .*← best/);
  assert.match(String(search[displaySymbol]()["text/html"]), /<tr style="font-weight:bold"><td[^>]*>0</);
  assert.match(String((await search.figure.toMime())["image/svg+xml"]), /^<svg/);
});

test("the lowest is best where a loss decides", async () => {
  const metrics = {
    meanError: (truth: number[], predicted: number[]) =>
      truth.filter((label, at) => label !== predicted[at]).length,
  };
  const search = await randomSearch<Settings>(make, { shift: uniform(-3, 3) }, data, {
    ...quiet,
    metrics,
    candidates: 12,
    seed: 5,
  });
  const shifts = search.ranked.map(({ parameters }) => Math.abs(parameters.shift));
  assert.ok((shifts[0] as number) < 0.7 && (shifts.at(-1) as number) > 1.5, String(search));
  await assert.rejects(
    gridSearch<Settings>(make, { shift: [0] }, data, { ...quiet, metric: "f1" }),
    /no score "f1"; measured are score/,
  );
});

test("worker processes give the same result as none, whatever their number", async () => {
  const grid = { shift: [-2, -1, 0, 1, 2] };
  const alone = await gridSearch<Settings>(make, grid, data, { ...quiet, classes: y });
  for (const workers of [1, 2]) {
    const parallel = await gridSearch<Settings>({ module, workers }, grid, data, { ...quiet, classes: y });
    assert.deepEqual(outcome(parallel), outcome(alone));
  }
});

test("a worker that dies costs its candidate only", async () => {
  const grid = { shift: [0], fault: ["exit", undefined] as const };
  const search = await gridSearch<Settings>({ module, workers: 2 }, grid, data, quiet);
  assert.deepEqual(search.best.parameters, { shift: 0, fault: undefined });
  assert.equal(search.candidates[0]?.error, "The worker process ended (exit code 3).");
  const all = gridSearch<Settings>({ module, workers: 1 }, { shift: [0], fault: ["throw"] }, data, quiet);
  await assert.rejects(
    all,
    /^RangeError: All 1 candidates failed; the first with: This candidate can't learn/,
  );
});

test("tensors and layers models go to workers too", async () => {
  await ready();
  const { x, y } = smallData();
  const tensors = { x: tf.tensor2d(x), y: tf.tensor1d(y, "int32") };
  const options = { ...quiet, cv: 2, fit: { epochs: 5, batchSize: 20 }, metric: "accuracy" };
  const net = new URL("./battery/small-net.js", import.meta.url);
  try {
    const parallel = await gridSearch(
      { module: net, workers: 1 },
      { learningRate: [0.001, 1] },
      tensors,
      options,
    );
    const alone = await gridSearch(makeNet, { learningRate: [0.001, 1] }, tensors, options);
    assert.deepEqual(outcome(parallel), outcome(alone));
    assert.deepEqual(parallel.best.parameters, { learningRate: 1 });
  } finally {
    tf.dispose(tensors);
  }
});

test("an abort ends the search and its workers at once", async () => {
  const start = performance.now();
  const search = gridSearch<Settings>({ module, workers: 2 }, { shift: [0, 1, 2], fault: ["hang"] }, data, {
    ...quiet,
    signal: AbortSignal.timeout(1500),
  });
  await assert.rejects(search, { name: "TimeoutError" });
  assert.ok(performance.now() - start < 10_000);
});

test("a module that can't be used says why", async () => {
  const missing = gridSearch({ module: "/nowhere/model.js", workers: 1 }, { a: [1] }, data, quiet);
  await assert.rejects(missing, /Cannot find module '\/nowhere\/model.js'/);
  const empty = gridSearch(
    { module: new URL("./splits.js", import.meta.url), workers: 1 },
    { a: [1] },
    data,
    quiet,
  );
  await assert.rejects(empty, /splits.js exports no function make\(parameters\)/);
  const metrics = { one: () => 1 };
  await assert.rejects(
    gridSearch({ module }, { a: [1] }, data, { ...quiet, metrics }),
    /export metrics from the module/,
  );
});

test("halving gives the promising ones more, on fewer candidates", async () => {
  const shifts = [-3, -2, -1, -0.5, 0, 0.5, 1, 2, 3];
  const search = await halving<Settings>(make, { shift: shifts }, data, { ...quiet, seed: 2 });
  const rounds = search.candidates.map(({ round, resource, folds }) => [
    round,
    resource,
    folds[0]?.trainSize,
  ]);
  assert.deepEqual(rounds, [
    ...shifts.map(() => [1, 8, 8]),
    ...[1, 2, 3].map(() => [2, 24, 24]),
    [3, 72, 72],
  ]);
  assert.ok(Math.abs(search.best.parameters.shift) <= 0.5, String(search));
  assert.equal(search.best.round, 3);
  const epochs = await halving(
    ({ shift, epochs }: { shift: number; epochs: number }) => make({ shift: shift + 1 / epochs }),
    [
      { shift: 0, epochs: 0 },
      { shift: 4, epochs: 0 },
      { shift: -4, epochs: 0 },
    ],
    data,
    { ...quiet, resource: "epochs", maximum: 9 },
  );
  assert.deepEqual(epochs.best.parameters, { shift: 0, epochs: 9 });
});

test("the table grows in one display", async () => {
  const shown: { bundle: MimeBundle; transient: boolean | undefined }[] = [];
  const previous = displayTarget();
  setDisplayTarget({
    show: (bundle) => {
      shown.push({ bundle, transient: undefined });
      return { update: (next, options) => void shown.push({ bundle: next, transient: options?.transient }) };
    },
    interruptSignal: () => undefined,
  });
  try {
    await gridSearch<Settings>(make, { shift: [0, 1, 2] }, data);
  } finally {
    setDisplayTarget(previous);
  }
  assert.deepEqual(
    shown.map(({ transient }) => transient),
    [undefined, true, false],
  );
  const titles = shown.map(({ bundle }) => String(bundle["text/plain"]).split("\n")[0]);
  assert.deepEqual(titles, [
    "Search: 1 of 3 candidates",
    "Search: 2 of 3 candidates",
    "Search: 3 candidates",
  ]);
});
