// Recorded steps of a model from one training to the next, until the model or its optimizer is disposed or forgotten.
import type * as tf from "@tensorflow/tfjs";
import { KeptRecordings } from "../backend/index.ts";
import { disposeWith } from "./owned.ts";

const ofModels = new WeakMap<tf.LayersModel, KeptRecordings>();

/** Where the steps of a model, with this optimizer if they train it, find the recordings of earlier ones. */
export function keptRecordings(model: tf.LayersModel, optimizer?: tf.Optimizer): KeptRecordings {
  const kept = ofModels.get(model) ?? new KeptRecordings();
  ofModels.set(model, kept);
  // Recordings hold variables, but neither models nor optimizers, so these can be forgotten.
  for (const owner of optimizer ? [model, optimizer] : [model]) disposeWith(owner, kept);
  return kept;
}
