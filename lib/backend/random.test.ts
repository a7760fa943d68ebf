// Random operations draw the same numbers for the same seed however they are run, and fresh ones at every step.

// Before TensorFlow.js, as the library itself does.
import "./random-functions.ts";
import assert from "node:assert/strict";
import { before, describe, it, test } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { random, withRandomSource } from "../data/random.ts";
import * as layers from "../layers/index.ts";
import { testedBackends } from "./battery/backends.ts";
import { compile, dropout, list, randomNormal, randomUniform, use } from "./index.ts";
import { philoxUniform } from "./philox.ts";
import { randomMask } from "./random.ts";
import { originals } from "./random-functions.ts";

const status = list().find(({ name }) => name === "tensorflow");
const image = [2, 4, 4, 3];

function layer(made: tf.layers.Layer): (x: tf.Tensor) => tf.Tensor {
  return (x) => made.apply(x, { training: true }) as tf.Tensor;
}

const randomLayers = {
  dropout: () => tf.layers.dropout({ rate: 0.4 }),
  "dropout with a seed": () => tf.layers.dropout({ rate: 0.4, seed: 5 }),
  alphaDropout: () => tf.layers.alphaDropout({ rate: 0.4 }),
  gaussianNoise: () => tf.layers.gaussianNoise({ stddev: 1 }),
  gaussianDropout: () => tf.layers.gaussianDropout({ rate: 0.4 }),
  spatialDropout2d: () => layers.spatialDropout2d({ rate: 0.4 }),
  stochasticDepth: () => layers.stochasticDepth({ rate: 0.4 }),
  randomBrightness: () => layers.randomBrightness({ factor: 0.5 }),
  randomFlip: () => layers.randomFlip(),
};

const operations: Record<string, (x: tf.Tensor) => tf.Tensor> = {
  "tf.randomUniform": (x) => tf.add(x, tf.randomUniform(x.shape)),
  "tf.randomNormal": (x) => tf.add(x, tf.randomNormal(x.shape)),
  "tf.truncatedNormal": (x) => tf.add(x, tf.truncatedNormal(x.shape)),
  "tf.dropout": (x) => tf.dropout(x, 0.4),
  "tf.dropout of whole maps": (x) => tf.dropout(x, 0.4, [2, 1, 1, 3]),
  "tf.dropout of an odd number": (x) => tf.dropout(tf.slice(tf.reshape(x, [96]), 1), 0.4),
  "tf.randomUniform of whole numbers": (x) => tf.add(x, tf.randomUniform(x.shape, -3, 7, "int32")),
  "tf.randomUniformInt": (x) => tf.add(x, tf.randomUniformInt(x.shape, 0, 9)),
  "tf.randomNormal of whole numbers": (x) => tf.add(x, tf.randomNormal(x.shape, 5, 3, "int32")),
  "tf.randomStandardNormal": (x) => tf.add(x, tf.randomStandardNormal(x.shape)),
  "tf.multinomial": (x) => tf.multinomial(tf.reshape(x, [8, 12]) as tf.Tensor2D, 6),
  "tf.multinomial of one row": (x) => tf.multinomial(tf.reshape(x, [96]) as tf.Tensor1D, 20, undefined, true),
};

