import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import * as schedules from "./index.ts";

const file = new URL("../../../../tests/refs/schedules.json", import.meta.url);
const references: Record<string, number[]> = JSON.parse(readFileSync(file, "utf8"));

const cases: Record<string, schedules.Schedule> = {
  step: schedules.step({ rate: 0.1, every: 3, factor: 0.5 }),
  milestones: schedules.milestones({ rate: 0.1, at: [2, 5, 6], factor: 0.3 }),
  exponential: schedules.exponential({ rate: 0.1, factor: 0.9 }),
  polynomial: schedules.polynomial({ rate: 0.1, length: 9, power: 2 }),
  line: schedules.polynomial({ rate: 0.1, length: 9 }),
  cosine: schedules.cosine({ rate: 0.1, length: 12, final: 0.01 }),
  cosineRestarts: schedules.cosineRestarts({ rate: 0.1, length: 4, growth: 2, final: 0.01 }),
  cosineRestartsEqual: schedules.cosineRestarts({ rate: 0.1, length: 5 }),
  oneCycle: schedules.oneCycle({ max: 1, length: 20, rising: 0.25 }),
  oneCycleLine: schedules.oneCycle({
    max: 0.5,
    length: 33,
    divideStart: 10,
    divideEnd: 100,
    curve: "line",
  }),
  warmUpCosine: schedules.warmUp({
    length: 5,
    from: 0.1,
    to: schedules.cosine({ rate: 0.1, length: 10 }),
  }),
  combine: schedules.combine([
    { length: 3, schedule: schedules.constant(0.1) },
    { length: 4, schedule: schedules.exponential({ rate: 0.1, factor: 0.8 }) },
    { schedule: schedules.polynomial({ rate: 0.1, length: 6, power: 2 }) },
  ]),
};

for (const [name, schedule] of Object.entries(cases)) {
  test(`${name} gives PyTorch's rates`, () => {
    const expected = references[name] as number[];
    for (const [time, rate] of expected.entries()) {
      const found = schedule(time);
      assert.ok(Math.abs(found - rate) <= 1e-12, `at ${time}: ${found}, expected ${rate}`);
    }
  });
}

test("the rate stays at the end's", () => {
  for (const name of ["polynomial", "cosine", "oneCycle"]) {
    const schedule = cases[name] as schedules.Schedule;
    const end = schedule((references[name] as number[]).length - 1);
    assert.ok(Math.abs(schedule(1000) - end) < 1e-15, name);
  }
});

test("a warm-up to a number starts at 0 and keeps the number", () => {
  const schedule = schedules.warmUp({ length: 4, to: 0.2 });
  assert.deepEqual([0, 1, 2, 4, 9].map(schedule), [0, 0.05, 0.1, 0.2, 0.2]);
});

test("cycles may start lower each time", () => {
  const schedule = schedules.cosineRestarts({ rate: 1, length: 2, factor: 0.5 });
  assert.deepEqual([0, 2, 4].map(schedule), [1, 0.5, 0.25]);
});

test("what makes no sense is named", () => {
  assert.throws(() => schedules.step({ rate: 0.1, every: 0 }), /every is 0; it must be a number above 0/);
  assert.throws(() => schedules.constant(-1), /rate is -1; it must be a number of at least 0/);
  assert.throws(() => schedules.milestones({ rate: 1, at: [3, 2] }), /at\[1\] is 2; .* above 3/);
  assert.throws(() => schedules.oneCycle({ max: 1, length: 9, rising: 1 }), /rising is 1/);
  assert.throws(() => schedules.combine([]), /combine got no phase/);
  const schedule = schedules.constant(1);
  assert.throws(() => schedules.combine([{ schedule }, { schedule }]), /length of phase 0 is NaN/);
});
