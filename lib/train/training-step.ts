// The training step of a model, recorded and run as one function where the backend can.
import * as tf from "@tensorflow/tfjs";
import { RecordedStep, type StepReport } from "../backend/index.ts";
import type { Batch } from "../data/examples.ts";
import { type RandomSource, withRandomSource } from "../data/random.ts";
import { crossEntropyFromLogits } from "./compile.ts";
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

export class TrainingStep {
  readonly #model: CompiledModel;
  readonly #optimizer: Counter;
  readonly #step: (data: tf.Tensor[]) => tf.Tensor[];
  readonly #recorded: RecordedStep<(data: tf.Tensor[]) => tf.Tensor[]> | undefined;
  /** By how much a step counts the optimizer up, known after the first. */
  #increment: number | undefined;

  constructor(model: tf.LayersModel, mode: CompileMode) {
    this.#model = compiledModel(model);
    this.#optimizer = model.optimizer as unknown as Counter;
    this.#step = this.#model.makeTrainFunction();
    if (!mode) return;
    const state = isBuiltIn(model) ? () => hyperparameters(model.optimizer) : undefined;
    this.#recorded = new RecordedStep(this.#step, { engine: mode, state });
  }

  /** How the last step was run. */
  get report(): StepReport {
    return this.#recorded?.report ?? { engine: "eager", reason: undefined, recordings: 0 };
  }

  /** Change the weights by one step of the model's optimizer. The batch is disposed. */
  run(batch: Batch, source: RandomSource): Promise<Values> {
    return runOn(this.#model, batch, (data) => withRandomSource(source, () => this.#call(data)));
  }

  /** User code ran since the last step and may have changed what the step depends on. */
  recheck(): void {
    this.#recorded?.recheck();
  }

  dispose(): void {
    this.#recorded?.dispose();
  }

  #call(data: tf.Tensor[]): tf.Tensor[] {
    if (!this.#recorded) return this.#step(data);
    const optimizer = this.#optimizer;
    const before = optimizer.iterations;
    const results = this.#recorded.call([data]);
    // The optimizer's JavaScript may have run twice or not at all for this one step.
    this.#increment ??= optimizer.iterations - before;
    optimizer.iterations_ = before + this.#increment;
    return results;
  }
}

function hyperparameters(optimizer: tf.Optimizer): unknown[] {
  return Object.entries(optimizer)
    .filter(
      ([name, value]) => name !== "iterations_" && (typeof value === "number" || typeof value === "boolean"),
    )
    .map(([, value]) => value);
}

const builtInClasses = new Set<unknown>(
  Object.values(tf.serialization.SerializationMap.getMap().classNameMap).map(([builtIn]) => builtIn),
);
const builtInFunctions = new Set<unknown>([
  crossEntropyFromLogits,
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
    model.layers.every((layer) => consistsOfBuiltIns(layer, new Set()))
  );
}

/** Layers hold further ones, cells, activations, regularizers, …: all of them `Serializable`. */
function consistsOfBuiltIns(part: object, seen: Set<object>): boolean {
  if (seen.has(part)) return true;
  seen.add(part);
  if (!builtInClasses.has(part.constructor)) return false;
  return Object.values(part)
    .flatMap((value) => (Array.isArray(value) ? value : [value]))
    .every((value) => !(value instanceof tf.serialization.Serializable) || consistsOfBuiltIns(value, seen));
}

function leaves(value: unknown): unknown[] {
  if (Array.isArray(value)) return value.flatMap(leaves);
  return value !== null && typeof value === "object" ? Object.values(value).flatMap(leaves) : [value];
}
