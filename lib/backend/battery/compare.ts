// A backend against "cpu": the same results and gradients within 1e-4 of the largest value, whole numbers,
// booleans and strings exactly; models train alike; nothing is left in memory.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type BackendName, memory, use } from "../index.ts";
import { type Case, type Result, run } from "./case.ts";
import { elementwise } from "./elementwise.ts";
import { layers } from "./layers.ts";
import { train, trainingCases } from "./models.ts";
import { reductionsAndProducts } from "./reductions.ts";
import { shapes } from "./shapes.ts";

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

/**
 * Declare the tests of a backend, unless there is an obstacle. `deviations` are of cases, by name, where the
 * backend's specification promises less: a larger tolerance, or the reason to skip it.
 */
export function compareWithCpu(
  name: BackendName,
  obstacle: string | undefined,
  deviations: Record<string, number | string> = {},
): void {
  describe(`the ${name} backend`, { skip: obstacle ?? false }, () => {
    let atStart: ReturnType<typeof held>;
    before(async () => {
      await use(name);
      atStart = held();
    });

    for (const one of cases) {
      const deviation = deviations[one.name];
      it(one.name, { skip: typeof deviation === "string" ? deviation : false }, () => {
        const start = held();
        const actual = run(one);
        assert.deepEqual(held(), start, "tensors are left over");
        const allowed = typeof deviation === "number" ? deviation : tolerance;
        assertSame(actual, expected.get(one) as Result[], allowed);
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

function assertSame(actual: Result[], wanted: Result[], allowed: number): void {
  assert.equal(actual.length, wanted.length, "number of results");
  actual.forEach((result, index) => {
    const reference = wanted[index];
    const what = `result ${index}`;
    assert.deepEqual(result.shape, reference.shape, `${what}: shape`);
    assert.equal(result.dtype, reference.dtype, `${what}: data type`);
    if (result.dtype === "float32" || result.dtype === "complex64") {
      assertClose(result.values as ArrayLike<number>, reference.values as ArrayLike<number>, what, allowed);
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

function assertClose(
  actual: ArrayLike<number>,
  wanted: ArrayLike<number>,
  what: string,
  allowed = tolerance,
): void {
  assert.equal(actual.length, wanted.length, `${what}: number of values`);
  const finite = Array.from(wanted).filter(Number.isFinite);
  const largest = finite.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  for (let index = 0; index < wanted.length; index++) {
    const close = Number.isFinite(wanted[index])
      ? Math.abs(actual[index] - wanted[index]) <= allowed * largest
      : Object.is(actual[index], wanted[index]);
    if (!close) {
      assert.fail(
        `${what}: value ${index} is ${actual[index]} instead of ${wanted[index]}; ` +
          `[${Array.from(actual).slice(0, 8)}] against [${Array.from(wanted).slice(0, 8)}]`,
      );
    }
  }
}
