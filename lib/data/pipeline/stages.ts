// The stages of a pipeline. Each gives any of its samples by index for an epoch, from those of the stage before it:
// one at a time on this thread, or many at once with the help of workers. Both ways give the same.

import type { Transform } from "../augment/transform.ts";
import { hash } from "../hash.ts";
import type { Sampler } from "../prepare/samplers.ts";
import { random } from "../random.ts";
import { ownedSample, type Sample } from "../sample.ts";
import {
  type MapFunction,
  type Operation,
  type OperationSpec,
  runJobs,
  runOperations,
} from "./operations.ts";
import type { Pool } from "./pool.ts";
import { stack } from "./stack.ts";

/** Samples of an epoch by index. */
export interface Stage {
  readonly size: number;
  sample(index: number, epoch: number): Sample;
  /** The samples at `indices`, made by the pool's workers where a stage may use them. */
  samples(indices: readonly number[], epoch: number, pool: Pool | undefined): Promise<Sample[]>;
}

/** The first stage. */
export class SourceStage implements Stage {
  readonly size: number;
  readonly #source: { size: number; sample(index: number): Sample };

  constructor(source: { size: number; sample(index: number): Sample }) {
    this.size = source.size;
    this.#source = source;
  }

  sample(index: number): Sample {
    return this.#source.sample(index);
  }

  async samples(indices: readonly number[]): Promise<Sample[]> {
    return indices.map((index) => this.sample(index));
  }
}

/** Other indices for the same samples: shuffled, chosen, resampled. */
export class OrderStage implements Stage {
  readonly size: number;
  readonly #before: Stage;
  readonly #sampler: Sampler;
  #last: { epoch: number; order: Int32Array } | undefined;

  constructor(before: Stage, sampler: Sampler) {
    this.size = sampler.size;
    this.#before = before;
    this.#sampler = sampler;
  }

  sample(index: number, epoch: number): Sample {
    return this.#before.sample(this.#order(epoch)[index] as number, epoch);
  }

  samples(indices: readonly number[], epoch: number, pool: Pool | undefined): Promise<Sample[]> {
    const order = this.#order(epoch);
    return this.#before.samples(
      indices.map((index) => order[index] as number),
      epoch,
      pool,
    );
  }

  #order(epoch: number): Int32Array {
    if (this.#last?.epoch !== epoch) this.#last = { epoch, order: this.#sampler.order(epoch) };
    return this.#last.order;
  }
}

let lastKey = 0;

/** Steps that change each sample. A transform that mixes samples is alone in its stage, others are put together. */
export class MapStage implements Stage {
  readonly size: number;
  readonly workers: number;
  readonly #before: Stage;
  readonly #operations: readonly Operation[];
  readonly #specs: OperationSpec[];
  readonly #key = ++lastKey;
  readonly #partners: number;

  constructor(before: Stage, operations: readonly Operation[], workers: number) {
    this.size = before.size;
    this.workers = workers;
    this.#before = before;
    this.#operations = operations;
    this.#partners = Math.max(...operations.map(({ run }) => partnersOf(run)));
    this.#specs = workers > 0 ? operations.map(specOf) : [];
  }

