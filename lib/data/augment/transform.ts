// What a transform is: a name and options, from which any thread can make it again, and a function from a sample to a new
// one that takes all chance from a given source. So results depend on the seed alone, not on who computes them.

import type { RandomSource } from "../random.ts";
import type { Sample } from "../sample.ts";

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
