// The contract between a training run and what takes part in it: called at certain moments, in the order of the list.

import type * as tf from "@tensorflow/tfjs";
import type { Batch, Examples } from "../data/examples.ts";
import type { RandomSource } from "../data/random.ts";
import type { History } from "./history.ts";
import type { TrainingState } from "./training-state.ts";

/** Where a run is when a callback is called. */
export interface FitState {
  model: tf.LayersModel;
  /** What the model learns from. */
  examples: Examples;
  /** Examples of one step. */
  batchSize: number;
  /** Epochs count from 1. */
  epoch: number;
  /** How many epochs the run has. */
  epochs: number;
  /** Steps count from 1 over the whole run. */
  step: number;
  /** Steps count from 1 in each epoch. */
  stepOfEpoch: number;
  /** How many steps an epoch has. */
  stepsPerEpoch: number;
  /** Loss and metrics of the step, or means over the epoch with validation's as `val_…`; empty before there are any. */
  values: Record<string, number>;
  /** The epochs that are complete. */
  history: History;
  /** End the run after this step or epoch. */
  stop(): void;
  /** All that another run needs to go on from the end of this epoch. */
  capture(): Promise<TrainingState>;
}

/** A gradient on its way to the optimizer. */
export interface Gradient {
  /** What the gradient is of. */
  variable: tf.Variable;
  /** Of the variable's shape. */
  gradient: tf.Tensor;
}

/** What a callback remembers from epoch to epoch. */
export interface CallbackMemory {
  /** Anything that JSON can hold. */
  values?: unknown;
  /** Tensors, which stay the callback's. */
  tensors?: readonly tf.Tensor[];
}

type Done = void | Promise<void>;

/** Called by `fit` at certain moments; it waits for returned promises. */
export interface FitCallback {
  /** What messages call it. */
  readonly name?: string;
  /** Called after the others at the same moment. */
  readonly last?: boolean;
  /** Whether it makes rows of class probabilities out of class numbers, which the loss then has to take. */
  readonly softTargets?: boolean;
  /** Before the first step. */
  onStart?(state: FitState): Done;
  onEpochStart?(state: FitState): Done;
  onStepStart?(state: FitState): Done;
  /**
   * Another batch instead of this one, or the same. The tensors of `batch` belong to the callback, those of the result
   * to the run; draw from `random` alone, so that a run can be repeated.
   */
  onBatch?(batch: Batch, random: RandomSource): Batch;
  /**
   * Other gradients instead of these, or `undefined` to leave the weights as they are. Use nothing but tensor operations
   * and variables: the function is recorded, and tidied up after.
   */
  onGradients?(gradients: readonly Gradient[]): readonly Gradient[] | undefined;
  /**
   * All numbers that `onGradients` depends on. With it the callback promises that a step depends on nothing else of it but
   * tensors, so that a recorded step need not ask its JavaScript each time, which makes it several times faster.
   */
  numbers?(): readonly number[];
  /** Which kind of step the coming one is, where `onGradients` does not always do the same operations. */
  variant?(state: FitState): string;
  /** Where a callback has it, the next step is begun only after it; otherwise JavaScript prepares that meanwhile. */
  onStepEnd?(state: FitState): Done;
  onEpochEnd?(state: FitState): Done;
  /** After the last step, also of a run that was interrupted or has failed. */
  onEnd?(state: FitState): Done;
  /** What a resumed run gives to `restore`. */
  save?(): CallbackMemory;
  /** The tensors are the callback's to dispose. */
  restore?(memory: { values: unknown; tensors: tf.Tensor[] }): void;
}

/** A moment at which callbacks are told where the run is. */
export type Moment = "onStart" | "onEpochStart" | "onStepStart" | "onStepEnd" | "onEpochEnd" | "onEnd";
