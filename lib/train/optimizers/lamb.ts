// LAMB (You et al., 2020): Adam whose step is as long as a part of each layer's weights, for very large batches.

import * as tf from "@tensorflow/tfjs";
import { AdamLike, type AdamOptions } from "./adam-w.ts";
import { asPure, type Update } from "./optimizer.ts";

class Lamb extends AdamLike {
  static readonly className = "LAMB";
  #first!: tf.Tensor;
  #second!: tf.Tensor;

  constructor(options: AdamOptions) {
    super({ epsilon: 1e-6, ...options }, { learningRate: 0.001, weightDecay: 0.01 });
  }

  protected override advance(): void {
    this.#first = this.correction("correction1", this.beta1);
    this.#second = this.correction("correction2", this.beta2);
  }

  protected update(update: Update): tf.Tensor {
    const { value } = update;
    const { first, second } = this.moments(update);
    const size = tf.sqrt(second.div(this.#second)).add(this.epsilon);
    const decayed = this.decayed === "all" || value.rank > 1 ? this.weightDecay : 0;
    const direction = first.div(this.#first).div(size).add(value.mul(decayed));
    const [weights, step] = [tf.norm(value), tf.norm(direction)];
    const both = tf.logicalAnd(tf.greater(weights, 0), tf.greater(step, 0));
    const ratio = tf.where(both, weights.div(tf.maximum(step, 1e-30)), tf.onesLike(weights));
    return value.sub(direction.mul(ratio).mul(this.learningRate));
  }
}

/** Adam with steps scaled to each weight tensor's length; `epsilon` defaults to `1e-6`, `weightDecay` to `0.01`. */
export function lamb(options: AdamOptions = {}): tf.Optimizer {
  return asPure(new Lamb(options));
}
