// TensorFlow.js's own `fit`, `fitDataset` and `trainOnBatch`, by recorded steps as `dl.train.fit` has them.
import * as tf from "@tensorflow/tfjs";
import { RecordedStep, settled } from "../backend/index.ts";
import { disposeWith } from "./owned.ts";
import type { CompiledModel } from "./step.ts";
import { counted, hyperparameters, isBuiltIn, rates } from "./step-state.ts";

type Step = (data: tf.Tensor[]) => tf.Tensor[];

interface OwnTraining {
  lossFunctions: object;
  recorded: RecordedStep<Step>;
  increments: Map<string, number>;
}

/** A tf.LayersModel that is no tf.Sequential, which has one inside. */
interface Model extends CompiledModel {
  optimizer: tf.Optimizer;
  dispose(): unknown;
}

const prototype = tf.LayersModel.prototype as unknown as Model;
const { makeTrainFunction } = prototype;

/** A step as TensorFlow.js has it. */
export function plainTrainFunction(model: CompiledModel): Step {
  return makeTrainFunction.call(model);
}

const trainings = new WeakMap<Model, OwnTraining>();

export function recordOwnTraining(): void {
  // It is called once for a `fit`, and for each `trainOnBatch`.
  prototype.makeTrainFunction = function (this: Model) {
    const { recorded, increments } = trainingOf(this);
    // The user's code may have changed anything since the last time.
    recorded.recheck();
    return (data) => counted(this.optimizer, increments, "", () => settled(recorded.call([data]))).result;
  };
  // It disposes its layers, but not the model that it has inside.
  const sequential = tf.Sequential.prototype as unknown as { model?: Model; dispose(): unknown };
  const { dispose } = sequential;
  sequential.dispose = function () {
    if (this.model) trainings.get(this.model)?.recorded.dispose();
    return dispose.call(this);
  };
}

function trainingOf(model: Model): OwnTraining {
  const known = trainings.get(model);
  if (known?.lossFunctions === model.lossFunctions) return known;
  known?.recorded.dispose();
  // The step is disposed with the model; were the model within its reach, neither would ever be forgotten.
  const reference = new WeakRef(model);
  const step: Step = (data) => plainTrainFunction(reference.deref() as Model)(data);
  const state = () => hyperparameters((reference.deref() as Model).optimizer);
  const recorded = new RecordedStep(step, {
    engine: "auto",
    state: isBuiltIn(model as unknown as tf.LayersModel) ? state : undefined,
    rates: () => rates((reference.deref() as Model).optimizer),
  });
  const training = { lossFunctions: model.lossFunctions, recorded, increments: new Map<string, number>() };
  trainings.set(model, training);
  disposeWith(model, recorded);
  return training;
}
