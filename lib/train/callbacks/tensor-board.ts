// A run as TensorBoard shows it: `tensorboard --logdir FOLDER`.

import { join } from "node:path";
import type * as tf from "@tensorflow/tfjs";
import type { FitCallback, FitState } from "../callback.ts";
import {
  appendEvents,
  beginEventFile,
  eventFileName,
  type HistogramCounts,
  type Summary,
} from "./event-file.ts";
import { getRate } from "./learning-rate.ts";

export interface TensorBoardOptions {
  /** Folder of this run; TensorBoard compares the runs whose folders lie in one. */
  folder: string;
  /** Also write the loss and the metrics of every so many steps. Defaults to epochs alone. */
  everySteps?: number;
  /** Write the distribution of each weight tensor after each epoch. Defaults to `false`. */
  histograms?: boolean;
}

/**
 * Write loss, metrics and learning rate of each epoch as event files: training in `FOLDER/train`, validation in
 * `FOLDER/validation`, under the names that Keras uses.
 */
export function tensorBoard({ folder, everySteps, histograms = false }: TensorBoardOptions): FitCallback {
  const paths = new Map<string, string>();
  const write = async (split: string, step: number, summaries: Summary[]) => {
    if (summaries.length === 0) return;
    const seconds = Date.now() / 1000;
    const known = paths.get(split);
    const path = known ?? join(folder, split, eventFileName(seconds));
    if (!known) await beginEventFile(path, seconds);
    paths.set(split, path);
    await appendEvents(path, seconds, step, summaries);
  };
  const onStepEnd = ({ values, step }: FitState) => {
    if (step % (everySteps as number) !== 0) return;
    return write(
      "train",
      step,
      Object.entries(values).map(([name, value]) => ({ tag: `batch_${name}`, value })),
    );
  };
  return {
    name: "tensorBoard",
    numbers: () => [],
    // A run of its own has a file of its own.
    onStart: () => paths.clear(),
    ...(everySteps ? { onStepEnd } : {}),
    async onEpochEnd({ model, epoch, values }) {
      const named = Object.entries(values).map(([name, value]) => ({ name, value }));
      const scalars = (validation: boolean) =>
        named
          .filter(({ name }) => name.startsWith("val_") === validation)
          .map(({ name, value }): Summary => ({ tag: `epoch_${name.replace(/^val_/, "")}`, value }));
      const rate = { tag: "epoch_learning_rate", value: getRate(model.optimizer) };
      const distributions = histograms ? await weightHistograms(model) : [];
      await write("train", epoch, [...scalars(false), rate, ...distributions]);
      await write("validation", epoch, scalars(true));
    },
  };
}

function weightHistograms(model: tf.LayersModel): Promise<Summary[]> {
  return Promise.all(
    model.weights.map(async (weight) => ({
      tag: weight.originalName,
      value: countValues((await weight.read().data()) as Float32Array),
    })),
  );
}

const buckets = 30;

/** Even buckets from the smallest to the largest value. */
function countValues(values: Float32Array): HistogramCounts {
  let [minimum, maximum, sum, sumOfSquares] = [Infinity, -Infinity, 0, 0];
  for (const value of values) {
    minimum = Math.min(minimum, value);
    maximum = Math.max(maximum, value);
    sum += value;
    sumOfSquares += value * value;
  }
  const width = (maximum - minimum || 1) / buckets;
  const counts = new Float64Array(buckets);
  for (const value of values) {
    const bucket = Math.min(buckets - 1, Math.floor((value - minimum) / width));
    counts[bucket] = (counts[bucket] as number) + 1;
  }
  const limits = Float64Array.from(counts, (_, bucket) => minimum + (bucket + 1) * width);
  return { limits, counts, minimum, maximum, sum, sumOfSquares, size: values.length };
}
