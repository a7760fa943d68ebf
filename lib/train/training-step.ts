// The training step of a model, recorded and run as one function where the backend can.
import * as tf from "@tensorflow/tfjs";
import { RecordedStep, type StepReport } from "../backend/index.ts";
import type { Batch } from "../data/examples.ts";
import { requireOneOf } from "../data/nearest.ts";
import { type RandomSource, withRandomSource } from "../data/random.ts";
import { builtInClasses, consistsOfBuiltIns } from "./built-in.ts";
import type { FitCallback } from "./callback.ts";
import { crossEntropyFromLogits, softAccuracy } from "./compile.ts";
import { leadGradients } from "./gradient-path.ts";
import { keptRecordings } from "./kept-recordings.ts";
import { variableFactors } from "./layer-rates.ts";
import { isPureLoss } from "./losses/loss.ts";
import { isPureOptimizer } from "./optimizers/optimizer.ts";
import { type CompiledModel, compiledModel, runOn, type Values } from "./step.ts";

/** How steps are run: see `FitOptions.compile`. */
export type CompileMode = "auto" | "graph" | "xla" | false;

/** An optimizer's count of its steps; protected in tfjs's types. */
interface Counter {
  readonly iterations: number;
  iterations_: number;
}

type Step = (data: tf.Tensor[], variant?: string) => tf.Tensor[];

interface TrainingStepOptions {
  /** Those that change gradients take part in each step. */
  callbacks?: readonly FitCallback[];
  /** Factors of the learning rate by the layer's name. */
  layerRates?: Readonly<Record<string, number>> | undefined;
}

export class TrainingStep {
  readonly #model: CompiledModel;
  readonly #optimizer: Counter;
  readonly #step: Step;
  readonly #recorded: RecordedStep<Step> | undefined;
  readonly #path: { remove(): void };
  /** By how much a step counts the optimizer up, known after the first of its variant. */
  readonly #increments = new Map<string, number>();

  constructor(
    model: tf.LayersModel,
    mode: CompileMode,
    { callbacks = [], layerRates }: TrainingStepOptions = {},
  ) {
    requireOneOf("compile", mode, ["auto", "graph", "xla", false]);
    this.#model = compiledModel(model);
    // Layers may have been frozen or thawed since the model was compiled.
    this.#model.collectedTrainableWeights = model.trainableWeights;
    this.#optimizer = model.optimizer as unknown as Counter;
    this.#path = leadGradients(model.optimizer, { callbacks, factors: variableFactors(model, layerRates) });
    this.#step = this.#model.makeTrainFunction();
    if (!mode) return;
    const changing = callbacks.filter(({ onGradients }) => onGradients);
    const known = isBuiltIn(model) && changing.every(({ numbers }) => numbers);
    const numbers = () => [
      ...hyperparameters(model.optimizer),
      ...changing.flatMap((callback) => callback.numbers?.() ?? []),
    ];
    const state = known ? numbers : undefined;
    this.#recorded = new RecordedStep(this.#step, {
      ...{ engine: mode, state },
      rates: () => rates(model.optimizer),
      kept: keptRecordings(model, model.optimizer),
    });
  }

  /** How the last step was run. */
  get report(): StepReport {
    return this.#recorded?.report ?? { engine: "eager", reason: undefined, recordings: 0 };
  }

  /**
   * Change the weights by one step of the model's optimizer. The batch is disposed.
   *
   * @param variant Steps of different kinds are recorded apart: see `FitCallback.variant`.
   */
  run(batch: Batch, source: RandomSource, variant = ""): Promise<Values> {
    return runOn(this.#model, batch, (data) => withRandomSource(source, () => this.#call(data, variant)));
  }

  /** User code ran since the last step and may have changed what the step depends on. */
  recheck(): void {
    this.#recorded?.recheck();
  }

  /** Begin as a step that was just made would: the first calls are then the same as those of a resumed run. */
  startAnew(): void {
    this.#recorded?.dispose();
  }

  /** The recordings are left to the next step of the model. */
  dispose(): void {
    this.#recorded?.dispose();
    this.#path.remove();
  }

  #call(data: tf.Tensor[], variant: string): tf.Tensor[] {
    if (!this.#recorded) return this.#step(data);
    const optimizer = this.#optimizer;
    const before = optimizer.iterations;
    const results = this.#recorded.call([data, variant]);
    // The optimizer's JavaScript may have run twice or not at all for this one step.
    const increment = this.#increments.get(variant) ?? optimizer.iterations - before;
    this.#increments.set(variant, increment);
    optimizer.iterations_ = before + increment;
    return results;
  }
}

/** Numbers of an optimizer that schedules change; see `StepOptions.rates`. */
interface Scheduled {
  learningRate?: number;
  momentum?: number;
  weightDecay?: number;
}

const scheduled: ReadonlySet<string> = new Set<keyof Scheduled>(["learningRate", "momentum"]);

function hyperparameters(optimizer: tf.Optimizer): unknown[] {
  return Object.entries(optimizer)
    .filter(([name]) => name !== "iterations_" && !scheduled.has(name))
    .filter(([, value]) => typeof value === "number" || typeof value === "boolean")
    .map(([, value]) => value);
}

function rates(optimizer: tf.Optimizer): number[] {
  const { learningRate = 0, momentum = 0, weightDecay = 0 } = optimizer as unknown as Scheduled;
  return [learningRate, momentum, 1 - learningRate * weightDecay];
}

const builtInFunctions = new Set<unknown>([
  crossEntropyFromLogits,
  softAccuracy,
  ...Object.values(tf.losses),
  ...Object.values(tf.metrics),
]);

/**
 * Whether a model's step is TensorFlow.js's and this library's alone, whose code is known to depend on nothing but its settings. A layer,
 * loss or metric of the user's may count or decide at each step, so its JavaScript has to run each time.
 */
function isBuiltIn(model: tf.LayersModel): boolean {
  const { loss, metrics } = model as unknown as { loss: unknown; metrics: unknown };
  const functions = [loss, metrics].flatMap(leaves);
  return (
    (builtInClasses.has(model.optimizer.constructor) || isPureOptimizer(model.optimizer)) &&
    functions.every((each) => typeof each !== "function" || builtInFunctions.has(each) || isPureLoss(each)) &&
    model.layers.every((layer) => consistsOfBuiltIns(layer))
  );
}

function leaves(value: unknown): unknown[] {
  if (Array.isArray(value)) return value.flatMap(leaves);
  return value !== null && typeof value === "object" ? Object.values(value).flatMap(leaves) : [value];
}
