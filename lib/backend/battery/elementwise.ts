// Elementwise operations: arithmetic with broadcasting, activations, comparison, logic.
import * as tf from "@tensorflow/tfjs";
import { between, booleans, type Case, check, floats, given, integers } from "./case.ts";

type Unary = (x: tf.Tensor) => tf.Tensor;
type Binary = (a: tf.Tensor, b: tf.Tensor) => tf.Tensor;

/** Away from the kinks at 0. */
const signed = given([-2.5, -1.5, -0.7, -0.2, 0.3, 0.8, 1.4, 2.6], [2, 4]);
const unit = between(-0.9, 0.9, [2, 5]);
const positive = between(0.2, 3, [2, 5]);

const unary: [string, Unary, typeof signed?][] = [
  ["abs", tf.abs],
  ["neg", tf.neg],
  ["sign", tf.sign],
  ["exp", tf.exp],
  ["expm1", tf.expm1],
  ["log", tf.log, positive],
  ["log1p", tf.log1p, positive],
  ["sqrt", tf.sqrt, positive],
  ["rsqrt", tf.rsqrt, positive],
  ["square", tf.square],
  ["reciprocal", tf.reciprocal],
  ["sin", tf.sin],
  ["cos", tf.cos],
  ["tan", tf.tan, unit],
  ["asin", tf.asin, unit],
  ["acos", tf.acos, unit],
  ["atan", tf.atan],
  ["sinh", tf.sinh],
  ["cosh", tf.cosh],
  ["tanh", tf.tanh],
  ["asinh", tf.asinh],
  ["acosh", tf.acosh, between(1.2, 3, [6])],
  ["atanh", tf.atanh, unit],
  ["erf", tf.erf],
  ["sigmoid", tf.sigmoid],
  ["logSigmoid", tf.logSigmoid],
  ["softplus", tf.softplus],
  ["relu", tf.relu],
  ["relu6", tf.relu6],
  ["elu", tf.elu],
  ["selu", tf.selu],
  ["leakyRelu", (x) => tf.leakyRelu(x, 0.3)],
  ["step", (x) => tf.step(x, 0.1)],
  ["clipByValue", (x) => tf.clipByValue(x, -1, 1)],
];

const withoutGradient: [string, Unary][] = [
  ["ceil", tf.ceil],
  ["floor", tf.floor],
  ["round", (x) => tf.round(x.mul(2))],
  ["isNaN", tf.isNaN],
  ["isInf", tf.isInf],
  ["isFinite", tf.isFinite],
];

const binary: [string, Binary][] = [
  ["add", tf.add],
  ["sub", tf.sub],
  ["mul", tf.mul],
  ["div", tf.div],
  ["maximum", tf.maximum],
  ["minimum", tf.minimum],
  ["squaredDifference", tf.squaredDifference],
  ["atan2", tf.atan2],
];

const comparison: [string, Binary][] = [
  ["equal", tf.equal],
  ["notEqual", tf.notEqual],
  ["less", tf.less],
  ["lessEqual", tf.lessEqual],
  ["greater", tf.greater],
  ["greaterEqual", tf.greaterEqual],
];

const special = given([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, -1, 2]);

export const elementwise: Case[] = [
  ...unary.map(([name, compute, input = signed]) => check(name, [input], compute)),
  ...withoutGradient.map(([name, compute]) => check(name, [signed], compute, { gradient: false })),
  ...binary.flatMap(([name, compute]) => [
    check(name, [signed, between(0.4, 2, [2, 4])], compute),
    check(`${name}, broadcast`, [floats([2, 1, 3]), between(0.4, 2, [4, 1], 2)], compute),
    check(`${name}, scalar`, [floats([3, 2]), given([1.7], [])], compute),
  ]),
  ...comparison.flatMap(([name, compute]) => [
    check(`${name} of floats`, [given([1, 2, 3, 2]), given([1, 3, 2, 2])], compute),
    check(`${name} of integers, broadcast`, [integers(0, 2, [3, 1]), integers(0, 2, [1, 4], 2)], compute),
  ]),
  check("equal of NaN", [special, special], tf.equal),
  check("divNoNan", [signed, given([0, 1, 2, 0])], tf.divNoNan, { gradient: false }),
  check("pow", [positive, between(-2, 3, [2, 5], 2)], tf.pow),
  check("mod", [given([5, -5, 5.5, 7]), given([3, 3, 2, -4])], tf.mod, { gradient: false }),
  check(
    "floorDiv of integers",
    [given([7, -7, 8, 9], [4], "int32"), given([2, 2, -3, 3], [4], "int32")],
    tf.floorDiv,
  ),
  check("add of integers", [integers(-9, 9, [5]), integers(-9, 9, [5], 2)], tf.add),
  check("mul of integers", [integers(-9, 9, [5]), integers(-9, 9, [5], 2)], tf.mul),
  check("div of integers", [given([7, -7, 8], [3], "int32"), given([2, 2, 4], [3], "int32")], tf.div),
  check("add of an integer and a float", [integers(-9, 9, [5]), floats([5])], tf.add, { gradient: false }),
  check("maximum of integers", [integers(-9, 9, [5]), integers(-9, 9, [5], 2)], tf.maximum),
  check("neg and abs of integers", [integers(-9, 9, [5])], (x) => tf.abs(tf.neg(x))),
  check("square of integers", [integers(-9, 9, [5])], tf.square),
  check("relu of integers", [integers(-9, 9, [5])], tf.relu),
  check("prelu", [signed, given([0.1, 0.2, 0.3, 0.4])], tf.prelu),
  check("logicalAnd", [booleans([6]), booleans([6], 2)], tf.logicalAnd),
  check("logicalOr", [booleans([6]), booleans([6], 2)], tf.logicalOr),
  check("logicalXor", [booleans([6]), booleans([6], 2)], tf.logicalXor),
  check("logicalNot", [booleans([6])], tf.logicalNot),
  check("bitwiseAnd", [integers(0, 99, [6]), integers(0, 99, [6], 2)], tf.bitwiseAnd),
  check("where", [booleans([2, 3]), floats([2, 3]), floats([2, 3], 2)], tf.where),
  check("where, broadcast", [booleans([2, 1]), floats([2, 3]), floats([1, 3], 2)], tf.where, {
    gradient: false,
  }),
  check(
    "NaN and infinities through arithmetic",
    [special],
    (x) => [x.add(1), x.mul(0), x.div(0), x.exp(), x.sqrt()],
    {
      gradient: false,
    },
  ),
  // Not relu6, which gives 0 for NaN on wasm.
  check("relu of NaN and infinities", [special], (x) => tf.relu(x), { gradient: false }),
  check("isNaN, isInf, isFinite", [special], (x) => [tf.isNaN(x), tf.isInf(x), tf.isFinite(x)]),
];