describe("random operations", { skip: status?.available ? false : status?.reason }, () => {
  before(() => use("tensorflow"));

  const { "dropout with a seed": _, ...fresh } = randomLayers;
  const applied = Object.entries(fresh).map(([name, make]) => [name, layer(make())] as const);
  for (const [name, operation] of [...applied, ...Object.entries(operations)]) {
    it(`${name}: eager, graph and XLA draw the same numbers`, () => {
      const x = tf.randomUniform(image, 0, 1, "float32", 1);
      const draws = (step: (x: tf.Tensor) => tf.Tensor, seed: number) =>
        withRandomSource(random(seed), () =>
          Array.from({ length: 6 }, () => tf.tidy(() => [...step(x).dataSync()])),
        );
      const eager = draws(operation, 7);
      assert.ok(new Set(eager.map(String)).size > 1, "every step drew the same");
      assert.notDeepEqual(draws(operation, 8), eager);
      for (const engine of ["graph", "xla"] as const) {
        const step = compile(operation, { engine });
        const found = draws(step, 7);
        found.forEach((numbers, index) => {
          const worst = Math.max(
            ...numbers.map((each, place) => Math.abs(each - (eager[index]?.[place] as number))),
          );
          assert.ok(worst < 1e-6, `${engine} differs by ${worst} in step ${index}`);
        });
        assert.equal(step.report.engine, engine, step.report.reason);
        step.dispose();
      }
      x.dispose();
    });
  }

  for (const [title, body] of Object.entries({
    "the library's random numbers": (given: tf.Tensor) =>
      tf.add(dropout(given, 0.5), tf.mul(randomNormal([3, 4]), randomUniform([4]))),
    "TensorFlow.js's random numbers": (given: tf.Tensor) =>
      tf.add(tf.dropout(given, 0.5), tf.mul(tf.randomNormal([3, 4]), tf.truncatedNormal([4]))),
  }))
    it(`a pure step draws ${title} as an eager one does, without its JavaScript`, () => {
      const x = tf.ones([3, 4]);
      let runs = 0;
      const operation = (given: tf.Tensor) => {
        runs++;
        return body(given);
      };
      const draws = (step: (given: tf.Tensor) => tf.Tensor) =>
        withRandomSource(random(3), () =>
          Array.from({ length: 10 }, () => tf.tidy(() => [...step(x).dataSync()])),
        );
      const eager = draws(operation);
      const step = compile(operation, { engine: "graph", pure: true });
      runs = 0;
      const found = draws(step);
      assert.ok(runs < 5, `the JavaScript ran ${runs} times`);
      found.forEach((numbers, index) => {
        numbers.forEach((each, place) => {
          assert.ok(Math.abs(each - (eager[index]?.[place] as number)) < 1e-6, `step ${index}`);
        });
      });
      step.dispose();
      x.dispose();
    });

  it("a pure step that draws in JavaScript too draws anew at each call", () => {
    const operation = () => tf.add(randomUniform([2]), Math.random() < 0.5 ? 0 : 1);
    const draws = (step: () => tf.Tensor) =>
      withRandomSource(random(5), () =>
        Array.from({ length: 12 }, () => tf.tidy(() => [...step().dataSync()])),
      );
    const step = compile(operation, { engine: "graph", pure: true });
    assert.deepEqual(draws(step), draws(operation));
    step.dispose();
  });

  it("uniform and normal numbers have their moments, and a seed gives the same ones", () => {
    tf.tidy(() => {
      const uniform = [...withRandomSource(random(1), () => randomUniform([100_000])).dataSync()];
      const normal = [...withRandomSource(random(1), () => randomNormal([100_000])).dataSync()];
      assert.ok(uniform.every((each) => each >= 0 && each < 1));
      const moments = (numbers: number[]) => {
        const mean = numbers.reduce((sum, each) => sum + each, 0) / numbers.length;
        return [mean, numbers.reduce((sum, each) => sum + (each - mean) ** 2, 0) / numbers.length];
      };
      for (const [numbers, mean, variance] of [[uniform, 0.5, 1 / 12] as const, [normal, 0, 1] as const]) {
        const found = moments(numbers);
        // Four standard errors, about.
        assert.ok(Math.abs(found[0] - mean) < 0.015 && Math.abs(found[1] - variance) < 0.02, String(found));
      }
      assert.deepEqual(randomUniform([5], 9).dataSync(), randomUniform([5], 9).dataSync());
      assert.notDeepEqual(randomUniform([5], 9).dataSync(), randomUniform([5], 10).dataSync());
    });
  });
});

