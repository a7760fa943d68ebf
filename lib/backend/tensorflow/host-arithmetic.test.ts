// Arithmetic on a few numbers in JavaScript's memory gives what TensorFlow gives, bit by bit, and asks it for nothing.
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { compile, list, memory, use } from "../index.ts";

type Operation = (...given: tf.Tensor[]) => tf.Tensor;

const binary: Record<string, Operation> = {
  add: tf.add,
  sub: tf.sub,
  mul: tf.mul,
  div: tf.div,
  equal: tf.equal,
  notEqual: tf.notEqual,
  greater: tf.greater,
  greaterEqual: tf.greaterEqual,
  less: tf.less,
  lessEqual: tf.lessEqual,
};
const unary: Record<string, Operation> = { neg: tf.neg, abs: tf.abs, square: tf.square, sqrt: tf.sqrt };

const floats = [
  0,
  -0,
  1,
  -1,
  0.1,
  3,
  1e-3,
  -7.5,
  1e20,
  3.4e38,
  1.2e-38,
  -1e-20,
  1e-40,
  Infinity,
  -Infinity,
  NaN,
];
const integers = [0, 1, -1, 7, -13, 65_536, 123_456_789, 2 ** 31 - 1, -(2 ** 31)];

/** More than are computed here. */
const many = 4096;

/** What TensorFlow gives for the same numbers among many others. */
function byTensorFlow(
  operation: Operation,
  dtype: "float32" | "int32",
  ...columns: number[][]
): ArrayLike<number> {
  return tf.tidy(() => {
    const given = columns.map((column) => tf.tensor1d([...column, ...new Array(many).fill(1)], dtype));
    return operation(...given)
      .dataSync()
      .slice(0, columns[0].length);
  });
}

const bits = (values: ArrayLike<number>) =>
  Array.from(values, (value) => (Number.isNaN(value) ? "NaN" : Object.is(value, -0) ? "-0" : String(value)));

const status = list().find(({ name }) => name === "tensorflow");

describe("arithmetic in JavaScript's memory", { skip: status?.available ? false : status?.reason }, () => {
  before(() => use("tensorflow"));

  for (const [dtype, values] of Object.entries({ float32: floats, int32: integers })) {
    const type = dtype as "float32" | "int32";
    const left = values.flatMap((value) => values.map(() => value));
    const right = values.flatMap(() => values);

    for (const [name, operation] of Object.entries(binary)) {
      if (name === "div" && type === "int32") continue;
      it(`${name} of ${dtype}`, () => {
        const wanted = byTensorFlow(operation, type, left, right);
        const actual = left.map((a, index) =>
          tf.tidy(() => operation(tf.scalar(a, type), tf.scalar(right[index], type)).dataSync()[0]),
        );
        assert.deepEqual(bits(actual), bits(wanted));
      });
    }
  }

  for (const [name, operation] of Object.entries(unary)) {
    it(`${name} of float32`, () => {
      const actual = floats.map((x) => tf.tidy(() => operation(tf.scalar(x)).dataSync()[0]));
      assert.deepEqual(bits(actual), bits(byTensorFlow(operation, "float32", floats)));
    });
  }

  it("takes one number with several, in either order, and leaves other shapes to TensorFlow", () => {
    tf.tidy(() => {
      const row = tf.tensor2d([[1, 2, 3]]);
      const one = tf.tensor([10]);
      for (const sum of [tf.add(row, one), tf.add(one, row)]) {
        assert.deepEqual(
          [sum.shape, [...sum.dataSync()]],
          [
            [1, 3],
            [11, 12, 13],
          ],
        );
      }
      const deep = tf.add(one.reshape([1, 1, 1]), tf.tensor([1, 2]));
      assert.deepEqual(
        [deep.shape, [...deep.dataSync()]],
        [
          [1, 1, 2],
          [11, 12],
        ],
      );
      const table = tf.add(row, tf.tensor2d([[0], [1]]));
      assert.deepEqual(
        [table.shape, [...table.dataSync()]],
        [
          [2, 3],
          [1, 2, 3, 2, 3, 4],
        ],
      );
      assert.throws(() => tf.add(row, tf.tensor([1, 2])), /1,3|shape/i);
      assert.equal(tf.add(row, tf.tensor2d([], [0, 3])).size, 0);
    });
  });

  it("needs nothing of TensorFlow until a result meets one of its tensors, and frees what is disposed", () => {
    const start = memory();
    const [a, b] = [tf.scalar(2), tf.scalar(3)];
    const product = tf.mul(tf.add(a, b), b);
    assert.equal(memory().tensorFlowHandles, start.tensorFlowHandles);
    const exponential = tf.exp(product);
    assert.equal(memory().tensorFlowHandles, (start.tensorFlowHandles as number) + 2);
    assert.ok(Math.abs(exponential.dataSync()[0] / Math.exp(15) - 1) < 1e-6);
    tf.dispose([a, b, product, exponential]);
    assert.equal(memory().tensorFlowHandles, start.tensorFlowHandles);
  });

  it("keeps the numbers of the first operation, whatever is done to arrays that were given or read", () => {
    tf.tidy(() => {
      const given = Float32Array.of(1, 2);
      const x = tf.tensor1d(given);
      const double = tf.mul(x, tf.scalar(2));
      given.fill(9);
      double.dataSync().fill(9);
      x.dataSync().fill(9);
      assert.deepEqual([...x.dataSync(), ...double.dataSync()], [1, 2, 2, 4]);
      assert.deepEqual([...tf.add(x, double).dataSync(), ...tf.exp(tf.sub(x, x)).dataSync()], [3, 6, 1, 1]);
    });
  });

  it("goes into gradients and recorded steps as ever", () => {
    const x = tf.scalar(3);
    const slope = tf.grad((x) => tf.mul(tf.square(x), x));
    const eager = slope(x).dataSync()[0];
    const step = compile(
      (x: tf.Tensor) => tf.tidy(() => slope(tf.mul(x, tf.add(tf.scalar(1), tf.scalar(1))))),
      {
        engine: "graph",
      },
    );
    const results = [1, 2, 3].map(() => (step(x) as tf.Tensor).dataSync()[0]);
    assert.equal(step.report.engine, "graph", step.report.reason);
    assert.deepEqual([eager, ...results], [27, 108, 108, 108]);
    step.dispose();
  });
});
