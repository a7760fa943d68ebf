// Does the score fall when what an explanation calls important is covered? Pixel flipping (Bach et al. 2015) and
// region perturbation with its area over the curve, AOPC (Samek et al. 2017, "Evaluating the visualization of what a
// deep neural network has learned").

import * as tf from "@tensorflow/tfjs";
import { random } from "../../data/random.ts";
import { lines } from "../../plot/charts.ts";
import type { Figure } from "../../plot/figure.ts";
import { inBatches } from "../batches.ts";
import { fixedTarget, plainNetwork, scoresOf, targetOf } from "../gradients/attribution.ts";
import { logitsOf, run } from "../network.ts";
import { type Explanation, mapsOf } from "../pictures/maps.ts";
import type { Target } from "../target.ts";

/** Most relevant first, least relevant first, or in random order. */
export type Order = "morf" | "lerf" | "random";

export interface PerturbationOptions {
  /** What was explained. Defaults to `"argmax"` of the images as they are. */
  target?: Target;
  /** Which of a model's outputs. Defaults to `0`. */
  output?: number;
  /** Defaults to `"morf"`. */
  order?: Order;
  /** Steps at most. Defaults to `100` (pixel flipping: until all is covered). */
  steps?: number;
  /** What a region is covered with: a number, the image's mean, or random numbers. Defaults to `0`. */
  fill?: number | "mean" | "uniform";
  /** Smallest and largest input, for random numbers. Defaults to 0 and 1. */
  range?: readonly [low: number, high: number];
  /** What falls: the score itself (the logit), or the probability of the target's class. Defaults to `"logit"`. */
  score?: "logit" | "probability";
  /** Seed of what is random. Defaults to `0`. */
  seed?: number;
  /** Images run at a time. Defaults to `64`. */
  batchSize?: number;
  signal?: AbortSignal;
}

export interface RegionPerturbationOptions extends PerturbationOptions {
  /** Side of a region in pixels. Defaults to `9`. Regions lie in a grid; at the edges they may be smaller. */
  regionSize?: number;
}

export interface PixelFlippingOptions extends PerturbationOptions {
  /** Pixels covered at each step. Defaults to a hundredth of all. */
  pixels?: number;
}

export interface Perturbation {
  /** Mean score over the examples after 0, 1, 2 … steps. */
  curve: number[];
  /** Scores of each example, `[n][steps + 1]`. */
  curves: number[][];
  /** Area over the curve of each example: mean over all steps, the start included, of what the score has lost. */
  aopcs: number[];
  /** Mean of `aopcs`. */
  aopc: number;
  figure: Figure;
}

/**
 * Cover regions of images by their relevance, and see how the score falls: the more, the better the explanation
 * (with `order: "lerf"`: the less).
 *
 * @param x Images, `[n, height, width, channels]`.
 * @param explanation A map for each image, of its size. It stays the caller's.
 * @throws RangeError if maps and images don't fit, or a number is out of range.
 */
export function regionPerturbation(
  model: tf.LayersModel,
  x: tf.Tensor,
  explanation: Explanation,
  options: RegionPerturbationOptions = {},
): Promise<Perturbation> {
  return perturb(model, x, explanation, { regionSize: 9, steps: 100, perStep: 1, ...options });
}

/**
 * Cover single pixels of images by their relevance, a few at each step: region perturbation for regions of one pixel.
 *
 * @throws RangeError as `regionPerturbation` does.
 */
export function pixelFlipping(
  model: tf.LayersModel,
  x: tf.Tensor,
  explanation: Explanation,
  options: PixelFlippingOptions = {},
): Promise<Perturbation> {
  const total = (x.shape[1] ?? 1) * (x.shape[2] ?? 1);
  const perStep = options.pixels ?? Math.max(1, Math.round(total / 100));
  const steps = Math.ceil(total / perStep);
  return perturb(model, x, explanation, { steps, ...options, regionSize: 1, perStep });
}

type AllOptions = PerturbationOptions & { regionSize: number; steps: number; perStep: number };

