// The training loop. It does what tfjs's model.fit does not: shuffles by seed, weighs a short last batch by
// its size, can be interrupted between two steps with the model kept, and stops at the first NaN.

import { setImmediate } from "node:timers/promises";
import type * as tf from "@tensorflow/tfjs";
import { type Batch, batchesOf, type Examples, type TensorPair, toExamples } from "../data/examples.ts";
import { LabelledImages } from "../data/labelled-images.ts";
import { type RandomSource, random } from "../data/random.ts";
import { displayTarget } from "../plot/display.ts";
import { type CompileOptions, checkLabels, checkShapes, compile } from "./compile.ts";
import { measure } from "./evaluate.ts";
import { History } from "./history.ts";
import { Progress } from "./progress.ts";
import { type Values, WeightedMeans } from "./step.ts";
import { type CompileMode, TrainingStep } from "./training-step.ts";

export interface FitOptions extends CompileOptions {
  /** How often every example is used. Defaults to `5`. */
  epochs?: number;
  /** Examples of one step; the last step of an epoch takes what is left. Defaults to the data's, or `32`. */
  batchSize?: number;
  /** Decides the order of the examples and the dropout masks. Defaults to `0`. */
  seed?: number;
  /** Mix the examples anew in every epoch. Defaults to `true`. */
  shuffle?: boolean;
  /** Examples that are measured after every epoch, and never learned from. */
  validation?: Examples | TensorPair;
  callbacks?: FitCallback[];
  /** Stops the run between two steps; the notebook's interrupt does the same. */
  signal?: AbortSignal;
  /**
   * How steps are run on the `tensorflow` and `cuda` backends. `"graph"` records a step and runs it as one function of
   * TensorFlow, several times faster with the same results; `"xla"` compiles it too, which takes seconds and is
   * faster for small layers; `false` runs each operation on its own; `"auto"` records if there are enough steps, and in
   * a long training tries XLA too and keeps what is faster: from there on results agree with the graph's within
   * rounding (1e-4), no longer to the last bit.
   * A step that can't be recorded is run as it is, and the reason is told at the end. Defaults to `"auto"`.
   */
  compile?: CompileMode;
  /** Show progress and curves. Defaults to `true`. */
  show?: boolean;
}

/** Where a run is when a callback is called. */
export interface FitState {
  model: tf.LayersModel;
  /** Epochs count from 1. */
  epoch: number;
  /** Steps count from 1 over the whole run. */
  step: number;
  /** Loss and metrics of the step, or means over the epoch with validation's as `val_…`. */
  values: Record<string, number>;
  /** End the run after this step or epoch. */
  stop(): void;
}

/** Called by `fit` at certain moments; it waits for returned promises. */
export interface FitCallback {
  onStepEnd?(state: FitState): void | Promise<void>;
  onEpochEnd?(state: FitState): void | Promise<void>;
}

/** Longest time without giving other work, such as an interrupt or output, a turn. */
const turnInterval = 50;

/**
 * Train a model: `await dl.train.fit(model, data.train, { epochs: 3, batchSize: 128, seed: 1 })`.
 *
 * A model that is not compiled is compiled with defaults that fit the data (see `CompileOptions`); one that is
 * goes on where it stopped. Same weights, data and seed give the same result (see `initialize` for the weights).
 *
 * @param model Takes x of the data; one input, one output.
 * @param data Images of a data set, tensors `{ x, y }` with the examples in the first dimension, or any `Examples`.
 * @returns Loss and metrics of every complete epoch. After an interrupt `interrupted` is `true` and the model
 *   keeps what it has learned.
 * @throws RangeError for options or shapes that don't fit; Error if the loss is no longer a finite number.
 */
