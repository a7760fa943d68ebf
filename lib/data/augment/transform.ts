// What a transform is: a name and options, from which any thread can make it again, and a function from a sample to a new
// one that takes all chance from a given source. So results depend on the seed alone, not on who computes them.

import { didYouMean } from "../nearest.ts";
import type { RandomSource } from "../random.ts";
import type { Sample, Values } from "../sample.ts";

/** A name and options: all that a worker needs to make the transform again. */
export interface TransformSpec {
  readonly name: string;
  readonly options: object;
}

/** Changes a sample at random; made by the functions of `dl.data.augment`. */
export interface Transform extends TransformSpec {
  /** How many other samples it mixes in, such as 1 for mixup. */
  readonly partners: number;
  /**
   * A new sample; the given one stays as it is.
   *
   * @param sample x is an image `[height, width, channels]`, uint8 0 to 255 or float32 0 to 1.
   * @param random Where all chance comes from.
   * @param partners As many other samples as `partners` says.
   */
  apply(sample: Sample, random: RandomSource, partners?: readonly Sample[]): Sample;
}

/** What every transform takes. */
interface Chance {
  /** How likely a sample is changed, 0 to 1. */
  p?: number;
}

/** What happens to a sample once all chance is drawn. */
export type Change = (sample: Sample, partners: readonly Sample[]) => Sample;

/** Makes a transform from options. */
export type Maker<Options extends object> = (options?: Partial<Options> & Chance) => Transform;

/** What transforms that mix samples say besides. */
interface Mixing<Options> {
  /** How many other samples are needed. */
  partners?: number;
  /** What happens to a sample that is not changed. */
  skip?: (sample: Sample, options: Options) => Sample;
}

/**
 * A family's table row: a name, defaults for all options, and how a change is drawn.
 *
 */
export function define<Options extends object>(
  name: string,
  defaults: Options & Required<Chance>,
  draw: (options: Options, random: RandomSource, sample: Sample) => Change,
  { partners = 0, skip = (sample) => sample }: Mixing<NoInfer<Options>> = {},
): Maker<Options> {
  return (options = {}) => {
    requireKnown(name, Object.keys(options), Object.keys(defaults));
    const all = { ...defaults, ...options };
    if (!(all.p >= 0 && all.p <= 1)) throw new RangeError(`${name}: p is ${all.p}; it must be from 0 to 1.`);
    return {
      name,
      options,
      partners,
      apply(sample, random, others = []) {
        requireImage(name, sample.x);
        if (others.length < partners) {
          throw new RangeError(
            `${name} mixes ${partners + 1} samples, but got ${others.length + 1}: use it in a pipeline's map.`,
          );
        }
        // Drawn also for p = 1, so that a sample's other chances don't depend on p.
        if (random.uniform() >= all.p) return skip(sample, all);
        return draw(all, random, sample)(sample, others);
      },
    };
  };
}

function requireKnown(name: string, found: string[], known: string[]): void {
  const wrong = found.find((key) => !known.includes(key));
  if (wrong === undefined) return;
  throw new RangeError(
    `${name} has no option "${wrong}"; it takes ${known.join(", ")}.${didYouMean(wrong, known)}`,
  );
}

function requireImage(name: string, { data, shape }: Values): void {
  const fits = shape.length === 3 && (data instanceof Uint8Array || data instanceof Float32Array);
  if (fits) return;
  throw new RangeError(
    `${name} changes images [height, width, channels] of uint8 0 to 255 or float32 0 to 1; ` +
      `x has the shape [${shape}] (${data.constructor.name}).`,
  );
}

/** A range to draw from: two ends, or one number for that far to both sides of the neutral value. */
export type Range = number | readonly [low: number, high: number];

/** A number of a range. */
export function draw(range: Range, neutral: number, random: RandomSource): number {
  const [low, high] = typeof range === "number" ? [neutral - range, neutral + range] : range;
  if (!(low <= high)) throw new RangeError(`The range [${low}, ${high}] is upside down, or no range.`);
  return low + (high - low) * random.uniform();
}