async function perturb(
  model: tf.LayersModel,
  x: tf.Tensor,
  explanation: Explanation,
  options: AllOptions,
): Promise<Perturbation> {
  const { order = "morf", regionSize, perStep, seed = 0, batchSize = 64, score = "logit" } = options;
  const [count = 0, height = 0, width = 0] = x.shape;
  for (const [name, value] of Object.entries({ regionSize, steps: options.steps, pixels: perStep })) {
    if (!(Number.isInteger(value) && value >= 1)) {
      throw new RangeError(`${name} is ${value}; it must be a whole number from 1 on.`);
    }
  }
  const maps = imageMaps(x, explanation);
  const target = await fixedTarget(model, x, options);
  const source = random(seed);
  const columns = Math.ceil(width / regionSize);
  const regions = Math.ceil(height / regionSize) * columns;
  const steps = Math.min(options.steps, Math.ceil(regions / perStep));
  const regionOf = Int32Array.from({ length: height * width }, (_, pixel) => {
    const row = Math.floor(Math.floor(pixel / width) / regionSize);
    return row * columns + Math.floor((pixel % width) / regionSize);
  });
  // When each pixel of an image is covered, by the rank of its region.
  const stepOf = maps.map((map) => {
    const sums = new Float64Array(regions);
    map.forEach((value, pixel) => {
      sums[regionOf[pixel] as number] = (sums[regionOf[pixel] as number] as number) + value;
    });
    const ranked =
      order === "random"
        ? source.permutation(regions)
        : Int32Array.from(sums.keys()).sort((a, b) => {
            const difference = (sums[b] as number) - (sums[a] as number);
            return (order === "morf" ? difference : -difference) || a - b;
          });
    const step = new Int32Array(regions);
    ranked.forEach((region, rank) => {
      step[region] = Math.floor(rank / perStep) + 1;
    });
    return Float32Array.from(regionOf, (region) => step[region] as number);
  });
  const filling = tf.tidy(() => fillingOf(x, options, source.uniform));
  const scores = Array.from({ length: count }, () => [] as number[]);
  try {
    await inBatches(count * (steps + 1), batchSize, options.signal, (from, to) => {
      const runs = Array.from({ length: to - from }, (_, index) => from + index);
      const examples = runs.map((number) => Math.floor(number / (steps + 1)));
      const values = tf.tidy(() => {
        const kept = Float32Array.from(
          runs.flatMap((number, index) => {
            const done = number % (steps + 1);
            return Array.from(stepOf[examples[index] as number] as Float32Array, (step) =>
              step > done ? 1 : 0,
            );
          }),
        );
        const mask = tf.tensor(kept, [runs.length, height, width, 1]);
        const indices = tf.tensor1d(examples, "int32");
        const covered = tf.add(
          tf.mul(tf.gather(x, indices), mask),
          tf.mul(tf.gather(filling, indices), tf.sub(1, mask)),
        );
        return [...scoring(model, covered, targetOf(target, examples), options.output, score).dataSync()];
      });
      values.forEach((value, index) => {
        scores[examples[index] as number]?.push(value);
      });
    });
  } finally {
    filling.dispose();
  }
  return summary(scores, order, regionSize * regionSize * perStep);
}

function imageMaps(x: tf.Tensor, explanation: Explanation): Float32Array[] {
  const { values } = mapsOf(explanation);
  try {
    const [count, height, width] = values.shape;
    if (x.rank !== 4 || count !== x.shape[0] || height !== x.shape[1] || width !== x.shape[2]) {
      throw new RangeError(
        `The images have the shape [${x.shape}] and the maps [${values.shape}]; there must be a map for each ` +
          `image, of its size.`,
      );
    }
    const all = values.dataSync() as Float32Array;
    const size = height * width;
    return Array.from({ length: count }, (_, index) => all.slice(index * size, (index + 1) * size));
  } finally {
    values.dispose();
  }
}

function fillingOf(x: tf.Tensor, { fill = 0, range = [0, 1] }: AllOptions, uniform: () => number): tf.Tensor {
  if (fill === "mean") return tf.broadcastTo(tf.mean(x, [1, 2], true), x.shape);
  if (fill !== "uniform") return tf.fill(x.shape, fill);
  const values = Float32Array.from({ length: x.size }, () => range[0] + (range[1] - range[0]) * uniform());
  return tf.tensor(values, x.shape);
}

function scoring(
  model: tf.LayersModel,
  x: tf.Tensor,
  target: Target,
  output: number | undefined,
  score: "logit" | "probability",
): tf.Tensor {
  if (score === "logit") return scoresOf(model, x, target, output);
  if (!Array.isArray(target) && typeof target !== "number") {
    throw new RangeError('The score "probability" is that of a class; give one as target, or "argmax".');
  }
  const net = plainNetwork(model, x, output);
  const logits = logitsOf(net, run(net)) as tf.Tensor2D;
  const classes = Array.isArray(target)
    ? (target as number[])
    : Array.from({ length: x.shape[0] as number }, () => target);
  const chosen = tf.oneHot(tf.tensor1d(classes as number[], "int32"), logits.shape[1]);
  return tf.sum(tf.mul(tf.softmax(logits), chosen), 1);
}

function summary(curves: number[][], order: Order, pixels: number): Perturbation {
  const count = curves.length;
  const curve = (curves[0] ?? []).map(
    (_, step) => curves.reduce((sum, one) => sum + (one[step] as number), 0) / count,
  );
  const aopcs = curves.map(
    (one) => one.reduce((sum, score) => sum + ((one[0] as number) - score), 0) / one.length,
  );
  const aopc = aopcs.reduce((sum, one) => sum + one, 0) / count;
  const figure = lines(
    { [order]: { x: curve.map((_, step) => step * pixels), y: curve } },
    { title: `AOPC ${aopc.toPrecision(4)}`, x: "pixels covered", y: "mean score" },
  );
  return { curve, curves, aopcs, aopc, figure };
}
