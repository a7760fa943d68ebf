// Rectified Adam (Liu et al., 2020): plain momentum until the mean of squares has seen enough to be relied on.

import * as tf from "@tensorflow/tfjs";
import { AdamLike, type AdamOptions } from "./adam-w.ts";
import { asPure, type Update } from "./optimizer.ts";

class RAdam extends AdamLike {
  static readonly className = "RAdam";
  #first!: tf.Tensor;
  #second!: tf.Tensor;
  #reliable!: tf.Tensor;
  #rectification!: tf.Tensor;

  constructor(options: AdamOptions) {
    super(options, { learningRate: 0.001, weightDecay: 0 });
  }

  protected override advance(): void {
    const beta = this.beta2;
    this.#first = this.correction("correction1", this.beta1);
    this.#second = this.correction("correction2", beta);
    // The length of the mean, 2 / (1 − β) − 1 − 2·t·β^t / (1 − β^t), is a small difference of large numbers at first.
    // As a quotient of sums, Σ (i + 1)·β^i over Σ β^i, it keeps its digits; power is β^(t − 1).
    const power = this.clock("power", 1 / beta, (value) => value.mul(beta));
    const time = this.clock("time", 0, (value) => value.add(1));
    const weighted = this.clock("weighted", 0, (value) => value.add(time.mul(power)));
    const length = weighted
      .mul(2 * (1 - beta))
      .div(this.#second)
      .sub(1);
    const full = 2 / (1 - beta) - 1;
    const part = tf
      .relu(length.sub(4).mul(length.sub(2)))
      .mul(full)
      .div(length.mul((full - 4) * (full - 2)));
    this.#reliable = tf.greater(length, 5);
    this.#rectification = tf.sqrt(part);
  }

  protected update(update: Update): tf.Tensor {
    const { first, second } = this.moments(update);
    const mean = first.div(this.#first);
    const size = tf.sqrt(second).add(this.epsilon);
    const rectified = mean.mul(this.#rectification).mul(tf.sqrt(this.#second)).div(size);
    const direction = tf.where(this.#reliable, rectified, mean);
    return this.decay(update.value).sub(direction.mul(this.learningRate));
  }
}

/** Adam that needs no warm-up; the learning rate defaults to `0.001`, `weightDecay` to `0`. */
export function radam(options: AdamOptions = {}): tf.Optimizer {
  return asPure(new RAdam(options));
}
