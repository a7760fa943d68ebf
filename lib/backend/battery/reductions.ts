// Reductions, orderings and products of matrices.
import * as tf from "@tensorflow/tfjs";
import { between, booleans, type Case, check, floats, given, integers } from "./case.ts";

const tensor = floats([2, 3, 4]);

type Reduction = (x: tf.Tensor, axis?: number | number[], keepDims?: boolean) => tf.Tensor;
const reductions: [string, Reduction][] = [
  ["sum", tf.sum],
  ["mean", tf.mean],
  ["max", tf.max],
  ["min", tf.min],
  ["logSumExp", tf.logSumExp],
];

const transposes = [
  [false, false],
  [true, false],
  [false, true],
  [true, true],
];

export const reductionsAndProducts: Case[] = [
  ...reductions.flatMap(([name, reduce]) => [
    check(name, [tensor], (x) => reduce(x)),
    check(`${name} along the last axis`, [tensor], (x) => reduce(x, -1)),
    check(`${name} along two axes, kept`, [tensor], (x) => reduce(x, [0, 2], true)),
  ]),
  check("prod", [tensor], (x) => tf.prod(x)),
  check("prod along an axis", [tensor], (x) => tf.prod(x, 1)),
  check("sum of integers", [integers(-5, 5, [3, 4])], (x) => tf.sum(x, 0)),
  check("sum of booleans", [booleans([3, 4])], (x) => tf.sum(x)),
  check("mean of integers", [integers(-5, 5, [3, 4])], (x) => tf.mean(x, 0)),
  check("max and min of integers", [integers(-5, 5, [3, 4])], (x) => [tf.max(x, 0), tf.min(x, 1)]),
  check("max of NaN", [given([1, Number.NaN, 3])], (x) => tf.max(x), { gradient: false }),
  check("argMax and argMin", [tensor], (x) => [tf.argMax(x, 1), tf.argMin(x, -1), tf.argMax(x)]),
  check("argMax of equal values", [given([1, 3, 3, 1], [2, 2])], (x) => tf.argMax(x, 1)),
  check("all and any", [booleans([3, 4])], (x) => [tf.all(x), tf.any(x), tf.all(x, 1), tf.any(x, 0)]),
  check("moments", [tensor], (x) => {
    const { mean, variance } = tf.moments(x, [0, 1]);
    return tf.concat([mean, variance]);
  }),
  check("norm", [tensor], (x) => tf.norm(x, "euclidean", 1)),
  check("cumsum", [tensor], (x) => tf.cumsum(x, 1)),
  check("cumsum, exclusive and reversed", [tensor], (x) => tf.cumsum(x, 2, true, true)),
  check("cumprod", [tensor], (x) => tf.cumprod(x, 1), { gradient: false }),
  check(
    "topk",
    [floats([2, 7])],
    (x) => {
      const { values, indices } = tf.topk(x, 3);
      return [values, indices];
    },
    { gradient: false },
  ),
  check("topk of equal values", [given([2, 1, 2, 1])], (x) => tf.topk(x, 3).indices),
  check("bincount", [given([0, 2, 2, 1], [4], "int32")], (x) => tf.bincount(x, tf.tensor1d([]), 4)),
  check("denseBincount", [given([0, 2, 2, 1], [2, 2], "int32")], (x) =>
    tf.denseBincount(x, tf.tensor1d([]), 3),
  ),
  check("unique", [given([3, 1, 3, 2], [4], "int32")], (x) => {
    const { values, indices } = tf.unique(x);
    return [values, indices];
  }),
  check("searchSorted", [given([1, 3, 5, 7]), given([0, 3, 4, 9])], (x, v) => [
    tf.lowerBound(x, v),
    tf.upperBound(x, v),
  ]),
  check("confusionMatrix", [given([0, 1, 2, 1], [4], "int32"), given([0, 2, 2, 1], [4], "int32")], (a, b) =>
    tf.math.confusionMatrix(a, b, 3),
  ),
  check("inTopK by hand", [floats([3, 4])], (x) => tf.topk(x, 2).indices),

  ...transposes.flatMap(([a, b]) => {
    const name = `matMul${a ? ", left transposed" : ""}${b ? ", right transposed" : ""}`;
    const shapes = (batch: number[], otherBatch: number[]) => [
      floats([...batch, ...(a ? [4, 3] : [3, 4])]),
      floats([...otherBatch, ...(b ? [5, 4] : [4, 5])], 2),
    ];
    const product = (x: tf.Tensor, y: tf.Tensor) => tf.matMul(x, y, a, b);
    return [
      check(name, shapes([], []), product),
      check(`${name}, batches`, shapes([2], [2]), product),
      check(`${name}, batches of two axes`, shapes([2, 2], [2, 2]), product),
      check(`${name}, broadcast batch`, shapes([2], [1]), product, { gradient: false }),
    ];
  }),
  check("matMul of a wide matrix", [floats([33, 70]), floats([70, 65], 2)], (x, y) => tf.matMul(x, y)),
  check("dot", [floats([5]), floats([5], 2)], (a, b) => tf.dot(a, b)),
  check("outerProduct", [floats([3]), floats([4], 2)], (a, b) => tf.outerProduct(a, b)),
  ...(["linear", "relu", "relu6", "sigmoid", "elu"] as const).map((activation) =>
    check(`fused.matMul, ${activation}`, [floats([3, 4]), floats([4, 5], 2), floats([5], 3)], (a, b, bias) =>
      tf.fused.matMul({ a, b, bias, activation }),
    ),
  ),
  check(
    "einsum, matrix product",
    [floats([3, 4]), floats([4, 5], 2)],
    (a, b) => tf.einsum("ij,jk->ik", a, b),
    {
      gradient: false,
    },
  ),
  check(
    "einsum, attention",
    [floats([2, 3, 2, 4]), floats([2, 5, 2, 4], 2)],
    (a, b) => tf.einsum("bthd,bshd->bhts", a, b),
    { gradient: false },
  ),
  check("einsum, transposed sum", [floats([2, 3, 4])], (a) => tf.einsum("ijk->ki", a), { gradient: false }),
  check("qr", [floats([4, 3])], (x) => tf.linalg.qr(x), { gradient: false }),
  check("gramSchmidt", [floats([3, 4])], (x) => tf.linalg.gramSchmidt(x), { gradient: false }),
  check("bandPart", [floats([4, 4])], (x) => tf.linalg.bandPart(x, 1, 0), { gradient: false }),

  check("softmax", [floats([3, 5])], (x) => tf.softmax(x)),
  check("softmax of 4 axes", [floats([2, 2, 2, 3])], (x) => tf.softmax(x)),
  check("softmax of large logits", [between(-900, 900, [3, 4])], (x) => tf.softmax(x)),
  check("logSoftmax", [floats([3, 5])], (x) => tf.logSoftmax(x)),
];
