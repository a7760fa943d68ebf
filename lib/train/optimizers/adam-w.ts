// Adam with decoupled weight decay (Kingma and Ba, 2015; Loshchilov and Hutter, 2019).

import * as tf from "@tensorflow/tfjs";
import {
  asPure,
  movingMean,
  RuleOptimizer,
  requireAtLeastZero,
  requireBelowOne,
  type Update,
  type WeightDecayOptions,
} from "./optimizer.ts";

export interface AdamOptions extends WeightDecayOptions {
  /** Defaults to `0.001`. */
  learningRate?: number;
  /** How slowly the mean of the gradients moves. Defaults to `0.9`. */
  beta1?: number;
  /** How slowly the mean of their squares moves. Defaults to `0.999`. */
  beta2?: number;
  /** Keeps divisions by very small means from exploding. Defaults to `1e-8`. */
  epsilon?: number;
}

/** An optimizer with the two moving means of Adam. */
export abstract class AdamLike extends RuleOptimizer {
  beta1: number;
  beta2: number;
  epsilon: number;

  constructor(options: AdamOptions, defaults: { learningRate: number; weightDecay: number }) {
    const { learningRate, weightDecay, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = options;
    super(learningRate ?? defaults.learningRate, {
      ...options,
      weightDecay: weightDecay ?? defaults.weightDecay,
    });
    requireBelowOne({ beta1, beta2 });
    requireAtLeastZero({ epsilon });
    this.beta1 = beta1;
    this.beta2 = beta2;
    this.epsilon = epsilon;
  }

  protected moments(update: Update): { first: tf.Tensor; second: tf.Tensor } {
    return {
      first: movingMean(update, "m", this.beta1, update.gradient),
      second: movingMean(update, "v", this.beta2, tf.square(update.gradient)),
    };
  }
}

export interface AdamWOptions extends AdamOptions {
  /** Divide by the largest mean of squares so far (Reddi et al., 2018). Defaults to `false`. */
  amsgrad?: boolean;
}

class AdamW extends AdamLike {
  static readonly className = "AdamW";
  readonly amsgrad: boolean;
  #first!: tf.Tensor;
  #second!: tf.Tensor;

  constructor(options: AdamWOptions) {
    super(options, { learningRate: 0.001, weightDecay: 0.01 });
    this.amsgrad = options.amsgrad ?? false;
  }

  protected override advance(): void {
    this.#first = this.correction("correction1", this.beta1);
    this.#second = this.correction("correction2", this.beta2);
  }

  protected update(update: Update): tf.Tensor {
    const moments = this.moments(update);
    const second = this.amsgrad ? largest(update, moments.second) : moments.second;
    const size = tf.sqrt(second.div(this.#second)).add(this.epsilon);
    return this.decay(update.value).sub(moments.first.div(this.#first).div(size).mul(this.learningRate));
  }
}

/** Adam whose weights shrink by `learningRate · weightDecay` in each step; `weightDecay` defaults to `0.01`. */
export function adamW(options: AdamWOptions = {}): tf.Optimizer {
  return asPure(new AdamW(options));
}

function largest(update: Update, second: tf.Tensor): tf.Tensor {
  const most = tf.maximum(update.read("vmax"), second);
  update.write("vmax", most);
  return most;
}
