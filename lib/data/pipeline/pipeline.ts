// A pipeline: lazy steps from data to batches. It holds no tensors; every sample depends on the seed, the epoch and its
// index alone, so results are the same with any number of workers, and `dl.train.fit` can ask for any order.

import * as tf from "@tensorflow/tfjs";
import { displayTarget } from "../../plot/display.ts";
import type { Transform } from "../augment/transform.ts";
import { type Batch, type BatchesOptions, type Examples, inOrder } from "../examples.ts";
import { hash } from "../hash.ts";
import { type Sampler, shuffled } from "../prepare/samplers.ts";
import { type SplitOptions, split } from "../prepare/split.ts";
import type { Sample, Values } from "../sample.ts";
import type { MapFunction, Operation } from "./operations.ts";
import { borrow } from "./pool.ts";
import { type Source, toSource } from "./source.ts";
import { stack } from "./stack.ts";
import { CacheStage, MapStage, OrderStage, SourceStage, type Stage, WindowStage } from "./stages.ts";

export interface MapOptions {
  /**
   * Worker threads to run in. A function is sent as text there: it sees its arguments and nothing from outside.
   * Defaults to `0`, this thread.
   */
  workers?: number;
  /** Handed to the function as `given`; for workers anything that `structuredClone` copies. */
  given?: unknown;
  /** Decides the chance of this step. Defaults to one that depends on the pipeline's seed and the step's place. */
  seed?: number;
}

interface Settings {
  stage: Stage;
  seed: number;
  /** Steps so far, so that two steps of the same kind draw differently. */
  steps: number;
  batchSize: number;
  ahead: number;
  workers: number;
}

/** Lazy steps from data to batches; every method gives a new pipeline. Made by `pipeline(data)`. */
export class Pipeline implements Examples {
  readonly #settings: Settings;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  /** Number of samples in an epoch. */
  get size(): number {
    return this.#settings.stage.size;
  }

  /** Samples of one batch; `dl.train.fit` uses it unless it has a batch size of its own. */
  get batchSize(): number {
    return this.#settings.batchSize;
  }

  /**
   * Change every sample: by a transform of `dl.data.augment`, or a function.
   *
   * @throws TypeError if a function can't be sent to workers; RangeError for a wrong number of workers.
   */
  map(change: Transform | MapFunction, options: MapOptions = {}): Pipeline {
    const { seed, steps, stage, workers: most } = this.#settings;
    const { workers = 0, given } = options;
    requireWhole("workers", workers, 0);
    const operation: Operation = { run: change, given, seed: options.seed ?? hash(seed, steps) };
    const extended = stage instanceof MapStage ? stage.extended(operation, workers) : undefined;
    return this.#with({
      stage: extended ?? new MapStage(stage, [operation], workers),
      steps: steps + 1,
      workers: Math.max(most, workers),
    });
  }

  /** Mix the samples, anew in every epoch. (`dl.train.fit` mixes by itself unless it is told not to.) */
  shuffle(seed?: number): Pipeline {
    const { stage, steps, seed: base } = this.#settings;
    return this.sample(shuffled(stage.size, { seed: seed ?? hash(base, steps) }));
  }

  /** Take the samples that a sampler of `dl.data.samplers` chooses for each epoch, such as as many of every class. */
  sample(sampler: Sampler): Pipeline {
    const { stage, steps } = this.#settings;
    return this.#with({ stage: new OrderStage(stage, sampler), steps: steps + 1 });
  }

  /** Keep in memory what the steps before this gave in the first epoch: chance before it is the same in all epochs. */
  cache(): Pipeline {
    return this.#with({ stage: new CacheStage(this.#settings.stage) });
  }

  /** Prepare so many batches ahead in workers. Defaults to `2`. */
  prefetch(batches = 2): Pipeline {
    requireWhole("prefetch", batches, 1);
    return this.#with({ ahead: batches });
  }

  /**
   * Sliding windows over a series: x of `length` neighbouring samples with a new first dimension, and as y that of the
   * sample `horizon` after the last one.
   *
   * @param options.length Samples in a window.
   * @param options.stride Samples between the beginnings of two windows. Defaults to `1`.
   * @param options.horizon Defaults to `1`, the next sample.
   * @throws RangeError if the series is shorter than a window and its target.
   */
  window({
    length,
    stride = 1,
    horizon = 1,
  }: {
    length: number;
    stride?: number;
    horizon?: number;
  }): Pipeline {
    requireWhole("length", length, 1);
    requireWhole("stride", stride, 1);
    requireWhole("horizon", horizon, 0);
    return this.#with({ stage: new WindowStage(this.#settings.stage, { length, stride, horizon }) });
  }

  /**
   * Parts of the samples at random: `const [train, test] = data.split({ fractions: [0.8, 0.2], stratify: true })`.
   * To stratify, all samples are made once: split before expensive steps.
   *
   * @throws RangeError as `dl.data.split`.
   */
  split(options: SplitOptions = {}): Pipeline[] {
    const { stage, seed } = this.#settings;
    const stratify = options.stratify === true ? labels(stage) : (options.stratify ?? false);
    return split(stage.size, { seed, ...options, stratify }).map((order) =>
      this.#with({ stage: new OrderStage(stage, { size: order.length, order: () => order }) }),
    );
  }

  /** Give samples in batches of so many; the last batch of an epoch takes what is left. */
  batch(size: number): Pipeline;
  /** The samples at `indices` in an epoch (from 1) as tensors that the caller disposes, made on this thread. */
  batch(indices: ArrayLike<number>, epoch?: number): Batch;
  batch(given: number | ArrayLike<number>, epoch = 1): Pipeline | Batch {
    if (typeof given === "number") {
      requireWhole("batch size", given, 1);
      return this.#with({ batchSize: given });
    }
    return tensors(Array.from(given, (index) => this.at(index, epoch)));
  }

  /**
   * One sample as plain arrays.
   *
   * @param epoch Epochs count from 1. Defaults to `1`.
   * @throws RangeError if there is no such sample.
   */
  at(index: number, epoch = 1): Sample {
    if (!(Number.isInteger(index) && index >= 0 && index < this.size)) {
      throw new RangeError(`There is no sample ${index}; indices go from 0 to ${this.size - 1}.`);
    }
    return this.#settings.stage.sample(index, epoch);
  }

  /**
   * The batches of an epoch in a given order, prepared ahead in workers; the caller disposes their tensors.
   *
   * @throws The signal's reason if it is aborted.
   */
  async *batches(order: ArrayLike<number>, options: BatchesOptions = {}): AsyncGenerator<Batch, void> {
    const { stage, ahead, workers } = this.#settings;
    const { batchSize = this.batchSize, epoch = 1, signal } = options;
    const pool = workers > 0 ? borrow(workers) : undefined;
    const indices = Int32Array.from(order);
    const coming: Promise<Sample[]>[] = [];
    let next = 0;
    try {
      while (next < indices.length || coming.length > 0) {
        signal?.throwIfAborted();
        // Without workers there is nobody to prepare anything meanwhile.
        while (next < indices.length && coming.length < (pool ? ahead : 1)) {
          const samples = stage.samples([...indices.subarray(next, next + batchSize)], epoch, pool);
          // Its error is told when its turn comes, if it comes.
          samples.catch(() => {});
          coming.push(samples);
          next += batchSize;
        }
        yield tensors(await unlessAborted(coming.shift() as Promise<Sample[]>, signal));
      }
    } finally {
      pool?.release();
    }
  }

  /** The batches of an epoch (from 1), for `for await (const { x, y } of data.epoch(2))`; x and y are to be disposed. */
  epoch(epoch: number, { signal }: { signal?: AbortSignal } = {}): AsyncGenerator<Batch, void> {
    const signals = [signal, displayTarget().interruptSignal()].filter((each) => each !== undefined);
    return this.batches(inOrder(this.size), {
      epoch,
      ...(signals.length > 0 && { signal: AbortSignal.any(signals) }),
    });
  }

  /** The batches of epoch 1. */
  [Symbol.asyncIterator](): AsyncGenerator<Batch, void> {
    return this.epoch(1);
  }

  #with(changes: Partial<Settings>): Pipeline {
    return new Pipeline({ ...this.#settings, ...changes });
  }
}

