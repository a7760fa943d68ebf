// Recorded steps of a model from one training to the next, until the model or its optimizer is disposed or forgotten.
import type * as tf from "@tensorflow/tfjs";
import { KeptRecordings } from "../backend/index.ts";

/** A model or an optimizer. */
interface Owner {
  dispose(): unknown;
}

const ofModels = new WeakMap<tf.LayersModel, KeptRecordings>();
const ofOwners = new WeakMap<Owner, Set<KeptRecordings>>();
// Recordings hold variables, but neither models nor optimizers, so these can be forgotten.
const forgotten = new FinalizationRegistry<Set<KeptRecordings>>(disposeAll);

/** Where the steps of a model, with this optimizer if they train it, find the recordings of earlier ones. */
export function keptRecordings(model: tf.LayersModel, optimizer?: tf.Optimizer): KeptRecordings {
  const kept = ofModels.get(model) ?? new KeptRecordings();
  ofModels.set(model, kept);
  for (const owner of optimizer ? [model, optimizer] : [model]) ownedBy(owner).add(kept);
  return kept;
}

function ownedBy(owner: Owner): Set<KeptRecordings> {
  const known = ofOwners.get(owner);
  if (known) return known;
  const owned = new Set<KeptRecordings>();
  ofOwners.set(owner, owned);
  forgotten.register(owner, owned);
  const { dispose } = owner;
  owner.dispose = () => {
    disposeAll(owned);
    return dispose.call(owner);
  };
  return owned;
}

function disposeAll(owned: Iterable<KeptRecordings>): void {
  for (const kept of owned) kept.dispose();
}
