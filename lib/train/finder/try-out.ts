// A run that leaves no trace: model and optimizer are afterwards as they were before.

import type * as tf from "@tensorflow/tfjs";
import type { Examples, TensorPair } from "../../data/examples.ts";
import { displayTarget } from "../../plot/display.ts";
import type { FitCallback } from "../callback.ts";
// Under its own name the linter takes it for a focused test.
import { type FitOptions, fit as fitModel } from "../fit.ts";
import type { History } from "../history.ts";
import { restoreState, type TrainingState } from "../training-state.ts";

/**
 * Train without showing it, and put everything back.
 *
 * @throws The signal's reason if it is aborted; the notebook's interrupt does the same.
 */
export async function tryOut(
  model: tf.LayersModel,
  data: Examples | TensorPair,
  options: FitOptions,
): Promise<History> {
  let before: TrainingState | undefined;
  const remember: FitCallback = {
    async onStart({ capture }) {
      before = await capture();
    },
  };
  const interrupt = displayTarget().interruptSignal();
  try {
    const callbacks = [remember, ...(options.callbacks ?? [])];
    return await fitModel(model, data, { ...options, callbacks, show: false });
  } finally {
    if (before) restoreState(model, [], { ...before, callbacks: [] });
    options.signal?.throwIfAborted();
    interrupt?.throwIfAborted();
  }
}
