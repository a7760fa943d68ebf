// Operations that move, pick and combine elements; data types; empty tensors, scalars, strings.
import * as tf from "@tensorflow/tfjs";
import { booleans, type Case, check, floats, given, integers } from "./case.ts";

const image = floats([2, 4, 5, 3]);
const matrix = floats([4, 5]);

const types = ["float32", "int32", "bool"] as const;
const numbers = {
  float32: given([0, -1.7, 2.5, 1]),
  int32: given([0, -1, 2, 1], [4], "int32"),
  bool: booleans([4]),
};

export const shapes: Case[] = [
  check("reshape", [matrix], (x) => tf.reshape(x, [2, -1])),
  check("expandDims and squeeze", [matrix], (x) => tf.squeeze(tf.expandDims(x, 1), [1])),
  check("transpose", [matrix], (x) => tf.transpose(x)),
  check("transpose of 4 axes", [image], (x) => tf.transpose(x, [3, 0, 2, 1])),
  check("transpose of 5 axes", [floats([2, 1, 3, 2, 2])], (x) => tf.transpose(x, [4, 2, 0, 1, 3])),
  check("transpose of integers", [integers(0, 9, [2, 3])], (x) => tf.transpose(x)),
  check("reverse", [image], (x) => tf.reverse(x, [1, 3])),
  check("tile", [matrix], (x) => tf.tile(x, [2, 3])),
  check("tile of a vector", [floats([3])], (x) => tf.tile(x, [4])),
  check("broadcastTo", [floats([1, 3])], (x) => tf.broadcastTo(x, [4, 3])),
  check("pad", [matrix], (x) =>
    tf.pad(
      x,
      [
        [1, 2],
        [0, 3],
      ],
      0.5,
    ),
  ),
  check("pad of integers", [integers(0, 9, [2, 3])], (x) =>
    tf.pad(x, [
      [1, 0],
      [0, 1],
    ]),
  ),
  ...(["reflect", "symmetric"] as const).map((mode) =>
    check(
      `mirrorPad, ${mode}`,
      [floats([3, 4, 2])],
      (x) =>
        tf.mirrorPad(
          x,
          [
            [1, 2],
            [2, 1],
            [0, 0],
          ],
          mode,
        ),
      { gradient: false },
    ),
  ),
  check("slice", [image], (x) => tf.slice(x, [0, 1, 2, 0], [2, 2, -1, 2])),
  check("slice of integers", [integers(0, 9, [4, 3])], (x) => tf.slice(x, [1, 0], [2, 2])),
  check("stridedSlice", [matrix], (x) => tf.stridedSlice(x, [0, 4], [4, 0], [2, -2]), { gradient: false }),
  check("concat of rows", [matrix, floats([2, 5], 2)], (a, b) => tf.concat([a, b], 0)),
  check("concat of channels", [image, floats([2, 4, 5, 1], 2)], (a, b) => tf.concat([a, b], -1)),
  check("concat of integers", [integers(0, 9, [2, 2]), integers(0, 9, [2, 1], 2)], (a, b) =>
    tf.concat([a, b], 1),
  ),
  check("stack", [floats([2, 3]), floats([2, 3], 2)], (a, b) => tf.stack([a, b], 1)),
  check("unstack", [image], (x) => tf.unstack(x, 2)),
  check("split evenly", [floats([2, 6])], (x) => tf.split(x, 3, 1)),
  check("split by sizes", [floats([2, 6])], (x) => tf.split(x, [1, 3, 2], 1)),
  check("gather", [matrix, given([3, 0, 3], [3], "int32")], (x, i) => tf.gather(x, i)),
  check("gather along an axis", [image, given([2, 0, 0], [3], "int32")], (x, i) => tf.gather(x, i, 3)),
  check("gather by a matrix", [matrix, given([3, 0, 1, 2], [2, 2], "int32")], (x, i) => tf.gather(x, i)),
  check(
    "gather in batches",
    [floats([2, 4, 3]), given([3, 0, 1, 2], [2, 2], "int32")],
    (x, i) => tf.gather(x, i, 1, 1),
    { gradient: false },
  ),
  check("gatherND", [matrix, given([0, 1, 3, 4], [2, 2], "int32")], (x, i) => tf.gatherND(x, i), {
    gradient: false,
  }),
  check(
    "scatterND",
    [given([0, 2, 0], [3, 1], "int32"), floats([3, 2])],
    (i, x) => tf.scatterND(i, x, [4, 2]),
    {
      gradient: false,
    },
  ),
  check(
    "tensorScatterUpdate",
    [matrix, given([0, 2], [2, 1], "int32"), floats([2, 5], 2)],
    (x, i, updates) => tf.tensorScatterUpdate(x, i, updates),
    { gradient: false },
  ),
  check(
    "sparseToDense",
    [given([0, 1, 2, 2], [2, 2], "int32"), floats([2])],
    (i, x) => tf.sparseToDense(i, x, [3, 3], tf.scalar(0)),
    { gradient: false },
  ),
  check("unsortedSegmentSum", [matrix, given([0, 2, 0, 1], [4], "int32")], (x, i) =>
    tf.unsortedSegmentSum(x, i, 3),
  ),
  check(
    "unsortedSegmentSum of integers",
    [integers(0, 9, [4, 2]), given([0, 2, 0, 1], [4], "int32")],
    (x, i) =>
      // The cpu backend gives floats.
      tf.cast(tf.unsortedSegmentSum(x, i, 4), "int32"),
  ),
  check("oneHot", [given([0, 2, 1], [3], "int32")], (x) => tf.oneHot(x, 4)),
  check("oneHot of floats", [given([0, 2, 5], [3], "int32")], (x) => tf.oneHot(x, 4, 0.9, 0.1, "float32")),
  check("oneHot with values", [given([0, 2, 5], [3], "int32")], (x) => tf.oneHot(x, 4, 0.9, 0.1)),
  check("depthToSpace", [floats([1, 2, 2, 8])], (x) => tf.depthToSpace(x, 2), { gradient: false }),
  check("batchToSpaceND", [floats([4, 1, 1, 2])], (x) =>
    tf.batchToSpaceND(
      x,
      [2, 2],
      [
        [0, 0],
        [0, 0],
      ],
    ),
  ),
  check("spaceToBatchND", [floats([1, 3, 4, 2])], (x) =>
    tf.spaceToBatchND(
      x,
      [2, 2],
      [
        [1, 0],
        [0, 0],
      ],
    ),
  ),
  check("fill, zeros, ones, range, linspace, eye", [], () => [
    tf.fill([2, 2], 3.5),
    tf.fill([2], 3, "int32"),
    tf.zeros([2, 3], "int32"),
    tf.ones([3], "bool"),
    tf.range(5, 1, -1, "int32"),
    tf.range(0, 1, 0.25),
    tf.linspace(0, 1, 5),
    tf.eye(3),
  ]),
  check("zerosLike and onesLike", [floats([3])], (x) => [tf.zerosLike(x), tf.onesLike(x)], {
    gradient: false,
  }),
  check("zerosLike and onesLike of integers", [integers(1, 9, [3])], (x) => [
    tf.zerosLike(x),
    tf.onesLike(x),
  ]),

  ...types.flatMap((from) =>
    types.map((to) =>
      check(`cast ${from} to ${to}`, [numbers[from]], (x) => tf.cast(x, to), {
        gradient: from === "float32" && to === "float32",
      }),
    ),
  ),
  check("cast to complex and back", [floats([3])], (x) => tf.real(tf.cast(x, "complex64")), {
    gradient: false,
  }),
  check(
    "complex, real, imag, abs",
    [floats([2, 3]), floats([2, 3], 2)],
    (a, b) => [
      tf.real(tf.complex(a, b)),
      tf.imag(tf.complex(a, b)),
      tf.abs(tf.complex(a, b)),
      tf.complex(a, b),
    ],
    { gradient: false },
  ),
  check(
    "complex arithmetic",
    [floats([3]), floats([3], 2)],
    (a, b) => {
      const [x, y] = [tf.complex(a, b), tf.complex(b, a)];
      return [tf.add(x, y), tf.sub(x, y), tf.mul(x, y), tf.reshape(x, [3, 1])];
    },
    { gradient: false },
  ),
  check("fft", [floats([2, 8]), floats([2, 8], 2)], (a, b) => tf.fft(tf.complex(a, b)), { gradient: false }),
  check(
    "fft of a length that is no power of 2",
    [floats([6]), floats([6], 2)],
    (a, b) => tf.fft(tf.complex(a, b)),
    {
      gradient: false,
    },
  ),
  check("ifft", [floats([2, 8]), floats([2, 8], 2)], (a, b) => tf.ifft(tf.complex(a, b)), {
    gradient: false,
  }),
  check("rfft and irfft", [floats([2, 8])], (x) => [tf.rfft(x), tf.irfft(tf.rfft(x))], { gradient: false }),

  check("strings", [given(["a", "grün", "x".repeat(99), ""], [2, 2], "string")], (x) => [
    x,
    tf.reshape(x, [4]),
    tf.concat([x, x], 0),
    tf.expandDims(x, 0),
  ]),
  check("strings, equal", [given(["a", "b"], [2], "string"), given(["a", "c"], [2], "string")], (a, b) => [
    tf.equal(a, b),
    tf.notEqual(a, b),
  ]),
  check("strings, slice, stack and tile", [given(["a", "b", "c"], [3], "string")], (x) => [
    tf.slice(x, [1], [2]),
    tf.stack([x, x]),
    tf.tile(x, [2]),
  ]),
  check("strings, none", [given([] as string[], [0], "string")], (x) => x),

  check("empty tensors", [floats([0, 3]), floats([2, 3])], (a, b) => tf.concat([a, b], 0), {
    gradient: false,
  }),
  check("empty sum", [floats([0, 3])], (x) => [tf.sum(x, 0), tf.sum(x)], { gradient: false }),
  check(
    "empty arithmetic",
    [floats([0, 3]), floats([1, 3])],
    (a, b) => [a.add(b), a.mul(2), a.relu(), a.reshape([0])],
    {
      gradient: false,
    },
  ),
  check("empty matMul", [floats([2, 0]), floats([0, 3])], (a, b) => tf.matMul(a, b), { gradient: false }),
  check("empty slice", [floats([4, 3])], (x) => tf.slice(x, [1, 0], [0, 3]), { gradient: false }),
  check("scalars", [given([2], []), given([3], [])], (a, b) => tf.add(tf.mul(a, b), 1)),
];
