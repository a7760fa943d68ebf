// What the optimizers here share: memory for each variable and for the whole, kept in variables alone, so that a step
// can be recorded and its memory saved.

import * as tf from "@tensorflow/tfjs";
import { type Gradients, gradientEntries } from "../../backend/index.ts";
import { requireOneOf } from "../../data/nearest.ts";

/** Memory of one variable, as TensorFlow.js's optimizers name it. */
interface Slot {
  originalName: string;
  variable: tf.Variable;
}

/** What an update rule gets for one variable. */
export interface Update {
  value: tf.Tensor;
  gradient: tf.Tensor;
  /** What the rule remembers of this variable under a name; zeros at first. */
  read(name: string): tf.Tensor;
  write(name: string, value: tf.Tensor): void;
}

export interface WeightDecayOptions {
  /** How much weights shrink in each step, times the learning rate; not part of the gradient (Loshchilov and Hutter, 2019). */
  weightDecay?: number;
  /** Which weights shrink: all, or those with at least two axes, not biases and scales. Defaults to `"all"`. */
  decayed?: "all" | "matrices";
}

const pure = new WeakSet<object>();

/** Whether an optimizer's code is known to depend on nothing but its settings. */
export function isPureOptimizer(optimizer: tf.Optimizer): boolean {
  return pure.has(optimizer);
}

/** An optimizer whose rule is `update`. Numbers that the rule depends on are plain properties, and may be set. */
export abstract class RuleOptimizer extends tf.Optimizer {
  learningRate: number;
  readonly weightDecay: number;
  readonly decayed: "all" | "matrices";
  /** Memory of each variable by name, in the order of the variables. */
  readonly slots: Record<string, Slot[]> = {};
  /** Memory of the whole, such as β to the power of the step. */
  readonly clocks: Record<string, tf.Variable> = {};

  constructor(learningRate: number, { weightDecay = 0, decayed = "all" }: WeightDecayOptions) {
    requireOneOf("decayed", decayed, ["all", "matrices"]);
    super();
    requireAtLeastZero({ learningRate, weightDecay });
    this.learningRate = learningRate;
    this.weightDecay = weightDecay;
    this.decayed = decayed;
  }

  /** Go one step on with what all variables share. */
  protected advance(): void {}

  /** The variable's next value. */
  protected abstract update(update: Update): tf.Tensor;

  applyGradients(given: Gradients): void {
    tf.tidy(() => {
      this.advance();
      for (const [index, [name, gradient]] of gradientEntries(given).entries()) {
        if (!gradient) continue;
        const variable = tf.engine().registeredVariables[name] as tf.Variable;
        const slot = (slotName: string) => this.#slot(slotName, index, variable);
        const update: Update = {
          value: variable,
          gradient,
          read: (slotName) => slot(slotName),
          write: (slotName, value) => slot(slotName).assign(value),
        };
        variable.assign(this.update(update));
      }
    });
    this.incrementIterations();
  }

  /** A number that changes by the rule `next` at each step, from `start`. */
  protected clock(name: string, start: number, next: (value: tf.Tensor) => tf.Tensor): tf.Tensor {
    const known = this.clocks[name];
    const variable = known ?? tf.variable(tf.scalar(start), false);
    this.clocks[name] = variable;
    variable.assign(next(variable) as tf.Scalar);
    return variable;
  }

  /** 1 − β^t, as a sum: taken from 1 in float32 it would lose most of its digits in the first steps. */
  protected correction(name: string, beta: number): tf.Tensor {
    return this.clock(name, 0, (value) => value.mul(beta).add(1 - beta));
  }

  protected decay(value: tf.Tensor): tf.Tensor {
    if (this.weightDecay === 0 || (this.decayed === "matrices" && value.rank < 2)) return value;
    return value.mul(1 - this.learningRate * this.weightDecay);
  }

  override dispose(): void {
    tf.dispose(Object.values(this.clocks));
    for (const slots of Object.values(this.slots)) for (const slot of slots) slot?.variable.dispose();
  }

  override async getWeights(): ReturnType<tf.Optimizer["getWeights"]> {
    const clocks = Object.entries(this.clocks).map(([name, tensor]) => ({ name, tensor }));
    const slots = Object.values(this.slots).flatMap((each) =>
      each.filter(Boolean).map(({ originalName, variable }) => ({ name: originalName, tensor: variable })),
    );
    return [await this.saveIterations(), ...clocks, ...slots];
  }

  /** Any optimizer's settings are its plain properties. */
  getConfig(): tf.serialization.ConfigDict {
    const settings = Object.entries(this).filter(
      ([name, value]) => name !== "iterations_" && typeof value !== "object",
    );
    return Object.fromEntries(settings);
  }

  #slot(name: string, index: number, { name: variableName, shape }: tf.Variable): tf.Variable {
    this.slots[name] ??= [];
    const slots = this.slots[name] as Slot[];
    slots[index] ??= {
      originalName: `${variableName}/${name}`,
      variable: tf.variable(tf.zeros(shape), false),
    };
    return (slots[index] as Slot).variable;
  }
}

/** Make known that an optimizer is one of these itself, not a class of the user's that extends one. */
export function asPure<Made extends RuleOptimizer>(optimizer: Made): Made {
  pure.add(optimizer);
  return optimizer;
}

/** The moving mean `β·memory + (1 − β)·value`, remembered under a name. */
export function movingMean(update: Update, name: string, beta: number, value: tf.Tensor): tf.Tensor {
  const mean = update
    .read(name)
    .mul(beta)
    .add(value.mul(1 - beta));
  update.write(name, mean);
  return mean;
}

/** @throws RangeError if a setting is below 0 or no number. */
export function requireAtLeastZero(settings: Record<string, number>): void {
  for (const [name, value] of Object.entries(settings)) {
    if (!(value >= 0)) throw new RangeError(`${name} is ${value}; it must be a number of at least 0.`);
  }
}

/** @throws RangeError if a decay rate is not from 0 to 1, without 1. */
export function requireBelowOne(settings: Record<string, number>): void {
  for (const [name, value] of Object.entries(settings)) {
    if (!(value >= 0 && value < 1)) {
      throw new RangeError(`${name} is ${value}; it must be at least 0 and below 1.`);
    }
  }
}
