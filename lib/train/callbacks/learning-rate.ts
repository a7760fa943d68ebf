// A schedule for the learning rate, and how any optimizer's rate is read and set.

import type * as tf from "@tensorflow/tfjs";
import { requireOneOf } from "../../data/nearest.ts";
import type { FitCallback } from "../callback.ts";
import type { Schedule } from "../schedules/schedule.ts";

interface HasRate {
  learningRate: number;
  momentum?: number;
  /** An SGD of TensorFlow.js keeps its rate as a tensor too. */
  setLearningRate?(rate: number): void;
}

/** An optimizer's learning rate. */
export function getRate(optimizer: tf.Optimizer): number {
  return (optimizer as unknown as HasRate).learningRate;
}

/** Set an optimizer's learning rate. A recorded step takes the new one without being recorded anew. */
export function setRate(optimizer: tf.Optimizer, rate: number): void {
  const settable = optimizer as unknown as HasRate;
  if (settable.setLearningRate) settable.setLearningRate(rate);
  else settable.learningRate = rate;
}

export interface LearningRateOptions {
  /** What the schedule's time counts. Defaults to `"epoch"`. */
  per?: "epoch" | "step";
  /** A schedule for the momentum of `dl.train.optimizers.sgd`, over the same time. */
  momentum?: Schedule;
}

/**
 * Set the learning rate by a schedule before each epoch or step: `learningRate(dl.train.schedules.cosine({ … }))`.
 *
 * The time is that of the whole run, so that a resumed run goes on where it was.
 */
export function learningRate(schedule: Schedule, options: LearningRateOptions = {}): FitCallback {
  const { per = "epoch", momentum } = options;
  requireOneOf("per", per, ["epoch", "step"]);
  const set = (optimizer: tf.Optimizer, time: number) => {
    setRate(optimizer, schedule(time));
    if (!momentum) return;
    const { momentum: present } = optimizer as unknown as HasRate;
    if (present === undefined || "setMomentum" in optimizer) {
      throw new RangeError(
        `learningRate: ${optimizer.getClassName()} has no momentum that can be set; take dl.train.optimizers.sgd.`,
      );
    }
    (optimizer as unknown as HasRate).momentum = momentum(time);
  };
  if (per === "epoch") {
    return {
      name: "learningRate",
      numbers: () => [],
      onEpochStart: ({ model: { optimizer }, epoch }) => set(optimizer, epoch - 1),
    };
  }
  return {
    name: "learningRate",
    // The rate itself is one of the optimizer's.
    numbers: () => [],
    onStepStart: ({ model: { optimizer }, step }) => set(optimizer, step - 1),
  };
}
