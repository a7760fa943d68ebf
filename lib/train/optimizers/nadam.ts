// Nadam (Dozat, 2016): Adam that looks ahead as Nesterov's momentum does.

import * as tf from "@tensorflow/tfjs";
import { AdamLike, type AdamOptions } from "./adam-w.ts";
import { asPure, type Update } from "./optimizer.ts";

export interface NadamOptions extends AdamOptions {
  /** How fast the momentum rises to `beta1`. Defaults to `0.004`. */
  momentumDecay?: number;
}

class Nadam extends AdamLike {
  static readonly className = "NesterovAdam";
  momentumDecay: number;
  #now!: tf.Tensor;
  #next!: tf.Tensor;
  #correction!: tf.Tensor;

  constructor(options: NadamOptions) {
    super(options, { learningRate: 0.002, weightDecay: 0 });
    this.momentumDecay = options.momentumDecay ?? 0.004;
  }

  protected override advance(): void {
    const time = this.clock("time", 0, (value) => value.add(1));
    const now = this.#momentum(time);
    const next = this.#momentum(time.add(1));
    const product = this.clock("product", 1, (value) => value.mul(now));
    this.#now = tf.sub(1, now).div(tf.sub(1, product));
    this.#next = next.div(tf.sub(1, product.mul(next)));
    this.#correction = this.correction("correction", this.beta2);
  }

  protected update(update: Update): tf.Tensor {
    const { first, second } = this.moments(update);
    const size = tf.sqrt(second.div(this.#correction)).add(this.epsilon);
    const direction = update.gradient.mul(this.#now).add(first.mul(this.#next)).div(size);
    return this.decay(update.value).sub(direction.mul(this.learningRate));
  }

  #momentum(time: tf.Tensor): tf.Tensor {
    return tf.sub(1, tf.exp(time.mul(this.momentumDecay * Math.log(0.96))).mul(0.5)).mul(this.beta1);
  }
}

/** Adam with Nesterov's momentum; the learning rate defaults to `0.002`, `weightDecay` to `0`. */
export function nadam(options: NadamOptions = {}): tf.Optimizer {
  return asPure(new Nadam(options));
}
