// The binding by itself: what goes in comes out, and failures are told plainly and leave nothing behind.
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { list, memory, use } from "../index.ts";
import { attributeType } from "./attributes.ts";
import type { TensorFlowBinding } from "./binding.ts";
import { dataType } from "./data-types.ts";

const status = list().find(({ name }) => name === "tensorflow");

describe("the binding of TensorFlow", { skip: status?.available ? false : status?.reason }, () => {
  let binding: TensorFlowBinding;
  before(async () => {
    await use("tensorflow");
    binding = (tf.backend() as unknown as { binding: TensorFlowBinding }).binding;
  });

  const roundTrip = (
    shape: number[],
    code: number,
    values: Parameters<TensorFlowBinding["createTensor"]>[2],
  ) => {
    const id = binding.createTensor(shape, code, values);
    try {
      return binding.tensorDataSync(id);
    } finally {
      binding.deleteTensor(id);
    }
  };

  it("keeps values of every type", () => {
    assert.deepEqual(roundTrip([2], dataType.float32, [1.5, -2]), Float32Array.of(1.5, -2));
    assert.deepEqual(roundTrip([2], dataType.float64, [1.1, -2]), Float64Array.of(1.1, -2));
    assert.deepEqual(roundTrip([], dataType.int32, [7]), Int32Array.of(7));
    assert.deepEqual(roundTrip([2], dataType.uint8, [7, 255]), Uint8Array.of(7, 255));
    assert.deepEqual(roundTrip([2], dataType.bool, [true, false]), Uint8Array.of(1, 0));
    assert.deepEqual(roundTrip([1], dataType.complex64, [1, 2]), Float32Array.of(1, 2));
    assert.deepEqual(roundTrip([0, 3], dataType.float32, []), new Float32Array(0));
  });

  it("keeps int64, given as such or in two halves", () => {
    const large = 2n ** 40n + 1n;
    assert.deepEqual(
      roundTrip([2], dataType.int64, BigInt64Array.of(large, -1n)),
      BigInt64Array.of(large, -1n),
    );
    assert.deepEqual(roundTrip([2], dataType.int64, Int32Array.of(5, 0, -1, -1)), BigInt64Array.of(5n, -1n));
    assert.deepEqual(roundTrip([2], dataType.int64, [3, -3]), BigInt64Array.of(3n, -3n));
  });

  it("keeps strings, short, long, empty and of arbitrary bytes", () => {
    const strings = [Buffer.from("grün"), Buffer.alloc(10_000, 7), Buffer.alloc(0), Buffer.of(0, 255, 0)];
    const values = roundTrip([2, 2], dataType.string, strings) as Uint8Array[];
    assert.deepEqual(
      values.map((value) => Buffer.from(value)),
      strings,
    );
    assert.deepEqual(roundTrip([0], dataType.string, []), []);
  });

  it("frees strings", () => {
    const long = [Buffer.alloc(1_000_000)];
    const rounds = (count: number) => {
      for (let round = 0; round < count; round++)
        binding.deleteTensor(binding.createTensor([1], dataType.string, long));
      return process.memoryUsage().rss;
    };
    const start = rounds(50);
    assert.ok(rounds(500) - start < 100e6, "500 strings of 1 MB each are still there");
  });

  it("makes int64 results int32, which is what TensorFlow.js takes them for", () => {
    const id = binding.createTensor([3], dataType.bool, [0, 1, 1]);
    const [output] = binding.executeOp("Where", [], [id], 1);
    assert.deepEqual({ shape: output.shape, dtype: output.dtype }, { shape: [2, 1], dtype: dataType.int32 });
    assert.deepEqual(binding.tensorDataSync(output.id), Int32Array.of(1, 2));
    for (const each of [id, output.id]) binding.deleteTensor(each);
  });

  it("returns many outputs", () => {
    const rows = tf.zeros([300, 2]);
    const parts = tf.unstack(rows);
    assert.equal(parts.length, 300);
    tf.dispose([rows, ...parts]);
  });

  const fails = (what: () => unknown, message: RegExp) => {
    const start = memory();
    assert.throws(() => tf.tidy(() => void what()), message);
    assert.deepEqual(memory(), start, "something is left over");
  };

  it("tells shapes that don't fit, with the operation's name and its inputs", () => {
    fails(
      () => tf.add(tf.ones([2, 3]), tf.ones([4, 3])),
      /^TensorFlowError: TensorFlow's Add\w* failed: Incompatible shapes: \[2,3\] vs\. \[4,3\]\. Its inputs: float32\[2,3\], float32\[4,3\]\.$/,
    );
    fails(
      () => binding.executeOp("NoSuchOperation", [], [], 1),
      /NoSuchOperation failed: .*neither a type of a primitive operation/,
    );
    const ids = [
      binding.createTensor([2], dataType.float32, [1, 2]),
      binding.createTensor([2], dataType.int32, [1, 2]),
    ];
    const attributes = [{ name: "T", type: attributeType.type, value: dataType.float32 }];
    fails(
      () => binding.executeOp("AddV2", attributes, ids, 1),
      /AddV2 failed: .*int32.* Its inputs: float32\[2\], int32\[2\]\.$/,
    );
    for (const id of ids) binding.deleteTensor(id);
    fails(() => binding.executeOp("Neg", [], [], 1), /Neg failed: /);
  });

  it("tells values that don't fit their shape or type", () => {
    fails(
      () => binding.createTensor([2, 3], dataType.float32, [1, 2]),
      /float32 tensor of 6 element\(s\) was given 2/,
    );
    fails(() => binding.createTensor([2], dataType.string, [Buffer.of(1)]), /shape \[2\] was given 1 string/);
    fails(() => binding.createTensor([-1], dataType.float32, []), /\[-1\] is not a shape/);
    fails(() => binding.createTensor([1], dataType.resource, [1]), /type resource cannot be made/);
  });

  it("tells a tensor used after its end", () => {
    const id = binding.createTensor([], dataType.float32, [1]);
    binding.deleteTensor(id);
    binding.deleteTensor(id);
    assert.throws(() => binding.tensorDataSync(id), /was disposed before this use/);
    const x = tf.scalar(1);
    x.dispose();
    assert.throws(() => x.add(1), /disposed/);
  });

  it("goes on after a failure", () => {
    assert.throws(() => tf.matMul(tf.ones([2, 3]), tf.ones([2, 3])));
    assert.deepEqual(
      tf.tidy(() => tf.add(1, 2).dataSync()),
      Float32Array.of(3),
    );
    tf.disposeVariables();
  });
});
