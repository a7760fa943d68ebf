// Every backend against "cpu": the same results and gradients within 1e-4 of the largest value, whole
// numbers, booleans and strings exactly; models train alike; nothing is left in memory.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { type Case, type Result, run } from "./battery/case.ts";
import { elementwise } from "./battery/elementwise.ts";
import { layers } from "./battery/layers.ts";
import { train, trainingCases } from "./battery/models.ts";
import { reductionsAndProducts } from "./battery/reductions.ts";
import { shapes } from "./battery/shapes.ts";
import { list, memory, use } from "./index.ts";

const cases: Case[] = [...elementwise, ...shapes, ...reductionsAndProducts, ...layers];
const tolerance = 1e-4;

const expected = new Map<Case, Result[]>();
const expectedTraining = new Map<string, Awaited<ReturnType<typeof train>>>();

before(async () => {
  await use("cpu");
  const failures: string[] = [];
  for (const one of cases) {
    try {
      expected.set(one, run(one));
    } catch (error) {
      failures.push(`${one.name}: ${error}`);
    }
  }
  assert.deepEqual(failures, [], "these fail on the cpu backend, which the others are compared with");
  for (const training of trainingCases) expectedTraining.set(training.name, await train(training, 3));
});

for (const name of ["tensorflow", "wasm"] as const) {
  const status = list().find((entry) => entry.name === name);
  describe(`the ${name} backend`, { skip: status?.available ? false : status?.reason }, () => {
    let atStart: ReturnType<typeof held>;
    before(async () => {
      await use(name);
      atStart = held();
    });

    for (const one of cases) {
      it(one.name, () => {
        const start = held();
        const actual = run(one);
        assert.deepEqual(held(), start, "tensors are left over");
        assertSame(actual, expected.get(one) as Result[]);
      });
    }

    for (const training of trainingCases) {
      it(`trains: ${training.name}`, async () => {
        const start = held();
        const actual = await train(training, 3);
        assert.deepEqual(held(), start, "tensors are left over");
        const wanted = expectedTraining.get(training.name) as typeof actual;
        assertClose(actual.losses, wanted.losses, "losses");
        assertClose(actual.output, wanted.output, "predictions");
        assert.ok(wanted.losses[2] < wanted.losses[0], "the loss falls");
      });
    }

    after(() => assert.deepEqual(held(), atStart));
  });
}

function assertSame(actual: Result[], wanted: Result[]): void {
  assert.equal(actual.length, wanted.length, "number of results");
  actual.forEach((result, index) => {
    const reference = wanted[index];
    const what = `result ${index}`;
    assert.deepEqual(result.shape, reference.shape, `${what}: shape`);
    assert.equal(result.dtype, reference.dtype, `${what}: data type`);
    if (result.dtype === "float32" || result.dtype === "complex64") {
      assertClose(result.values as ArrayLike<number>, reference.values as ArrayLike<number>, what);
    } else assert.deepEqual(plain(result), plain(reference), what);
  });
}

/** Without the bytes: TensorFlow.js counts those of a reshaped string tensor down twice. */
function held() {
  const { tensors, buffers, tensorFlowHandles } = memory();
  return { tensors, buffers, tensorFlowHandles };
}

function plain({ values }: Result): unknown[] {
  return Array.from(values as ArrayLike<unknown>);
}

function assertClose(actual: ArrayLike<number>, wanted: ArrayLike<number>, what: string): void {
  assert.equal(actual.length, wanted.length, `${what}: number of values`);
  const finite = Array.from(wanted).filter(Number.isFinite);
  const largest = finite.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  for (let index = 0; index < wanted.length; index++) {
    const close = Number.isFinite(wanted[index])
      ? Math.abs(actual[index] - wanted[index]) <= tolerance * largest
      : Object.is(actual[index], wanted[index]);
    if (!close) {
      assert.fail(
        `${what}: value ${index} is ${actual[index]} instead of ${wanted[index]}; ` +
          `[${Array.from(actual).slice(0, 8)}] against [${Array.from(wanted).slice(0, 8)}]`,
      );
    }
  }
}

it("a tensor outlives the change to another backend", async () => {
  await use("wasm");
  const x = tf.tensor1d([1, 2, 3]);
  await use("cpu");
  assert.deepEqual(Array.from(tf.tidy(() => x.add(1).dataSync())), [2, 3, 4]);
  x.dispose();
});
