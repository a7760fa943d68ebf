// What a model's steps depend on besides tensors, for those that are recorded.
import * as tf from "@tensorflow/tfjs";
import type { StartedCall } from "../backend/index.ts";
import { builtInClasses, consistsOfBuiltIns } from "./built-in.ts";
import { crossEntropyFromLogits, softAccuracy } from "./compile.ts";
import { isPureLoss } from "./losses/loss.ts";
import { isPureOptimizer } from "./optimizers/optimizer.ts";

/** Numbers of an optimizer that schedules change; see `StepOptions.rates`. */
interface Scheduled {
  learningRate?: number;
  momentum?: number;
  weightDecay?: number;
}

const scheduled: ReadonlySet<string> = new Set<keyof Scheduled>(["learningRate", "momentum"]);

/** What an optimizer's step depends on, but for `rates`. */
export function hyperparameters(optimizer: tf.Optimizer): unknown[] {
  return Object.entries(optimizer)
    .filter(([name]) => name !== "iterations_" && !scheduled.has(name))
    .filter(([, value]) => typeof value === "number" || typeof value === "boolean")
    .map(([, value]) => value);
}

/** See `StepOptions.rates`. */
export function rates(optimizer: tf.Optimizer): number[] {
  const { learningRate = 0, momentum = 0, weightDecay = 0 } = optimizer as unknown as Scheduled;
  return [learningRate, momentum, 1 - learningRate * weightDecay];
}

const builtInFunctions = new Set<unknown>([
  crossEntropyFromLogits,
  softAccuracy,
  ...Object.values(tf.losses),
  ...Object.values(tf.metrics),
]);

/**
 * Whether a model's step is TensorFlow.js's and this library's alone, whose code is known to depend on nothing but its settings. A layer,
 * loss or metric of the user's may count or decide at each step, so its JavaScript has to run each time.
 */
export function isBuiltIn(model: tf.LayersModel): boolean {
  const isKnown = builtInClasses.has(model.optimizer.constructor) || isPureOptimizer(model.optimizer);
  return isKnown && isPureForward(model, { withLoss: true });
}

/** The same of what it computes without learning. */
export function isPureForward(model: tf.LayersModel, { withLoss }: { withLoss: boolean }): boolean {
  const { loss, metrics } = model as unknown as { loss: unknown; metrics: unknown };
  const functions = withLoss ? [loss, metrics].flatMap(leaves) : [];
  return (
    functions.every((each) => typeof each !== "function" || builtInFunctions.has(each) || isPureLoss(each)) &&
    model.layers.every((layer) => consistsOfBuiltIns(layer))
  );
}

function leaves(value: unknown): unknown[] {
  if (Array.isArray(value)) return value.flatMap(leaves);
  return value !== null && typeof value === "object" ? Object.values(value).flatMap(leaves) : [value];
}

/** An optimizer's count of its steps; protected in tfjs's types. */
interface Counter {
  readonly iterations: number;
  iterations_: number;
}

/**
 * Start a recorded step, whose JavaScript, which counts the optimizer up, may run twice or not at all.
 *
 * @param increments By how much a step counts it up, known after the first of its variant.
 */
export function counted<Result>(
  optimizer: tf.Optimizer,
  increments: Map<string, number>,
  variant: string,
  start: () => StartedCall<Result>,
): StartedCall<Result> {
  const counter = optimizer as unknown as Counter;
  const before = counter.iterations;
  const { result, settle } = start();
  const increment = increments.get(variant) ?? counter.iterations - before;
  increments.set(variant, increment);
  counter.iterations_ = before + increment;
  return {
    result,
    settle: () => {
      try {
        settle();
      } catch (error) {
        // Those after it have failed with it.
        counter.iterations_ = Math.min(before, counter.iterations);
        throw error;
      }
    },
  };
}
