// What `map` does to one sample: a transform of `dl.data.augment`, or a function. Here for both sides, the main thread and
// workers, so that both do exactly the same.

import type { Transform, TransformSpec } from "../augment/transform.ts";
import { hash } from "../hash.ts";
import { type RandomSource, random } from "../random.ts";
import { ownedSample, type Sample } from "../sample.ts";
import { type LooseSample, values } from "./values.ts";

/** What a function of `map` is told besides the sample. */
export interface MapContext {
  /** Chance that depends on the seed, the epoch and the sample alone. */
  random: RandomSource;
  /** The sample's place in the data, from 0. */
  index: number;
  /** Epochs count from 1. */
  epoch: number;
  /** What was given with `map(…, { given })`: functions in workers see nothing else from outside. */
  given: unknown;
}

/** Gives a new sample for a sample. */
export type MapFunction = (sample: Sample, context: MapContext) => LooseSample;

/** A step as it is run. */
export interface Operation {
  run: Transform | MapFunction;
  seed: number;
  given: unknown;
}

/** A step as it is sent to a worker. */
export interface OperationSpec {
  transform?: TransformSpec;
  source?: string;
  seed: number;
  given: unknown;
}

/** A sample with what decides its fate. */
interface Job {
  sample: Sample;
  index: number;
  partners: Sample[];
}

/** Many samples with what decides their fate. */
export interface Work {
  indices: readonly number[];
  /** Of each index the sample and its partners. */
  inputs: readonly Sample[];
  /** How many partners each has. */
  partners: number;
}

/** Run steps one after the other on each sample. */
export function runJobs(
  operations: readonly Operation[],
  { indices, inputs, partners }: Work,
  epoch: number,
): Sample[] {
  return indices.map((index, place) => {
    const [sample, ...others] = inputs.slice(place * (1 + partners), (place + 1) * (1 + partners)) as [
      Sample,
      ...Sample[],
    ];
    return runOperations(operations, { sample, index, partners: others }, epoch);
  });
}

/** Run steps one after the other on a sample. */
export function runOperations(
  operations: readonly Operation[],
  { sample, index, partners }: Job,
  epoch: number,
): Sample {
  let result = sample;
  for (const { run, seed, given } of operations) {
    const source = random(hash(seed, epoch, index));
    try {
      result =
        typeof run === "function"
          ? strict(run(ownedSample(result), { random: source, index, epoch, given }), index)
          : run.apply(result, source, partners);
    } catch (error) {
      const { message } = error as Error;
      const what = typeof run === "function" ? "the function" : run.name;
      throw new Error(`map: ${what} failed on sample ${index} in epoch ${epoch}: ${message}`, {
        cause: error,
      });
    }
  }
  return result;
}

function strict(result: LooseSample, index: number): Sample {
  if (!result || typeof result !== "object" || !("x" in result && "y" in result)) {
    throw new TypeError(`it returned ${JSON.stringify(result)}; it must return a sample { x, y }.`);
  }
  return {
    ...result,
    x: values(result.x, `x of sample ${index}`),
    y: values(result.y, `y of sample ${index}`),
  };
}
