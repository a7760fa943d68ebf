// Integrated gradients (Sundararajan et al. 2017): the gradient summed up on the way from a baseline to the input.

import * as tf from "@tensorflow/tfjs";
import { inBatches } from "../batches.ts";
import { recorded } from "../recorded.ts";
import { type TargetTensor, targetTensor } from "../target.ts";
import {
  type AttributionOptions,
  type BaselineAttribution,
  baselineOf,
  finishWithBaseline,
  fixedTarget,
  gradientOf,
  scoresOf,
  targetOf,
} from "./attribution.ts";

export interface IntegratedGradientsOptions extends AttributionOptions {
  /** Points on the way. Defaults to `50`. */
  steps?: number;
  /** Where the points lie and what they weigh. Defaults to `"gausslegendre"`. */
  method?: "gausslegendre" | "riemannLeft" | "riemannMiddle" | "riemannRight";
  /** Where the way begins: a number, or a tensor that broadcasts to the input. Defaults to `0`. */
  baseline?: number | tf.Tensor;
  /** Points run at a time. Defaults to `32`. */
  batchSize?: number;
  signal?: AbortSignal;
}

/**
 * Integrated gradients: they add up to the difference between the scores of the input and the baseline, up to the
 * completeness error, which falls with the number of steps.
 *
 * @throws RangeError if there is no step.
 */
export async function integratedGradients(
  model: tf.LayersModel,
  x: tf.Tensor,
  options: IntegratedGradientsOptions = {},
): Promise<BaselineAttribution> {
  const { output, steps = 50, method = "gausslegendre", baseline = 0, batchSize = 32, signal } = options;
  if (!(Number.isInteger(steps) && steps >= 1)) {
    throw new RangeError(`steps is ${steps}; it must be a whole number from 1 on.`);
  }
  const target = await fixedTarget(model, x, options);
  const { scores, ofBaseline } = tf.tidy(() => ({
    scores: scoresOf(model, x, target, output),
    ofBaseline: scoresOf(model, baselineOf(baseline, x), target, output),
  }));
  const points = quadratures[method](steps);
  const count = x.shape[0] as number;
  let total = tf.zeros(x.shape);
  try {
    // Runs are numbered point by point, all examples of the first point first; in pieces of one size, as far as it goes.
    const pieces = Math.ceil((steps * count) / batchSize);
    await inBatches(steps * count, Math.ceil((steps * count) / pieces), signal, (start, end) => {
      const runs = Array.from({ length: end - start }, (_, index) => start + index);
      const examples = runs.map((number) => number % count);
      const next = tf.tidy(() => {
        const ofRuns = (key: "at" | "weight") =>
          tf.tensor(
            runs.map((number) => points[Math.floor(number / count)]?.[key] as number),
            [runs.length, ...x.shape.slice(1).map(() => 1)],
          );
        const part: Part = {
          total,
          x,
          baseline: baselineOf(baseline, x),
          at: ofRuns("at"),
          weight: ofRuns("weight"),
          examples: tf.tensor1d(examples, "int32"),
        };
        const ofPart = targetOf(target, examples);
        const classes = targetTensor(ofPart, model, { examples: runs.length, output });
        const settings = { by: integratedGradients, output };
        if (typeof classes === "function") return addPart(model, settings, part, classes);
        return recorded(model, settings, addPart, part, classes);
      });
      total.dispose();
      total = next;
    });
    const attribution = tf.tidy(() => tf.mul(total, tf.sub(x, baselineOf(baseline, x))));
    return await finishWithBaseline({ attribution, scores: scores.clone(), ofBaseline: ofBaseline.clone() });
  } finally {
    tf.dispose([total, scores, ofBaseline]);
  }
}

/** Some of the runs: where each is on the way of which example, and what it weighs. */
interface Part extends Record<string, tf.Tensor> {
  total: tf.Tensor;
  x: tf.Tensor;
  baseline: tf.Tensor;
  at: tf.Tensor;
  weight: tf.Tensor;
  examples: tf.Tensor1D;
}

/** The total with the gradients of some runs. */
function addPart(
  model: tf.LayersModel,
  { output }: { output: number | undefined },
  { total, x, baseline, at, weight, examples }: Part,
  target: TargetTensor,
): tf.Tensor {
  const from = tf.gather(baseline, examples);
  const between = tf.add(from, tf.mul(at, tf.sub(tf.gather(x, examples), from)));
  const gradients = tf.mul(gradientOf(model, between, target, output), weight);
  const count = x.shape[0] as number;
  const share = tf.cast(tf.equal(tf.expandDims(examples, 1), tf.range(0, count, 1, "int32")), "float32");
  const flat = tf.reshape(gradients, [examples.size, -1]) as tf.Tensor2D;
  return tf.add(total, tf.reshape(tf.matMul(share as tf.Tensor2D, flat, true), x.shape));
}

interface Point {
  at: number;
  weight: number;
}

const quadratures = {
  gausslegendre: gaussLegendre,
  riemannLeft: (steps: number) => evenly(steps, 0),
  riemannMiddle: (steps: number) => evenly(steps, 0.5),
  riemannRight: (steps: number) => evenly(steps, 1),
};

function evenly(steps: number, shift: number): Point[] {
  return Array.from({ length: steps }, (_, index) => ({ at: (index + shift) / steps, weight: 1 / steps }));
}

/** Points and weights on [0, 1] that integrate polynomials of degree 2 · steps − 1 exactly. */
function gaussLegendre(steps: number): Point[] {
  return Array.from({ length: steps }, (_, index) => {
    // Newton's method from an approximation of the root of the Legendre polynomial.
    let root = Math.cos((Math.PI * (index + 0.75)) / (steps + 0.5));
    let slope = 0;
    for (let turn = 0; turn < 100; turn++) {
      let [before, value] = [1, root];
      for (let degree = 2; degree <= steps; degree++) {
        [before, value] = [value, ((2 * degree - 1) * root * value - (degree - 1) * before) / degree];
      }
      slope = (steps * (root * value - before)) / (root * root - 1);
      const step = value / slope;
      root -= step;
      if (Math.abs(step) < 1e-15) break;
    }
    return { at: (1 - root) / 2, weight: 1 / ((1 - root * root) * slope * slope) };
  });
}
