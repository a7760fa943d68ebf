// TensorFlow.js's random functions by our random tensors where they get no seed: a recorded step draws without its
// JavaScript, and every backend draws the same. With a seed they give the numbers that TensorFlow.js gives anywhere.
import * as tf from "@tensorflow/tfjs";
import { dropout, randomNormal, randomUniform } from "./random.ts";
import {
  originals,
  type RandomFunctions,
  replaceRandomFunctions,
  withOriginals,
} from "./random-functions.ts";

/** Our uniform numbers have so many values. */
const largestRange = 2 ** 24;

type Numbers = (shape: number[], from?: number, to?: number, dtype?: tf.DataType, seed?: number) => tf.Tensor;
const original = originals as unknown as Record<keyof RandomFunctions, Numbers>;

const seedless = {
  randomUniform(shape, minval = 0, maxval = 1, dtype = "float32", seed) {
    const range = maxval - minval;
    const isWhole = Number.isInteger(minval) && Number.isInteger(range) && range <= largestRange;
    if (isGiven(seed) || !(dtype === "float32" || (dtype === "int32" && isWhole))) {
      return original.randomUniform(shape, minval, maxval, dtype, seed);
    }
    return draw(shape, () => {
      const scaled = tf.mul(randomUniform(shape), range);
      if (dtype === "float32") return tf.add(scaled, minval);
      return tf.add(tf.cast(scaled, "int32"), tf.scalar(minval, "int32"));
    });
  },

  randomUniformInt: (shape: number[], minval: number, maxval: number, seed?: number) =>
    seedless.randomUniform(shape, minval, maxval, "int32", seed),

  randomNormal(shape, mean = 0, deviation = 1, dtype = "float32", seed) {
    if (isGiven(seed) || !isNumeric(dtype)) {
      return original.randomNormal(shape, mean, deviation, dtype, seed);
    }
    return draw(shape, () => moved(randomNormal(shape), mean, deviation, dtype));
  },

  randomStandardNormal: (shape: number[], dtype?: tf.DataType, seed?: number) =>
    seedless.randomNormal(shape, 0, 1, dtype, seed),

  truncatedNormal(shape, mean = 0, deviation = 1, dtype = "float32", seed) {
    if (isGiven(seed) || !isNumeric(dtype)) {
      return original.truncatedNormal(shape, mean, deviation, dtype, seed);
    }
    return draw(shape, () => moved(truncatedNormal(shape), mean, deviation, dtype));
  },

  dropout(x: tf.Tensor | tf.TensorLike, rate: number, noiseShape?: (number | null)[], seed?: number) {
    const given = x instanceof tf.Tensor ? x : tf.tensor(x);
    const hasEffect = rate > 0 && rate < 1 && given.dtype === "float32";
    if (isGiven(seed) || !hasEffect) return originals.dropout(x, rate, noiseShape as number[], seed);
    return tf.tidy(() => {
      const shape = noiseShape?.map((size, axis) => size ?? (given.shape[axis] as number));
      return dropout(given, rate, { noiseShape: shape });
    });
  },

  multinomial(logits: tf.Tensor2D | tf.TensorLike, count: number, seed?: number, normalized = false) {
    const given = logits instanceof tf.Tensor ? logits : tf.tensor(logits);
    if (isGiven(seed) || given.rank > 2 || given.size < 2) {
      return originals.multinomial(logits, count, seed, normalized);
    }
    return tf.tidy(() => {
      const [classes] = given.shape.slice(-1);
      const rows = tf.reshape(normalized ? tf.log(given) : given, [-1, 1, classes]);
      // Gumbel, 1954: the largest of the sums is where a class is drawn.
      const noise = tf.neg(tf.log(tf.neg(tf.log(randomUniform([rows.shape[0], count, classes])))));
      const drawn = tf.argMax(tf.add(rows, noise), -1);
      return given.rank === 1 ? tf.reshape(drawn, [count]) : drawn;
    });
  },
} satisfies Record<keyof RandomFunctions, unknown> & {
  randomUniform: Numbers;
  randomNormal: Numbers;
  truncatedNormal: Numbers;
};

export function accelerateRandomFunctions(): void {
  replaceRandomFunctions(seedless as unknown as RandomFunctions);
  keepInitialWeights();
}

/** Initial weights are drawn once, so that a seed gives those of any TensorFlow.js. */
function keepInitialWeights(): void {
  const { initializers } = tf;
  for (const example of [
    initializers.randomUniform({}),
    initializers.randomNormal({}),
    initializers.truncatedNormal({}),
    initializers.varianceScaling({}),
    initializers.orthogonal({}),
  ]) {
    const shared = Object.getPrototypeOf(example) as { apply(...given: unknown[]): tf.Tensor };
    const apply = shared.apply;
    shared.apply = function (...given) {
      return withOriginals(() => apply.apply(this, given));
    };
  }
}

function isGiven(seed: unknown): boolean {
  return seed !== undefined && seed !== null;
}

function isNumeric(dtype: unknown): dtype is "float32" | "int32" {
  return dtype === "float32" || dtype === "int32";
}

function draw(shape: number[], body: () => tf.Tensor): tf.Tensor {
  tf.util.assertNonNegativeIntegerDimensions(shape);
  return tf.tidy(body);
}

function moved(standard: tf.Tensor, mean: number, deviation: number, dtype: "float32" | "int32"): tf.Tensor {
  const numbers = tf.add(tf.mul(standard, deviation), mean);
  return dtype === "int32" ? tf.cast(tf.round(numbers), dtype) : numbers;
}

/** Giles, 2010, Approximating the erfinv function: by powers of w − 2.5, for w < 5. */
const inverseError = [
  2.81022636e-8, 3.43273939e-7, -3.5233877e-6, -4.39150654e-6, 2.1858087e-4, -1.25372503e-3, -4.17768164e-3,
  0.246640727, 1.50140941,
];
/** The probability of less than two standard deviations, erf(√2). */
const kept = 0.9544997361036416;

/** Standard normal numbers from −2 to 2, of uniform ones by the inverse of their distribution. */
function truncatedNormal(shape: number[]): tf.Tensor {
  const x = tf.mul(tf.sub(randomUniform(shape), 0.5), 2 * kept);
  const w = tf.neg(tf.add(tf.log(tf.sub(1, tf.square(x))), 2.5));
  const [first, ...rest] = inverseError as [number, ...number[]];
  const polynomial = rest.reduce<tf.Tensor>(
    (sum, each) => tf.add(tf.mul(sum, w), each),
    tf.fill(shape, first),
  );
  return tf.clipByValue(tf.mul(tf.mul(x, polynomial), Math.SQRT2), -2, 2);
}
