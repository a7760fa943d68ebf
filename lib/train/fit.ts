// The training loop. It does what tfjs's model.fit does not: shuffles by seed, weighs a short last batch by
// its size, can be interrupted between two steps with the model kept, and stops at the first NaN.

import type * as tf from "@tensorflow/tfjs";
import { type Batch, type Examples, type TensorPair, toExamples } from "../data/examples.ts";
import { LabelledImages } from "../data/labelled-images.ts";
import { random } from "../data/random.ts";
import { displayTarget } from "../plot/display.ts";
import type { FitCallback } from "./callback.ts";
import { readCheckpoint } from "./checkpoint-files.ts";
import { type CompileOptions, checkLabels, checkShapes, compile } from "./compile.ts";
import { type CompileMode, worthwhile } from "./compile-mode.ts";
import { type ExampleWeights, exampleWeights, type WeightOptions } from "./example-weights.ts";
import { History } from "./history.ts";
import { Progress } from "./progress.ts";
import { TrainingRun } from "./run.ts";
import { TrainingStep } from "./training-step.ts";

export interface FitOptions extends CompileOptions, WeightOptions {
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
  /** Take part in the run: see `dl.train.callbacks`. */
  callbacks?: readonly FitCallback[];
  /**
   * What the learning rate is multiplied with in each layer, by the layer's name; 0 keeps the layer as it is. Defaults to
   * 1 for all: see `discriminativeRates`.
   */
  layerRates?: Readonly<Record<string, number>>;
  /**
   * Folder of a `checkpoint` to go on from, with the same model, data, options and callbacks; `epochs` counts those that
   * were done already. Nothing of the result differs from that of a run without a break on the same backend, but where
   * XLA takes over, which `compile: "graph"` rules out.
   */
  resume?: string;
  /** Stops the run between two steps; the notebook's interrupt does the same. */
  signal?: AbortSignal;
  /**
   * How steps are run on the backends that can record them. `"graph"` records a step and, on `tensorflow` and `cuda`,
   * runs it as one function of TensorFlow, several times faster with the same results; on `wasm` it runs the same kernels
   * without the JavaScript around them. `"xla"` compiles the function too, which takes seconds and is faster for small
   * layers; `false` runs each operation on its own; `"auto"` records if the backend can and there are enough steps. Where XLA may be
   * faster (on a GPU, and on a CPU for steps without products and convolutions) it compiles in the background after some
   * seconds of steps, and is kept if it takes less than two thirds of the graph's time: from there on results agree with
   * the graph's within rounding (1e-4), no longer to the last bit.
   * A step that can't be recorded is run as it is, and the reason is told at the end. Defaults to `"auto"`.
   */
  compile?: CompileMode;
  /** Show progress and curves. Defaults to `true`. */
  show?: boolean;
}

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
    compile(model, batch, { ...options, soft: callbacks.find(({ softTargets }) => softTargets)?.name });
  });
  if (validation) withFirst(validation, (batch) => checkShapes(model, batch));
  if (options.validation) checkLabels(model, options.validation);
  const resumed = options.resume === undefined ? undefined : await readCheckpoint(options.resume);

  const signals = [options.signal, displayTarget().interruptSignal()].filter(
    (signal) => signal !== undefined,
  );
  const stopped = () => signals.some((signal) => signal.aborted);
  const order = random(seed);
  // Streams of their own: the order of the examples is then the same with and without dropout or callbacks.
  const maskSeed = order.integer(2 ** 31);
  const streams = { order, masks: random(maskSeed), callbacks: random(2 ** 31 + maskSeed) };
  const history = new History();
  const stepsPerEpoch = Math.ceil(examples.size / batchSize);
  const unit = data instanceof LabelledImages ? "images" : "examples";
  const mode = worthwhile(options.compile ?? "auto", epochs * stepsPerEpoch, fewestSteps);
  const trainingStep = new TrainingStep(model, mode, { callbacks, layerRates: options.layerRates });
  let weights: ExampleWeights | undefined;
  let run: TrainingRun;
  let progress: Progress;
  const place = () => `in epoch ${Math.max(1, run.epochNumber)} of ${epochs}`;
  try {
    weights = exampleWeights(model, examples, options);
    progress = new Progress({ epochs, stepsPerEpoch, unit, show });
    run = new TrainingRun({
      ...{ model, examples, validation, epochs, batchSize, shuffle, callbacks },
      ...{ streams, stopped, history, progress, trainingStep, weights, compile: options.compile },
      signal: AbortSignal.any(signals),
    });
    try {
      if (resumed) run.restore(resumed);
      await run.all();
    } catch (error) {
      await progress.finish(`Stopped by an error ${place()}; ${run.step} steps`);
      throw error;
    }
  } finally {
    trainingStep.dispose();
    weights?.dispose();
  }
  history.engine = trainingStep.report.engine;
  history.engineReason = trainingStep.report.reason;
  history.interrupted = stopped() && history.loss.length < epochs;
  history.seconds = progress.seconds;
  history.examplesPerSecond = progress.examplesPerSecond;
  await progress.finish(
    history.interrupted
      ? `Interrupted ${place()}, the model keeps what it has learned; ${run.step} steps`
      : `${history.loss.length} epochs`,
    history.engineReason,
  );
  return history;
}

/** Recording costs about as much as a few steps, which must be made up for. */
const fewestSteps = 20;

function withFirst(examples: Examples, look: (batch: Batch) => void): void {
  const batch = examples.batch([0]);
  try {
    look(batch);
  } finally {
    batch.x.dispose();
    batch.y.dispose();
  }
}

function requireCount(name: string, value: number): void {
  if (Number.isInteger(value) && value > 0) return;
  throw new RangeError(`${name} is ${value}; it must be a whole number of at least 1.`);
}