export async function fit(
  model: tf.LayersModel,
  data: Examples | TensorPair,
  options: FitOptions = {},
): Promise<History> {
  const { epochs = 5, seed = 0, shuffle = true, show = true, callbacks = [] } = options;
  requireCount("epochs", epochs);
  const examples = toExamples(data);
  const batchSize = options.batchSize ?? examples.batchSize ?? 32;
  requireCount("batchSize", batchSize);
  const validation = options.validation && toExamples(options.validation);
  withFirst(examples, (batch) => {
    checkShapes(model, batch);
    checkLabels(model, data);
    compile(model, batch, options);
  });
  if (validation) withFirst(validation, (batch) => checkShapes(model, batch));
  if (options.validation) checkLabels(model, options.validation);

  const signals = [options.signal, displayTarget().interruptSignal()].filter(
    (signal) => signal !== undefined,
  );
  const stopped = () => signals.some((signal) => signal.aborted);
  const orders = random(seed);
  // A stream of its own: the order of the examples is then the same with and without dropout.
  const masks = random(orders.integer(2 ** 31));
  const history = new History();
  const stepsPerEpoch = Math.ceil(examples.size / batchSize);
  const unit = data instanceof LabelledImages ? "images" : "examples";
  const progress = new Progress({ epochs, stepsPerEpoch, unit, show });
  const trainingStep = new TrainingStep(model, compileMode(options.compile, epochs * stepsPerEpoch));
  const run: Run = {
    ...{ model, batchSize, masks, progress, callbacks, stopped, trainingStep },
    step: 0,
    ended: false,
  };

  let epoch = 0;
  try {
    while (epoch < epochs && !run.ended && !stopped()) {
      epoch++;
      const order = shuffle ? orders.permutation(examples.size) : inOrder(examples.size);
      const batches = batchesOf(examples, order, { batchSize, epoch, signal: AbortSignal.any(signals) });
      const training = await trainEpoch(run, epoch, order, batches).finally(() => batches.return());
      if (!training) break;
      const tested = validation && (await measure(model, validation, { stopped }));
      if (validation && !tested) break;
      history.add(training, tested);
      progress.epoch(epoch, training, tested);
      await call(run, "onEpochEnd", epoch, new Map([...training, ...prefixed(tested)]));
    }
  } finally {
    trainingStep.dispose();
  }
  history.engine = trainingStep.report.engine;
  history.engineReason = trainingStep.report.reason;
  history.interrupted = stopped() && history.loss.length < epochs;
  history.seconds = progress.seconds;
  history.examplesPerSecond = progress.examplesPerSecond;
  await progress.finish(
    history.interrupted
      ? `Interrupted in epoch ${Math.max(1, epoch)} of ${epochs}, the model keeps what it has learned; ${run.step} steps`
      : `${history.loss.length} epochs`,
    history.engineReason,
  );
  return history;
}

interface Run {
  model: tf.LayersModel;
  batchSize: number;
  masks: RandomSource;
  progress: Progress;
  callbacks: FitCallback[];
  stopped(): boolean;
  trainingStep: TrainingStep;
  step: number;
  ended: boolean;
}

// Means over the epoch, or undefined if it was interrupted before its last step.
async function trainEpoch(
  run: Run,
  epoch: number,
  order: Int32Array,
  batches: AsyncGenerator<Batch, void>,
): Promise<Values | undefined> {
  const means = new WeightedMeans();
  run.trainingStep.recheck();
  let turn = performance.now();
  for (let start = 0; start < order.length; start += run.batchSize) {
    if (performance.now() - turn > turnInterval) {
      await setImmediate();
      turn = performance.now();
    }
    if (run.stopped() || run.ended) return undefined;
    const began = performance.now();
    const indices = order.subarray(start, start + run.batchSize);
    const batch = await batches.next().catch((error) => {
      if (!run.stopped()) throw error;
    });
    if (!batch) return undefined;
    const values = await run.trainingStep.run(batch.value as Batch, run.masks);
    run.step++;
    requireFinite(run, values, epoch, 1 + start / run.batchSize);
    means.add(values, indices.length);
    run.progress.step(values, indices.length, performance.now() - began);
    await call(run, "onStepEnd", epoch, values);
  }
  return means.values();
}

async function call(run: Run, event: keyof FitCallback, epoch: number, values: Values): Promise<void> {
  const stop = () => {
    run.ended = true;
  };
  for (const callback of run.callbacks) {
    await callback[event]?.({
      model: run.model,
      epoch,
      step: run.step,
      values: Object.fromEntries(values),
      stop,
    });
    run.trainingStep.recheck();
  }
}

/** Recording costs about as much as a few steps, which must be made up for. */
const fewestSteps = 20;

function compileMode(given: CompileMode = "auto", steps: number): CompileMode {
  return given === "auto" && steps < fewestSteps ? false : given;
}

function withFirst(examples: Examples, look: (batch: Batch) => void): void {
  const batch = examples.batch([0]);
  try {
    look(batch);
  } finally {
    batch.x.dispose();
    batch.y.dispose();
  }
}

function prefixed(values: Values | undefined): [string, number][] {
  return [...(values ?? [])].map(([name, value]) => [`val_${name}`, value]);
}

function inOrder(size: number): Int32Array {
  return Int32Array.from({ length: size }, (_, index) => index);
}

function requireCount(name: string, value: number): void {
  if (Number.isInteger(value) && value > 0) return;
  throw new RangeError(`${name} is ${value}; it must be a whole number of at least 1.`);
}

function requireFinite({ model }: Run, values: Values, epoch: number, step: number): void {
  const loss = values.get("loss") as number;
  if (Number.isFinite(loss)) return;
  const { learningRate } = model.optimizer as unknown as { learningRate?: number };
  throw new Error(
    `The loss is ${loss} in epoch ${epoch}, step ${step}: training has diverged and the weights are of no use. ` +
      `Try a smaller learning rate${learningRate === undefined ? "" : ` (it is ${learningRate})`}, inputs scaled to ` +
      "about 0 … 1 and without NaN, and a loss that takes what the last layer gives; then build the model anew.",
  );
}
