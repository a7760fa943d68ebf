// Normalizations that do not depend on the rest of the batch, and so work with few examples at once.

import * as tf from "@tensorflow/tfjs";
import {
  CustomLayer,
  fixedSize,
  type LayerOptions,
  type OneOrMore,
  ones,
  onlyShape,
  registerPureLayer,
  requireCount,
  type Shape,
  zeros,
} from "./custom-layer.ts";

interface GroupOptions {
  /** Groups of channels that are normalized together; `-1` for one a channel. Defaults to `32`. */
  groups?: number;
  /** Added to the variance. Defaults to `1e-3`, as in Keras (PyTorch has `1e-5`). */
  epsilon?: number;
  /** Learn a factor for each channel. Defaults to `true`. */
  scale?: boolean;
  /** Learn an offset for each channel. Defaults to `true`. */
  center?: boolean;
}

export type GroupNormalizationOptions = GroupOptions & LayerOptions;
export type InstanceNormalizationOptions = Omit<GroupOptions, "groups"> & LayerOptions;

/**
 * Group normalization: mean 0 and variance 1 over places and the channels of a group, for each example (Wu and He, 2018).
 *
 * Input and output `[batch, …, channels]`. Weights: gamma and beta, `[channels]`.
 */
export class GroupNormalization extends CustomLayer<GroupOptions> {
  static className = "GroupNormalization";
  #gamma?: { read(): tf.Tensor };
  #beta?: { read(): tf.Tensor };

  /** @throws RangeError if groups is neither -1 nor a whole number from 1 on. */
  constructor(given: GroupNormalizationOptions = {}) {
    const { groups = 32, epsilon = 1e-3, scale = true, center = true } = given;
    super(given, { groups, epsilon, scale, center });
    if (groups !== -1) requireCount("groups", groups);
  }

  /** @throws RangeError if the channels can't be divided into the groups. */
  override build(inputShape: OneOrMore<Shape>): void {
    const channels = fixedSize(this, onlyShape(inputShape), -1);
    const groups = this.options.groups as number;
    if (groups !== -1 && channels % groups !== 0) {
      throw new RangeError(
        `The layer "${this.name}" divides ${channels} channels into ${groups} groups, which leaves a rest; ` +
          "take a number of groups that divides the channels.",
      );
    }
    if (this.options.scale) this.#gamma = this.weight("gamma", [channels], ones());
    if (this.options.center) this.#beta = this.weight("beta", [channels], zeros());
    this.built = true;
  }

  protected override compute([x]: [tf.Tensor]): tf.Tensor {
    const channels = x.shape.at(-1) as number;
    const groups = this.options.groups === -1 ? channels : (this.options.groups as number);
    const grouped = tf.reshape(x, [x.shape[0] as number, -1, groups, channels / groups]);
    const { mean, variance } = tf.moments(grouped, [1, 3], true);
    const normal = tf.mul(tf.sub(grouped, mean), tf.rsqrt(tf.add(variance, this.options.epsilon as number)));
    const scaled = this.#gamma
      ? tf.mul(tf.reshape(normal, x.shape), this.#gamma.read())
      : tf.reshape(normal, x.shape);
    return this.#beta ? tf.add(scaled, this.#beta.read()) : scaled;
  }
}
registerPureLayer(GroupNormalization);

interface RmsOptions {
  /** Added to the mean of the squares. Defaults to `1e-6`. */
  epsilon?: number;
}

export type RmsNormalizationOptions = RmsOptions & LayerOptions;

/**
 * Division by the root of the mean square over the last axis, and a learned factor (Zhang and Sennrich, 2019).
 *
 * Input and output `[batch, …, features]`. Weight: scale, `[features]`.
 */
export class RMSNormalization extends CustomLayer<RmsOptions> {
  static className = "RMSNormalization";
  #scale?: { read(): tf.Tensor };

  constructor(given: RmsNormalizationOptions = {}) {
    super(given, { epsilon: given.epsilon ?? 1e-6 });
  }

  override build(inputShape: OneOrMore<Shape>): void {
    this.#scale = this.weight("scale", [fixedSize(this, onlyShape(inputShape), -1)], ones());
    this.built = true;
  }

  protected override compute([x]: [tf.Tensor]): tf.Tensor {
    const meanSquare = tf.mean(tf.square(x), -1, true);
    const normal = tf.mul(x, tf.rsqrt(tf.add(meanSquare, this.options.epsilon as number)));
    return tf.mul(normal, this.#scale!.read());
  }
}
registerPureLayer(RMSNormalization);

interface L2Options {
  /** Vectors shorter than its root are divided by that. Defaults to `1e-12`. */
  epsilon?: number;
}

export type L2NormalizationOptions = L2Options & LayerOptions;

/** Vectors along the last axis scaled to length 1, as embeddings that are compared by their angle are. */
export class L2Normalization extends CustomLayer<L2Options> {
  static className = "L2Normalization";

  constructor(given: L2NormalizationOptions = {}) {
    super(given, { epsilon: given.epsilon ?? 1e-12 });
  }

  protected override compute([x]: [tf.Tensor]): tf.Tensor {
    const square = tf.sum(tf.square(x), -1, true);
    return tf.mul(x, tf.rsqrt(tf.maximum(square, this.options.epsilon as number)));
  }
}
registerPureLayer(L2Normalization);
