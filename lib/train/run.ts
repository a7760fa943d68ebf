// One run of the training loop, epoch by epoch: what `fit` has prepared, where it is, and who is told.

import { setImmediate } from "node:timers/promises";
import type * as tf from "@tensorflow/tfjs";
import { type Batch, batchesOf, type Examples, inOrder } from "../data/examples.ts";
import { type RandomSource, random } from "../data/random.ts";
import type { FitCallback, FitState, Moment } from "./callback.ts";
import type { CompileMode } from "./compile-mode.ts";
import { measure } from "./evaluate.ts";
import type { ExampleWeights } from "./example-weights.ts";
import type { History } from "./history.ts";
import type { Progress } from "./progress.ts";
import { type StartedStep, type Values, WeightedMeans } from "./step.ts";
import { captureState, restoreState, type TrainingState } from "./training-state.ts";
import type { TrainingStep } from "./training-step.ts";

/** Streams of random numbers, each for one purpose. */
type Streams = Record<"order" | "masks" | "callbacks", RandomSource>;

interface RunOptions {
  model: tf.LayersModel;
  examples: Examples;
  validation: Examples | undefined;
  epochs: number;
  batchSize: number;
  shuffle: boolean;
  callbacks: readonly FitCallback[];
  streams: Streams;
  stopped(): boolean;
  /** Ends the wait for a batch. */
  signal: AbortSignal;
  history: History;
  progress: Progress;
  trainingStep: TrainingStep;
  weights: ExampleWeights | undefined;
  /** For the validation. */
  compile: CompileMode | undefined;
}

/** A step whose values are not known yet. */
interface StepUnderWay {
  began: number;
  stepOfEpoch: number;
  /** Examples. */
  count: number;
  started: StartedStep;
}

/** Longest time without giving other work, such as an interrupt or output, a turn. */
const turnInterval = 50;

export class TrainingRun {
  readonly #options: RunOptions;
  readonly #callbacks: readonly FitCallback[];
  readonly #streams: Streams;
  #epoch = 0;
  #step = 0;
  #stepOfEpoch = 0;
  #ended = false;
  /** When the last step was over. */
  #finished = 0;

  constructor(options: RunOptions) {
    this.#options = options;
    this.#streams = { ...options.streams };
    const { callbacks } = options;
    this.#callbacks = [...callbacks.filter(({ last }) => !last), ...callbacks.filter(({ last }) => last)];
  }

