// Points in the plane with a class each: the sets on which a decision boundary can be seen.

import { ArrayExamples } from "../arrays.ts";
import { type RandomSource, random } from "../random.ts";
import { asSynthetic, requireCount, requireNotNegative, type Synthetic } from "./card.ts";

/** Labelled points: inputs `[2]` (or more dimensions), targets class numbers. */
export type LabelledPoints = ArrayExamples & Synthetic;

interface PointOptions {
  /** Number of points. Defaults to `200`. */
  samples?: number;
  /** Standard deviation of the normal noise added to each coordinate. */
  noise?: number;
  /** Defaults to `0`. */
  seed?: number;
}

interface Recipe {
  name: string;
  title: string;
  description: string;
  source: string;
  samples: number;
  dimensions?: number;
  classNames: readonly string[];
}

const scikitLearn = (name: string) => `scikit-learn's ${name} (Pedregosa et al., 2011)`;

// The order is drawn too: a batch of the first examples then holds every class.
function labelled(
  recipe: Recipe,
  source: RandomSource,
  point: (index: number) => { position: readonly number[]; label: number },
): LabelledPoints {
  const { name, title, description, samples, dimensions = 2, classNames } = recipe;
  const inputs = new Float32Array(samples * dimensions);
  const targets = new Int32Array(samples);
  const points = Array.from({ length: samples }, (_, index) => point(index));
  source.permutation(samples).forEach((from, to) => {
    const { position, label } = points[from] as (typeof points)[number];
    inputs.set(position, to * dimensions);
    targets[to] = label;
  });
  const inputNames = Array.from({ length: dimensions }, (_, axis) => `x${axis + 1}`);
  return asSynthetic(
    new ArrayExamples({ inputs, inputShape: [dimensions], targets, targetShape: [], classNames, inputNames }),
    {
      name,
      title,
      description,
      source: recipe.source,
      example: `${dimensions} numbers (float32) and one of the classes ${classNames.join(", ")}`,
    },
  );
}

function classes(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `class ${index}`);
}

/**
 * Two half circles that reach into each other: not linearly separable.
 *
 * @param options.noise Defaults to `0.1`.
 * @returns Inputs `[2]`, about −1 to 2 and −0.5 to 1; classes 0 (upper) and 1 (lower).
 * @throws RangeError if `samples` or `noise` is not possible.
 */
export function moons({ samples = 200, noise = 0.1, seed = 0 }: PointOptions = {}): LabelledPoints {
  requireCount("samples", samples, 2);
  requireNotNegative("noise", noise);
  const source = random(seed);
  const upper = Math.floor(samples / 2);
  const recipe: Recipe = {
    name: "moons",
    title: "Two moons",
    description: `${samples} points on two half circles of radius 1, normal noise of ${noise}, seed ${seed}`,
    source: scikitLearn("make_moons"),
    samples,
    classNames: ["upper", "lower"],
  };
  return labelled(recipe, source, (index) => {
    const isUpper = index < upper;
    const angle = isUpper ? along(index, upper) : along(index - upper, samples - upper);
    const [x, y] = isUpper
      ? [Math.cos(angle), Math.sin(angle)]
      : [1 - Math.cos(angle), 0.5 - Math.sin(angle)];
    return { position: [x + noise * source.normal(), y + noise * source.normal()], label: isUpper ? 0 : 1 };
  });
}

/** Evenly spaced angles from 0 to π, both ends included. */
function along(index: number, count: number): number {
  return count < 2 ? 0 : (Math.PI * index) / (count - 1);
}

/**
 * A circle within a circle.
 *
 * @param options.noise Defaults to `0.05`.
 * @param options.factor Radius of the inner circle; the outer has 1. Defaults to `0.5`.
 * @returns Inputs `[2]`; classes 0 (outer) and 1 (inner).
 * @throws RangeError if an option is not possible.
 */
export function circles({
  samples = 200,
  noise = 0.05,
  factor = 0.5,
  seed = 0,
}: PointOptions & { factor?: number } = {}): LabelledPoints {
  requireCount("samples", samples, 2);
  requireNotNegative("noise", noise);
  if (!(factor >= 0 && factor < 1)) throw new RangeError(`factor is ${factor}; it must lie in [0, 1).`);
  const source = random(seed);
  const outer = Math.floor(samples / 2);
  const recipe: Recipe = {
    name: "circles",
    title: "Two circles",
    description: `${samples} points on circles of radius 1 and ${factor}, normal noise of ${noise}, seed ${seed}`,
    source: scikitLearn("make_circles"),
    samples,
    classNames: ["outer", "inner"],
  };
  return labelled(recipe, source, (index) => {
    const isOuter = index < outer;
    const turn = isOuter ? index / outer : (index - outer) / (samples - outer);
    const radius = isOuter ? 1 : factor;
    const [x, y] = [radius * Math.cos(2 * Math.PI * turn), radius * Math.sin(2 * Math.PI * turn)];
    return { position: [x + noise * source.normal(), y + noise * source.normal()], label: isOuter ? 0 : 1 };
  });
}

/**
 * Round clouds of points, one for each centre.
 *
 * @param options.centers Centres of the clouds (any number of dimensions), or how many to draw uniformly from
 *   −10 to 10. Defaults to `3`.
 * @param options.deviation Standard deviation of every cloud. Defaults to `1`.
 * @param options.dimensions Of drawn centres. Defaults to `2`.
 * @returns Inputs `[dimensions]`; classes are numbered as the centres.
 * @throws RangeError if an option is not possible, or the centres differ in length.
 */