/**
 * Lazy steps from data to batches: `pipeline(data.train).map(augment, { workers: 2 }).batch(32)`.
 *
 * Pixels (uint8) become float32 in [0, 1] in a batch, other numbers stay as they are. `dl.train.fit`, `evaluate` and
 * `predict` take pipelines as data.
 *
 * @param data Labelled images, tensors `{ x, y }`, an array of samples `{ x, y }`, or `{ size, sample(index) }`.
 * @param options.seed Decides everything that happens by chance. Defaults to `0`.
 * @throws RangeError if there are no samples.
 */
export function pipeline(data: Source, { seed = 0 }: { seed?: number } = {}): Pipeline {
  const stage = new SourceStage(toSource(data));
  return new Pipeline({ stage, seed, steps: 0, batchSize: 32, ahead: 2, workers: 0 });
}

// Divided here and not on the device: all backends then see the same float32 values.
const scaled = Float32Array.from({ length: 256 }, (_, value) => value / 255);

function tensors(samples: readonly Sample[]): Batch {
  const x = stack(samples.map((sample) => sample.x));
  const y = stack(samples.map((sample) => sample.y));
  return { x: toTensor(x, "pixels"), y: toTensor(y, "classes") };
}

function toTensor({ data, shape }: Values, bytes: "pixels" | "classes"): tf.Tensor {
  if (data instanceof Float32Array) return tf.tensor(data, [...shape], "float32");
  if (data instanceof Int32Array || bytes === "classes") {
    return tf.tensor(data instanceof Int32Array ? data : Int32Array.from(data), [...shape], "int32");
  }
  const floats = new Float32Array(data.length);
  for (let at = 0; at < data.length; at++) floats[at] = scaled[data[at] as number] as number;
  return tf.tensor(floats, [...shape], "float32");
}

function labels(stage: Stage): number[] {
  return Array.from({ length: stage.size }, (_, index) => {
    const { data } = stage.sample(index, 1).y;
    // One-hot rows count as their class.
    return data.length === 1 ? (data[0] as number) : data.indexOf(Math.max(...data));
  });
}

function unlessAborted<Result>(work: Promise<Result>, signal: AbortSignal | undefined): Promise<Result> {
  if (!signal) return work;
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    if (signal.aborted) abort();
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}

function requireWhole(name: string, value: number, least: number): void {
  if (Number.isInteger(value) && value >= least) return;
  throw new RangeError(`${name} is ${value}; it must be a whole number of at least ${least}.`);
}