test("Philox gives the numbers that TensorFlow does", () => {
  // TensorFlow 2.21: tf.random.stateless_uniform([5], [3, -7], None, None, tf.int32, alg="philox").
  const whole = [-521701173, 1131767832, 879219307, 544013499, 1333424453];
  assert.deepEqual(
    [...philoxUniform(5, Int32Array.of(3, -7))],
    whole.map((number) => (number >> 8) / 2 ** 24 + 0.5),
  );
});

test("a mask has its part of zeros to 1/65,536", async () => {
  await use("cpu");
  const zeros = (rate: number) =>
    withRandomSource(random(3), () =>
      tf.tidy(() => 2 ** 18 - (tf.sum(randomMask([2 ** 18], rate)).dataSync()[0] as number)),
    );
  assert.equal(zeros(0), 0);
  assert.equal(zeros(0.4 / 2 ** 16), 0);
  assert.ok(zeros(0.6 / 2 ** 16) > 0);
  // What is kept of almost nothing is not nothing.
  assert.ok(zeros(1 - 1e-9) < 2 ** 18);
  for (const rate of [0.01, 0.1, 0.5, 0.9]) {
    const deviation = Math.sqrt(2 ** 18 * rate * (1 - rate));
    assert.ok(Math.abs(zeros(rate) - 2 ** 18 * rate) < 3 * deviation, `${zeros(rate)} for ${rate}`);
  }
});

describe("the same numbers on every backend", () => {
  const names = testedBackends().flatMap(({ name, available }) => (available ? [name] : []));
  const reference = new Map<string, number[]>();
  const layersMade = Object.entries(randomLayers).map(([title, make]) => [title, layer(make())] as const);

  for (const name of names.reverse()) {
    for (const [title, operation] of [...layersMade, ...Object.entries(operations)]) {
      it(`${title} on ${name}`, async () => {
        await use(name);
        const x = tf.tidy(() => tf.reshape(tf.div(tf.range(1, 97), 32), image));
        const values = withRandomSource(random(5), () => tf.tidy(() => [...operation(x).dataSync()]));
        x.dispose();
        const wanted = reference.get(title) ?? values;
        reference.set(title, wanted);
        assert.ok(new Set(values).size > 1);
        values.forEach((value, index) => {
          assert.ok(Math.abs(value - wanted[index]) < 2e-6, `${value} instead of ${wanted[index]}`);
        });
      });
    }
  }
});