export function blobs({
  samples = 200,
  centers = 3,
  deviation = 1,
  dimensions = 2,
  seed = 0,
}: Omit<PointOptions, "noise"> & {
  centers?: number | readonly (readonly number[])[];
  deviation?: number;
  dimensions?: number;
} = {}): LabelledPoints {
  requireCount("samples", samples);
  requireNotNegative("deviation", deviation);
  const source = random(seed);
  if (typeof centers === "number") {
    requireCount("centers", centers);
    requireCount("dimensions", dimensions);
  }
  const middles =
    typeof centers === "number"
      ? Array.from({ length: centers }, () =>
          Array.from({ length: dimensions }, () => 20 * source.uniform() - 10),
        )
      : centers;
  const length = middles[0]?.length ?? 0;
  const odd = middles.findIndex((middle) => middle.length !== length || length === 0);
  if (middles.length === 0 || odd >= 0) {
    throw new RangeError(
      middles.length === 0
        ? "centers is empty; at least one centre is needed."
        : `centers[${odd}] has ${middles[odd]?.length} coordinates, the first has ${length}.`,
    );
  }
  const recipe: Recipe = {
    name: "blobs",
    title: "Blobs",
    description: `${samples} points around ${middles.length} centres, standard deviation ${deviation}, seed ${seed}`,
    source: scikitLearn("make_blobs"),
    samples,
    dimensions: length,
    classNames: classes(middles.length),
  };
  return labelled(recipe, source, (index) => {
    const label = index % middles.length;
    const middle = middles[label] as readonly number[];
    return { position: middle.map((coordinate) => coordinate + deviation * source.normal()), label };
  });
}

/**
 * Arms of a spiral, one class each.
 *
 * @param options.noise Defaults to `0.02`.
 * @param options.arms Defaults to `3`.
 * @param options.turns How often each arm winds round the middle. Defaults to `0.75`.
 * @returns Inputs `[2]` within about −1 to 1; classes are numbered as the arms.
 * @throws RangeError if an option is not possible.
 */
export function spirals({
  samples = 300,
  arms = 3,
  turns = 0.75,
  noise = 0.02,
  seed = 0,
}: PointOptions & { arms?: number; turns?: number } = {}): LabelledPoints {
  requireCount("arms", arms);
  requireCount("samples", samples, arms);
  requireNotNegative("noise", noise);
  const source = random(seed);
  const recipe: Recipe = {
    name: "spirals",
    title: "Spirals",
    description: `${samples} points on ${arms} arms of ${turns} turns, normal noise of ${noise}, seed ${seed}`,
    source: "Archimedes' spiral; the benchmark of Lang and Witbrock, 1988",
    samples,
    classNames: Array.from({ length: arms }, (_, arm) => `arm ${arm}`),
  };
  return labelled(recipe, source, (index) => {
    const arm = index % arms;
    const radius = (Math.floor(index / arms) + 1) / Math.ceil(samples / arms);
    const angle = 2 * Math.PI * (turns * radius + arm / arms);
    const position = [Math.cos(angle), Math.sin(angle)].map(
      (part) => radius * part + noise * source.normal(),
    );
    return { position, label: arm };
  });
}

/**
 * One normal cloud, cut into classes by the distance from its middle, with equally many points each.
 *
 * @param options.classes Defaults to `3`.
 * @param options.dimensions Defaults to `2`.
 * @returns Inputs `[dimensions]`; class 0 is the innermost.
 * @throws RangeError if an option is not possible.
 */
export function gaussianQuantiles({
  samples = 200,
  classes: count = 3,
  dimensions = 2,
  seed = 0,
}: Omit<PointOptions, "noise"> & { classes?: number; dimensions?: number } = {}): LabelledPoints {
  requireCount("classes", count);
  requireCount("samples", samples, count);
  requireCount("dimensions", dimensions);
  const source = random(seed);
  const positions = Array.from({ length: samples }, () =>
    Array.from({ length: dimensions }, () => source.normal()),
  );
  positions.sort((a, b) => Math.hypot(...a) - Math.hypot(...b));
  const recipe: Recipe = {
    name: "gaussian-quantiles",
    title: "Gaussian quantiles",
    description: `${samples} points of a normal distribution in ${count} rings of equally many points, seed ${seed}`,
    source: scikitLearn("make_gaussian_quantiles"),
    samples,
    dimensions,
    classNames: classes(count),
  };
  return labelled(recipe, source, (index) => ({
    position: positions[index] as number[],
    label: Math.floor((index * count) / samples),
  }));
}

/**
 * Points of a square whose class is whether exactly one coordinate is positive: what no single line can separate.
 *
 * @param options.noise Defaults to `0`.
 * @returns Inputs `[2]`, −1 to 1 without noise; classes 0 (equal signs) and 1 (unequal).
 * @throws RangeError if `samples` or `noise` is not possible.
 */
export function xor({ samples = 200, noise = 0, seed = 0 }: PointOptions = {}): LabelledPoints {
  requireCount("samples", samples);
  requireNotNegative("noise", noise);
  const source = random(seed);
  const recipe: Recipe = {
    name: "xor",
    title: "Exclusive or",
    description: `${samples} points uniform in a square, normal noise of ${noise} after the class is set, seed ${seed}`,
    source: "Minsky and Papert: Perceptrons, 1969",
    samples,
    classNames: ["equal signs", "unequal signs"],
  };
  return labelled(recipe, source, () => {
    const [x, y] = [2 * source.uniform() - 1, 2 * source.uniform() - 1];
    return {
      position: [x + noise * source.normal(), y + noise * source.normal()],
      label: x > 0 === y > 0 ? 0 : 1,
    };
  });
}
