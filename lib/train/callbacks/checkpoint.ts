// The whole run on disk after an epoch, so that it can go on after a crash: `fit(model, data, { resume: folder })`.

import type { FitCallback } from "../callback.ts";
import { writeCheckpoint } from "../checkpoint-files.ts";
import { directionOf, isBetter, watched, worst } from "./metric-direction.ts";

export interface CheckpointOptions {
  /** Folder of the checkpoint; what is there is replaced. */
  folder: string;
  /** Write after every so many epochs, and after the last one. Defaults to `1`. */
  every?: number;
  /** Write only when this value is the best so far. Defaults to always. */
  metric?: string;
  /** Which way the metric gets better, where its name does not tell. */
  direction?: "min" | "max";
}

/** Write weights, optimizer, random numbers, history and the callbacks' memory into one folder. */
export function checkpoint({ folder, every = 1, metric, direction: given }: CheckpointOptions): FitCallback {
  if (!(Number.isInteger(every) && every > 0)) {
    throw new RangeError(`every is ${every}; it must be a whole number of at least 1.`);
  }
  const direction =
    metric === undefined ? "min" : directionOf({ metric, ...(given && { direction: given }) });
  let best = worst(direction);
  return {
    name: "checkpoint",
    // The others' memory has to be that after this epoch.
    last: true,
    onStart({ epoch }) {
      if (epoch === 0) best = worst(direction);
    },
    async onEpochEnd({ epoch, epochs, values, capture }) {
      if (epoch % every !== 0 && epoch !== epochs) return;
      if (metric !== undefined) {
        const value = watched("checkpoint", metric, values);
        if (!isBetter(direction, value, best, 0)) return;
        best = value;
      }
      await writeCheckpoint(folder, await capture());
    },
    save: () => ({ values: { best } }),
    restore({ values }) {
      ({ best } = values as { best: number });
    },
  };
}
