// Variables that recorded steps change in place are, to the rest of the program, tensors like any others.
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { list, RecordedStep, use } from "../../index.ts";
import { tensorFlowEngine } from "../register.ts";

const status = list().find(({ name }) => name === "tensorflow");

const optimizers: Record<string, () => tf.Optimizer> = {
  adam: () => tf.train.adam(0.1),
  sgd: () => tf.train.sgd(0.1),
};

/** `w` comes nearer to `x` by each step. */
function setUp(make: () => tf.Optimizer, recorded = true) {
  const w = tf.tidy(() => tf.variable(tf.tensor2d([[1, 2, 3, 4]])));
  const optimizer = make();
  const step = (x: tf.Tensor) =>
    optimizer.minimize(() => tf.sub(w, x).square().mean() as tf.Scalar, true, [w]) as tf.Tensor;
  const recording = new RecordedStep(step, { engine: "graph", state: () => [] });
  const x = tf.tensor2d([[0, 0, 0, 0]]);
  const go = (steps = 1) => {
    for (let index = 0; index < steps; index++) (recorded ? recording.call([x]) : step(x)).dispose();
  };
  const dispose = () => {
    recording.dispose();
    optimizer.dispose();
    tf.dispose([w, x]);
  };
  return { w, go, dispose, recording };
}

const values = (tensor: tf.Tensor) => Array.from(tensor.dataSync());

function assertClose(actual: number[], wanted: number[]): void {
  actual.forEach((value, index) => {
    assert.ok(Math.abs(value - (wanted[index] as number)) < 1e-5, `${actual}, not ${wanted}`);
  });
}

describe("variables changed in place", { skip: status?.available ? false : status?.reason }, () => {
  before(() => use("tensorflow"));

  for (const [name, make] of Object.entries(optimizers)) {
    it(`are read, shared and assigned between the steps as others are: ${name}`, () => {
      const run = (recorded: boolean) => {
        const { w, go, dispose, recording } = setUp(make, recorded);
        const seen: number[][] = [];
        go(4);
        if (recorded) assert.equal(recording.report.engine, "graph");
        seen.push(values(w));
        const shared = tf.clone(w);
        go(3);
        seen.push(values(shared), values(w));
        w.assign(tf.tensor2d([[8, 7, 6, 5]]));
        seen.push(values(w));
        go(3);
        seen.push(values(w), values(tf.add(w, shared)));
        shared.dispose();
        go(2);
        seen.push(values(w));
        dispose();
        return seen;
      };
      const [inPlace, eager] = [tf.tidy(() => run(true)), tf.tidy(() => run(false))];
      inPlace.forEach((seen, index) => {
        assertClose(seen, eager[index] as number[]);
      });
    });

    it(`are changed alike, by one thread where they are small and by several where they are large: ${name}`, () => {
      const run = (sizes: number[], recorded: boolean) =>
        tf.tidy(() => {
          const variables = sizes.map((size) => tf.variable(tf.linspace(0, 1, size)));
          const optimizer = make();
          const step = (x: tf.Tensor) =>
            optimizer.minimize(
              () => tf.addN(variables.map((each) => tf.sub(each, x).square().mean())) as tf.Scalar,
              true,
              variables,
            ) as tf.Tensor;
          const recording = new RecordedStep(step, { engine: "graph", state: () => [] });
          const losses = Array.from({ length: 6 }, () =>
            values(recorded ? recording.call([tf.scalar(2)]) : step(tf.scalar(2))),
          );
          if (recorded) assert.equal(recording.report.engine, "graph");
          const numbers = [...losses, ...variables.map(values)];
          recording.dispose();
          optimizer.dispose();
          return numbers;
        });
      for (const sizes of [
        [4, 7],
        [4, 300_000],
      ]) {
        const [inPlace, eager] = [run(sizes, true), run(sizes, false)];
        inPlace.forEach((seen, index) => {
          const wanted = eager[index] as number[];
          const distances = seen.map((value, place) => Math.abs(value - (wanted[place] as number)));
          const furthest = distances.reduce((most, each) => Math.max(most, each), 0);
          assert.ok(furthest < 1e-5, `of ${sizes}, list ${index} is ${furthest} off`);
        });
      }
    });

    it(`leave nothing behind: ${name}`, () => {
      const engine = tensorFlowEngine() as NonNullable<ReturnType<typeof tensorFlowEngine>>;
      const count = () => [engine.handleCount(), tf.memory().numTensors];
      const atFirst = count();
      const { w, go, dispose } = setUp(make);
      go(5);
      const during = count();
      values(w);
      go(100);
      assert.deepEqual(count(), during);
      dispose();
      // TensorFlow.js keeps an SGD's learning rate in its list of tensors.
      assert.equal(count()[0], atFirst[0]);
    });
  }

  it("are as before when a step fails", () => {
    const table = tf.variable(tf.ones([5, 2]));
    const optimizer = tf.train.adam(0.1);
    const step = (indices: tf.Tensor) =>
      optimizer.minimize(
        () =>
          tf
            .gather(table, indices as tf.Tensor1D)
            .square()
            .mean() as tf.Scalar,
        true,
        [table],
      ) as tf.Tensor;
    const recording = new RecordedStep(step, { engine: "graph", state: () => [] });
    const good = tf.tensor1d([0, 3], "int32");
    const bad = tf.tensor1d([1, 9], "int32");
    for (let index = 0; index < 4; index++) recording.call([good]).dispose();
    assert.equal(recording.report.engine, "graph");
    const before = values(table);
    assert.throws(() => recording.call([bad]), /9 is not in \[0, 5\)/);
    assert.deepEqual(values(table), before);
    recording.call([good]).dispose();
    assert.notDeepEqual(values(table), before);
    recording.dispose();
    optimizer.dispose();
    tf.dispose([table, good, bad]);
  });
});
