// Explanations of one model that are asked for again and again are recorded, as steps of training are, and run as one
// function of TensorFlow. The model's weights are variables of it, so it follows them when they change.

import type * as tf from "@tensorflow/tfjs";
import { RecordedStep } from "../backend/index.ts";
import { consistsOfBuiltIns } from "../train/built-in.ts";
import { disposeWith } from "../train/owned.ts";

/** What makes a step what it is, besides the model: an object such as a composite, and anything that JSON can tell. */
interface Settings {
  by: object;
}

type Step<S extends Settings, Given extends unknown[], Result> = (
  model: tf.LayersModel,
  settings: S,
  ...given: Given
) => Result;
type Recorded = RecordedStep<(given: unknown[]) => unknown>;

/** By model, by what a step is by, by the other settings; of what was run but once nothing is kept. */
const known = new WeakMap<tf.LayersModel, WeakMap<object, Map<string, Recorded | undefined>>>();

/**
 * `step(model, settings, ...given)`, in a `tf.tidy`; when it is done again and again, as recorded, where the backend
 * can. What it returns may depend on the model, the settings and the tensors in `given`, and on nothing else.
 *
 * @param step No closure: what it holds on to is kept as long as the model.
 */
export function recorded<S extends Settings, Given extends unknown[], Result>(
  model: tf.LayersModel,
  settings: S,
  step: Step<S, Given, Result>,
  ...given: Given
): Result {
  const ofModel = known.get(model) ?? new WeakMap<object, Map<string, Recorded | undefined>>();
  known.set(model, ofModel);
  const steps = ofModel.get(settings.by) ?? new Map<string, Recorded | undefined>();
  ofModel.set(settings.by, steps);
  // A sequential model that gets another layer has other outputs.
  const key = JSON.stringify([step.name, { ...settings, by: undefined }, model.outputs.map(({ id }) => id)]);
  if (!steps.has(key)) {
    steps.set(key, undefined);
    return step(model, settings, ...given);
  }
  const found = steps.get(key) ?? record(model, settings, step);
  steps.set(key, found);
  return found.call([given]) as Result;
}

function record<S extends Settings, Given extends unknown[], Result>(
  model: tf.LayersModel,
  settings: S,
  step: Step<S, Given, Result>,
): Recorded {
  const isPure = model.layers.every((layer) => consistsOfBuiltIns(layer));
  const made = new RecordedStep(callOn(new WeakRef(model), settings, step), {
    engine: "graph",
    state: isPure ? () => [] : undefined,
  });
  disposeWith(model, made);
  return made;
}

// The step is disposed with the model; were the model within its reach, neither would ever be forgotten.
function callOn<S extends Settings, Given extends unknown[], Result>(
  model: WeakRef<tf.LayersModel>,
  settings: S,
  step: Step<S, Given, Result>,
) {
  return (given: unknown[]) => step(model.deref() as tf.LayersModel, settings, ...(given as Given));
}
