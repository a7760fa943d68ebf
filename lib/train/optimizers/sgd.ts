// Stochastic gradient descent with what TensorFlow.js's lacks: momentum that can be scheduled, and weight decay.

import type * as tf from "@tensorflow/tfjs";
import { asPure, RuleOptimizer, requireBelowOne, type Update, type WeightDecayOptions } from "./optimizer.ts";

export interface SgdOptions extends WeightDecayOptions {
  /** Defaults to `0.01`. */
  learningRate?: number;
  /** How much of the last step goes on, 0 to 1. Defaults to `0`. */
  momentum?: number;
  /** Look at the gradient where the momentum leads (Nesterov, 1983). Defaults to `false`. */
  nesterov?: boolean;
  /** `false` adds the decay to the gradient, so that it goes through the momentum: L2. Defaults to `true`. */
  decoupled?: boolean;
}

class Sgd extends RuleOptimizer {
  static readonly className = "MomentumSGD";
  momentum: number;
  readonly nesterov: boolean;
  readonly decoupled: boolean;

  constructor(options: SgdOptions) {
    const { learningRate = 0.01, momentum = 0, nesterov = false, decoupled = true } = options;
    super(learningRate, options);
    requireBelowOne({ momentum });
    if (nesterov && momentum === 0) {
      throw new RangeError("nesterov is true and momentum 0; it needs a momentum, such as 0.9.");
    }
    this.momentum = momentum;
    this.nesterov = nesterov;
    this.decoupled = decoupled;
  }

  protected update(update: Update): tf.Tensor {
    const { value } = update;
    const decays = this.weightDecay > 0 && (this.decayed === "all" || value.rank > 1);
    const gradient =
      decays && !this.decoupled ? update.gradient.add(value.mul(this.weightDecay)) : update.gradient;
    const start = this.decoupled ? this.decay(value) : value;
    return start.sub(this.#direction(update, gradient).mul(this.learningRate));
  }

  #direction(update: Update, gradient: tf.Tensor): tf.Tensor {
    if (this.momentum === 0) return gradient;
    const speed = update.read("momentum").mul(this.momentum).add(gradient);
    update.write("momentum", speed);
    return this.nesterov ? gradient.add(speed.mul(this.momentum)) : speed;
  }
}

/** Gradient descent with momentum and weight decay, which is decoupled unless said otherwise. */
export function sgd(options: SgdOptions = {}): tf.Optimizer {
  return asPure(new Sgd(options));
}