  get #stepsPerEpoch(): number {
    const { examples, batchSize } = this.#options;
    return Math.ceil(examples.size / batchSize);
  }

  /** Epochs that were begun. */
  get epochNumber(): number {
    return this.#epoch;
  }

  /** Steps that were done. */
  get step(): number {
    return this.#step;
  }

  /** Go on where another run was. */
  restore(state: TrainingState): void {
    const { model, history } = this.#options;
    const expected = state.epoch * this.#stepsPerEpoch;
    if (state.step !== expected) {
      throw new RangeError(
        `The checkpoint was written after ${state.step} steps in ${state.epoch} epochs; with this data and batchSize it ` +
          `would be ${expected}. Give the data and the batchSize of that run.`,
      );
    }
    restoreState(model, this.#options.callbacks, state);
    history.restore(state.history);
    this.#epoch = state.epoch;
    this.#step = state.step;
    for (const [name, stream] of Object.entries(state.random)) {
      this.#streams[name as keyof Streams] = random(stream);
    }
  }

  /** All epochs that are left. The callbacks are told that the run is over, however it came. */
  async all(): Promise<void> {
    try {
      await this.#tell("onStart");
      while (await this.#oneEpoch());
    } finally {
      await this.#tell("onEnd");
    }
  }

  // Returns whether the epoch was complete and the run goes on.
  async #oneEpoch(): Promise<boolean> {
    const { model, examples, validation, epochs, batchSize, shuffle } = this.#options;
    const { stopped, signal, history, progress, compile = "auto" } = this.#options;
    if (this.#epoch >= epochs || this.#ended || stopped()) return false;
    this.#epoch++;
    this.#stepOfEpoch = 0;
    await this.#tell("onEpochStart");
    const order = shuffle ? this.#streams.order.permutation(examples.size) : inOrder(examples.size);
    const batches = batchesOf(examples, order, { batchSize, epoch: this.#epoch, signal });
    const training = await this.#train(order, batches).finally(() => batches.return());
    if (!training) return false;
    const tested = validation && (await this.#unlessStopped(measure(model, validation, { signal, compile })));
    if (validation && !tested) return false;
    history.add(training, tested);
    progress.epoch(this.#epoch, training, tested);
    await this.#tell("onEpochEnd", new Map([...training, ...prefixed(tested)]));
    return true;
  }

  // Means over the epoch, or undefined if it was interrupted before its last step.
  async #train(order: Int32Array, batches: AsyncGenerator<Batch, void>): Promise<Values | undefined> {
    const { trainingStep } = this.#options;
    const means = new WeightedMeans();
    /** Oldest first. */
    const underWay: StepUnderWay[] = [];
    const finish = async (left: number) => {
      while (underWay.length > left) await this.#finish(underWay.shift() as StepUnderWay, means);
    };
    trainingStep.recheck();
    try {
      for await (const step of this.#steps(order, batches)) {
        underWay.push(step);
        await finish(trainingStep.runsAhead ? 1 : 0);
      }
      await finish(0);
      return means.count === order.length ? means.values() : undefined;
    } finally {
      // After a failure nobody asks for them.
      for (const { started } of underWay) await started.values().catch(() => {});
    }
  }

  /** Starts the steps of an epoch, one whenever it is asked, until it is interrupted. */
  async *#steps(order: Int32Array, batches: AsyncGenerator<Batch, void>): AsyncGenerator<StepUnderWay, void> {
    const { batchSize, stopped, trainingStep } = this.#options;
    let turn = performance.now();
    for (let start = 0; start < order.length; start += batchSize) {
      if (performance.now() - turn > turnInterval) {
        await setImmediate();
        turn = performance.now();
      }
      if (stopped() || this.#ended) return;
      const began = performance.now();
      this.#stepOfEpoch++;
      this.#step++;
      await this.#tell("onStepStart");
      const indices = order.subarray(start, start + batchSize);
      const fetched = await this.#unlessStopped(batches.next());
      if (!fetched?.value) return;
      const batch = this.#changed(fetched.value, indices);
      const started = trainingStep.start(batch, this.#streams.masks, this.#variant());
      yield { began, stepOfEpoch: this.#stepOfEpoch, count: indices.length, started };
    }
  }

  async #finish({ began, stepOfEpoch, count, started }: StepUnderWay, means: WeightedMeans): Promise<void> {
    const values = await started.values();
    const now = performance.now();
    // It was computed from when the one before it was over.
    const time = now - Math.max(began, this.#finished);
    this.#finished = now;
    await this.#tell("onStepEnd", values);
    if (!this.#ended) this.#requireFinite(values, stepOfEpoch);
    means.add(values, count);
    this.#options.progress.step(values, count, time);
  }

  // What is stopped fails with the signal's reason.
  async #unlessStopped<Result>(work: Promise<Result>): Promise<Result | undefined> {
    try {
      return await work;
    } catch (error) {
      if (!this.#options.stopped()) throw error;
      return undefined;
    }
  }

  #changed(batch: Batch, indices: Int32Array): Batch {
    const { weights } = this.#options;
    return this.#callbacks.reduce(
      (current, callback) => callback.onBatch?.(current, this.#streams.callbacks) ?? current,
      weights?.weigh(batch, indices) ?? batch,
    );
  }

  #variant(): string {
    const deciding = this.#callbacks.filter(({ variant }) => variant);
    if (deciding.length === 0) return "";
    const state = this.#state(new Map());
    return deciding.map((callback) => callback.variant?.(state)).join();
  }

  async #tell(moment: Moment, values: Values = new Map()): Promise<void> {
    for (const callback of this.#callbacks) {
      if (!callback[moment]) continue;
      await callback[moment](this.#state(values));
      if (!callback.numbers) this.#options.trainingStep.recheck();
    }
  }

  #state(values: Values): FitState {
    const { model, examples, batchSize, epochs, history } = this.#options;
    return {
      ...{ model, examples, batchSize, epochs, history },
      epoch: this.#epoch,
      step: this.#step,
      stepOfEpoch: this.#stepOfEpoch,
      stepsPerEpoch: this.#stepsPerEpoch,
      values: Object.fromEntries(values),
      stop: () => {
        this.#ended = true;
      },
      capture: () => this.#capture(),
    };
  }

  #capture(): Promise<TrainingState> {
    const { model, history, callbacks, trainingStep } = this.#options;
    // A resumed run begins with steps that are not recorded yet, which round in another way.
    trainingStep.startAnew();
    const streams = Object.entries(this.#streams).map(([name, stream]) => [name, stream.state()]);
    return captureState(model, callbacks, {
      ...{ epoch: this.#epoch, step: this.#step, history },
      random: Object.fromEntries(streams),
    });
  }

  #requireFinite(values: Values, stepOfEpoch: number): void {
    const loss = values.get("loss") as number;
    if (Number.isFinite(loss)) return;
    const { learningRate } = this.#options.model.optimizer as unknown as { learningRate?: number };
    throw new Error(
      `The loss is ${loss} in epoch ${this.#epoch}, step ${stepOfEpoch}: training has diverged and the weights ` +
        `are of no use. Try a smaller learning rate${learningRate === undefined ? "" : ` (it is ${learningRate})`}, ` +
        "inputs scaled to about 0 … 1 and without NaN, and a loss that takes what the last layer gives; then build the " +
        "model anew. dl.train.callbacks.nanGuard() says which layer it was.",
    );
  }
}

function prefixed(values: Values | undefined): [string, number][] {
  return [...(values ?? [])].map(([name, value]) => [`val_${name}`, value]);
}