  /** This stage with one step more, or undefined if it needs a stage of its own. */
  extended(operation: Operation, workers: number): MapStage | undefined {
    if (workers !== this.workers || this.#partners > 0 || partnersOf(operation.run) > 0) return undefined;
    return new MapStage(this.#before, [...this.#operations, operation], workers);
  }

  sample(index: number, epoch: number): Sample {
    const partners = this.#partnersOf(index, epoch).map((partner) => this.#before.sample(partner, epoch));
    return runOperations(
      this.#operations,
      { sample: this.#before.sample(index, epoch), index, partners },
      epoch,
    );
  }

  async samples(indices: readonly number[], epoch: number, pool: Pool | undefined): Promise<Sample[]> {
    const wanted = indices.map((index) => [index, ...this.#partnersOf(index, epoch)]);
    const inputs = await this.#before.samples(wanted.flat(), epoch, pool);
    const work = { indices, inputs, partners: this.#partners };
    if (pool && this.workers > 0) return pool.run(this.#key, this.#specs, work, epoch);
    return runJobs(this.#operations, work, epoch);
  }

  #partnersOf(index: number, epoch: number): number[] {
    if (this.#partners === 0) return [];
    // Not the stream that the transform draws from, or partner and strength would hang together.
    const source = random(hash(this.#operations[0]?.seed as number, epoch, index, 1));
    return Array.from({ length: this.#partners }, () => source.integer(this.size));
  }
}

/** Keeps what the stages before it gave in epoch 1. */
export class CacheStage implements Stage {
  readonly size: number;
  readonly #before: Stage;
  readonly #kept = new Map<number, Promise<Sample> | Sample>();

  constructor(before: Stage) {
    this.size = before.size;
    this.#before = before;
  }

  sample(index: number): Sample {
    const kept = this.#kept.get(index);
    if (kept && !(kept instanceof Promise)) return kept;
    const sample = this.#before.sample(index, 1);
    this.#kept.set(index, sample);
    return sample;
  }

  async samples(indices: readonly number[], _epoch: number, pool: Pool | undefined): Promise<Sample[]> {
    const missing = [...new Set(indices)].filter((index) => !this.#kept.has(index));
    if (missing.length > 0) {
      const coming = this.#before.samples(missing, 1, pool);
      for (const [place, index] of missing.entries()) {
        const sample = coming.then((samples) => ownedSample(samples[place] as Sample));
        this.#kept.set(index, sample);
        // What failed is tried again next time.
        sample.then(
          (value) => this.#kept.set(index, value),
          () => this.#kept.delete(index),
        );
      }
    }
    return Promise.all(indices.map((index) => this.#kept.get(index) as Sample));
  }
}

/** Neighbouring samples as one: x of all, and y of one `horizon` samples after the last. */
export class WindowStage implements Stage {
  readonly size: number;
  readonly #before: Stage;
  readonly #options: { length: number; stride: number; horizon: number };

  constructor(before: Stage, options: { length: number; stride: number; horizon: number }) {
    const { length, stride, horizon } = options;
    this.#before = before;
    this.#options = options;
    this.size = Math.max(0, Math.floor((before.size - length - horizon) / stride) + 1);
    if (this.size === 0) {
      throw new RangeError(
        `${before.size} samples are too few for a window of ${length} and a target ${horizon} after it.`,
      );
    }
  }

  sample(index: number, epoch: number): Sample {
    return join(this.#places(index).map((place) => this.#before.sample(place, epoch)));
  }

  async samples(indices: readonly number[], epoch: number, pool: Pool | undefined): Promise<Sample[]> {
    const places = indices.map((index) => this.#places(index));
    const distinct = [...new Set(places.flat())];
    const found = await this.#before.samples(distinct, epoch, pool);
    const byPlace = new Map(distinct.map((place, at) => [place, found[at] as Sample]));
    return places.map((each) => join(each.map((place) => byPlace.get(place) as Sample)));
  }

  // The window's samples, then the one with the target.
  #places(index: number): number[] {
    const { length, stride, horizon } = this.#options;
    const start = index * stride;
    return [...Array.from({ length }, (_, offset) => start + offset), start + length - 1 + horizon];
  }
}

function join(samples: readonly Sample[]): Sample {
  const target = samples.at(-1) as Sample;
  return { x: stack(samples.slice(0, -1).map(({ x }) => x)), y: target.y };
}

function partnersOf(run: Transform | MapFunction): number {
  return typeof run === "function" ? 0 : run.partners;
}

function specOf({ run, seed, given }: Operation): OperationSpec {
  if (typeof run !== "function") return { transform: { name: run.name, options: run.options }, seed, given };
  const source = run.toString();
  try {
    new Function(`return (${source})`);
  } catch {
    throw new TypeError(
      "map: this function can't be sent to workers. Write it as (sample, { random, given }) => …, not as a method or a " +
        "built-in one, or leave workers out.",
    );
  }
  return { source, seed, given };
}
