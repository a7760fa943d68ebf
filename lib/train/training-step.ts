// The training step of a model, recorded and run as one function where the backend can.
import type * as tf from "@tensorflow/tfjs";
import { RecordedStep, type StartedCall, type StepReport, settled } from "../backend/index.ts";
import type { Batch } from "../data/examples.ts";
import { requireOneOf } from "../data/nearest.ts";
import { type RandomSource, withRandomSource } from "../data/random.ts";
import type { FitCallback } from "./callback.ts";
import { type CompileMode, compileModes } from "./compile-mode.ts";
import { leadGradients } from "./gradient-path.ts";
import { keptRecordings } from "./kept-recordings.ts";
import { variableFactors } from "./layer-rates.ts";
import { plainTrainFunction } from "./own-training.ts";
import { type CompiledModel, compiledModel, type StartedStep, startOn } from "./step.ts";
import { counted, hyperparameters, isBuiltIn, rates } from "./step-state.ts";

type Step = (data: tf.Tensor[], variant?: string) => tf.Tensor[];

interface TrainingStepOptions {
  /** Those that change gradients take part in each step. */
  callbacks?: readonly FitCallback[];
  /** Factors of the learning rate by the layer's name. */
  layerRates?: Readonly<Record<string, number>> | undefined;
}

export class TrainingStep {
  readonly #model: CompiledModel;
  readonly #optimizer: tf.Optimizer;
  readonly #step: Step;
  readonly #recorded: RecordedStep<Step> | undefined;
  readonly #path: { remove(): void };
  /** By how much a step counts the optimizer up, known after the first of its variant. */
  readonly #increments = new Map<string, number>();
  /** Whether the next step may be started before the values of one are known: nobody asked to be told between the two. */
  readonly runsAhead: boolean;

  constructor(
    model: tf.LayersModel,
    mode: CompileMode,
    { callbacks = [], layerRates }: TrainingStepOptions = {},
  ) {
    requireOneOf("compile", mode, compileModes);
    this.runsAhead = callbacks.every(({ onStepEnd }) => !onStepEnd);
    this.#model = compiledModel(model);
    // Layers may have been frozen or thawed since the model was compiled.
    this.#model.collectedTrainableWeights = model.trainableWeights;
    this.#optimizer = model.optimizer;
    this.#path = leadGradients(model.optimizer, { callbacks, factors: variableFactors(model, layerRates) });
    this.#step = plainTrainFunction(this.#model);
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
   * Change the weights by one step of the model's optimizer, computed while JavaScript goes on where `runsAhead` and the
   * backend let it. The batch is disposed. Steps are computed one after the other; who looks at the model's weights waits
   * until they are.
   *
   * @param variant Steps of different kinds are recorded apart: see `FitCallback.variant`.
   */
  start(batch: Batch, source: RandomSource, variant = ""): StartedStep {
    return startOn(this.#model, batch, (data) => withRandomSource(source, () => this.#start(data, variant)));
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

  #start(data: tf.Tensor[], variant: string): StartedCall<tf.Tensor[]> {
    const recorded = this.#recorded;
    if (!recorded) return settled(this.#step(data));
    return counted(this.#optimizer, this.#increments, variant, () =>
      this.runsAhead ? recorded.start([data, variant]) : settled(recorded.call([data, variant])),
    );
  }
}
