// Lion (Chen et al., 2023): the sign of a moving mean, one memory a weight instead of Adam's two.

import * as tf from "@tensorflow/tfjs";
import {
  asPure,
  movingMean,
  RuleOptimizer,
  requireBelowOne,
  type Update,
  type WeightDecayOptions,
} from "./optimizer.ts";

export interface LionOptions extends WeightDecayOptions {
  /** Every weight moves by it; 3 to 10 times smaller than Adam's. Defaults to `0.0001`. */
  learningRate?: number;
  /** How much of the memory is in the direction. Defaults to `0.9`. */
  beta1?: number;
  /** How slowly the memory moves. Defaults to `0.99`. */
  beta2?: number;
}

class Lion extends RuleOptimizer {
  static readonly className = "Lion";
  beta1: number;
  beta2: number;

  constructor(options: LionOptions) {
    const { learningRate = 1e-4, beta1 = 0.9, beta2 = 0.99 } = options;
    super(learningRate, options);
    requireBelowOne({ beta1, beta2 });
    this.beta1 = beta1;
    this.beta2 = beta2;
  }

  protected update(update: Update): tf.Tensor {
    const { value, gradient } = update;
    const direction = tf.sign(
      update
        .read("m")
        .mul(this.beta1)
        .add(gradient.mul(1 - this.beta1)),
    );
    movingMean(update, "m", this.beta2, gradient);
    return this.decay(value).sub(direction.mul(this.learningRate));
  }
}

/** Steps of equal size for all weights; `weightDecay` defaults to `0`, and should be 3 to 10 times AdamW's. */
export function lion(options: LionOptions = {}): tf.Optimizer {
  return asPure(new Lion(options));
}