describe("TensorFlow.js's random functions", () => {
  const count = 100_000;
  const drawn = (body: () => tf.Tensor): number[] =>
    withRandomSource(random(11), () => tf.tidy(() => [...body().dataSync()]));
  /** χ² of how often each of the numbers 0, 1, … came up. */
  const chiSquared = (numbers: number[], probabilities: number[]) =>
    probabilities.reduce((sum, probability, value) => {
      const expected = probability * numbers.length;
      return sum + (numbers.filter((each) => each === value).length - expected) ** 2 / expected;
    }, 0);
  const mean = (numbers: number[]) => numbers.reduce((sum, each) => sum + each, 0) / numbers.length;
  const variance = (numbers: number[]) => mean(numbers.map((each) => each ** 2)) - mean(numbers) ** 2;

  before(() => use("cpu"));

  it("have their distributions", () => {
    // χ² with 9 degrees of freedom exceeds 27.9 once in 1,000 times; the draws are fixed, so this passes or not.
    const digits = drawn(() => tf.randomUniformInt([count], -2, 8)).map((each) => each + 2);
    assert.ok(chiSquared(digits, Array(10).fill(0.1)) < 27.9);
    assert.ok(digits.every((each) => each >= 0 && each < 10));
    const chances = [0.1, 0.02, 0.5, 0, 0.38];
    for (const normalized of [true, false]) {
      const logits = normalized ? chances : chances.map(Math.log);
      const classes = drawn(() => tf.multinomial(logits, count, undefined, normalized));
      assert.equal(classes.filter((each) => each === 3).length, 0);
      assert.ok(
        chiSquared(classes, [0.1, 0.02, 0.5]) < 16.3,
        "three degrees of freedom, with the fifth class",
      );
    }
    const cut = drawn(() => tf.truncatedNormal([count], 3, 2));
    assert.ok(cut.every((each) => each >= -1 && each <= 7));
    // Johnson, Kotz and Balakrishnan, 1994: 1 − 4 φ(2) / (Φ(2) − Φ(−2)) of a standard normal one between −2 and 2.
    assert.ok(Math.abs(variance(cut) / 4 - 0.7737413) < 0.01 && Math.abs(mean(cut) - 3) < 0.02);
    // A tenth of them below each tenth of the distribution.
    const deciles = [-1.184, -0.7938, -0.4984, -0.2416, 0, 0.2416, 0.4984, 0.7938, 1.184];
    const tenths = cut.map((each) => deciles.filter((limit) => limit < (each - 3) / 2).length);
    assert.ok(chiSquared(tenths, Array(10).fill(0.1)) < 27.9);
    const normal = drawn(() => tf.randomNormal([count], -1, 3));
    assert.ok(Math.abs(mean(normal) + 1) < 0.04 && Math.abs(variance(normal) - 9) < 0.15);
    const kept = drawn(() => tf.dropout(tf.ones([count]), 0.3));
    assert.ok(kept.every((each) => each === 0 || Math.abs(each - 1 / 0.7) < 1e-6));
    assert.ok(Math.abs(mean(kept) - 1) < 0.01);
    // Two neighbours are of the same 32 bits: each of the four ways to drop them must come as often as it should.
    const pairs = drawn(() => {
      const drops = tf.reshape(tf.equal(tf.dropout(tf.ones([2 * count]), 0.1), 0), [count, 2]);
      return tf.sum(tf.mul(tf.cast(drops, "float32"), [1, 2]), 1);
    });
    // χ² with 3 degrees of freedom exceeds 16.3 once in 1,000 times.
    assert.ok(chiSquared(pairs, [0.81, 0.09, 0.09, 0.01]) < 16.3);
  });

  it("give TensorFlow.js's numbers of a seed, and its initial weights", () => {
    const seeded: [found: () => tf.Tensor, wanted: () => tf.Tensor][] = [
      [
        () => tf.randomUniform([5], 1, 2, "float32", 3),
        () => originals.randomUniform([5], 1, 2, "float32", 3),
      ],
      [() => tf.randomNormal([5], 1, 2, "float32", 3), () => originals.randomNormal([5], 1, 2, "float32", 3)],
      [
        () => tf.truncatedNormal([5], 1, 2, "float32", 3),
        () => originals.truncatedNormal([5], 1, 2, "float32", 3),
      ],
      [
        () => tf.dropout(tf.ones([9]), 0.5, undefined, 3),
        () => originals.dropout(tf.ones([9]), 0.5, undefined, 3),
      ],
      [() => tf.multinomial([1, 2, 3], 9, 3), () => originals.multinomial([1, 2, 3], 9, 3)],
      [() => tf.initializers.randomNormal({}).apply([5]), () => originals.randomNormal([5], 0, 0.05)],
      [() => tf.initializers.heNormal({}).apply([2, 4]), () => originals.truncatedNormal([2, 4], 0, 1)],
      [() => tf.initializers.randomUniform({}).apply([5]), () => originals.randomUniform([5], -0.05, 0.05)],
    ];
    for (const [found, wanted] of seeded) assert.deepEqual(drawn(found), drawn(wanted));
    assert.notDeepEqual(
      drawn(() => tf.randomNormal([5])),
      drawn(() => originals.randomNormal([5])),
    );
  });

  it("refuse what TensorFlow.js's refuse", () => {
    assert.throws(() => tf.randomNormal([-1]), /shape/);
    assert.throws(() => tf.dropout([1, 2], 1), /rate must be a float/);
    assert.throws(() => tf.dropout(tf.tensor1d([1], "int32"), 0.5), /floating point/);
    assert.throws(() => tf.multinomial([1], 3), /at least 2 outcomes/);
    assert.throws(() => tf.truncatedNormal([1], 0, 1, "bool" as "int32"), /Unsupported/);
  });
});
