// Numbers to predict: a plane with known weights, and a sine curve.

import { ArrayExamples } from "../arrays.ts";
import { random } from "../random.ts";
import { asSynthetic, requireCount, requireNotNegative, type Synthetic } from "./card.ts";

interface LinearRegressionOptions {
  /** Defaults to `100`. */
  samples?: number;
  /** True weight of each input. Defaults to `[2]`. */
  weights?: readonly number[];
  /** Value where all inputs are 0. Defaults to `1`. */
  bias?: number;
  /** Standard deviation of the normal noise on the target. Defaults to `0.1`. */
  noise?: number;
  /** Defaults to `0`. */
  seed?: number;
}

/**
 * A linear function of normal inputs, with noise: y = x · weights + bias + noise.
 *
 * @returns Inputs `[weights.length]` of mean 0 and standard deviation 1; targets `[1]`.
 * @throws RangeError if `samples` or `noise` is not possible, or there is no weight.
 */
export function linearRegression(options: LinearRegressionOptions = {}): ArrayExamples & Synthetic {
  const { samples = 100, weights = [2], bias = 1, noise = 0.1, seed = 0 } = options;
  requireCount("samples", samples);
  requireCount("weights.length", weights.length);
  requireNotNegative("noise", noise);
  const source = random(seed);
  const inputs = new Float32Array(samples * weights.length);
  const targets = new Float32Array(samples);
  for (let index = 0; index < samples; index++) {
    let sum = bias;
    weights.forEach((weight, axis) => {
      const input = source.normal();
      inputs[index * weights.length + axis] = input;
      sum += weight * input;
    });
    targets[index] = sum + noise * source.normal();
  }
  const inputNames = weights.map((_, axis) => `x${axis + 1}`);
  return asSynthetic(
    new ArrayExamples({ inputs, inputShape: [weights.length], targets, targetShape: [1], inputNames }),
    {
      name: "linear-regression",
      title: "Linear regression",
      description: `${samples} values of x · [${weights.join(", ")}] + ${bias}, normal noise of ${noise}, seed ${seed}`,
      example: `${weights.length} numbers and the number to predict (float32)`,
      source: "scikit-learn's make_regression (Pedregosa et al., 2011), with given weights",
    },
  );
}

interface SineRegressionOptions {
  /** Defaults to `100`. */
  samples?: number;
  /** Inputs are uniform in this interval. Defaults to one period, `[0, 1]`. */
  range?: readonly [low: number, high: number];
  /** Periods in an interval of length 1. Defaults to `1`. */
  frequency?: number;
  /** Standard deviation of the normal noise on the target. Defaults to `0.1`. */
  noise?: number;
  /** Defaults to `0`. */
  seed?: number;
}

/**
 * A sine curve with noise: y = sin(2π · frequency · x) + noise, the usual example of over-fitting.
 *
 * @returns Inputs `[1]` in ascending order; targets `[1]`.
 * @throws RangeError if an option is not possible.
 */
export function sineRegression(options: SineRegressionOptions = {}): ArrayExamples & Synthetic {
  const { samples = 100, range = [0, 1], frequency = 1, noise = 0.1, seed = 0 } = options;
  requireCount("samples", samples);
  requireNotNegative("noise", noise);
  const [low, high] = range;
  if (!(low < high))
    throw new RangeError(`range is [${low}, ${high}]; the first number must be the smaller one.`);
  const source = random(seed);
  const inputs = Float32Array.from({ length: samples }, () => low + (high - low) * source.uniform()).sort();
  const targets = inputs.map((x) => Math.sin(2 * Math.PI * frequency * x) + noise * source.normal());
  return asSynthetic(
    new ArrayExamples({ inputs, inputShape: [1], targets, targetShape: [1], inputNames: ["x"] }),
    {
      name: "sine-regression",
      title: "Sine regression",
      description: `${samples} values of sin(2π · ${frequency} · x) for x from ${low} to ${high}, normal noise of ${noise}, seed ${seed}`,
      example: "a number and the number to predict (float32)",
      source: "C. M. Bishop: Pattern Recognition and Machine Learning, 2006, section 1.1",
    },
  );
}
