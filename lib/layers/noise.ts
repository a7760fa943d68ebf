// Randomness inside a network: dropout of maps and of whole blocks, and the sampling of a variational autoencoder.

import * as tf from "@tensorflow/tfjs";
import { dropout, randomNormal } from "../backend/index.ts";
import {
  type Call,
  CustomLayer,
  type LayerOptions,
  type OneOrMore,
  registerPureLayer,
  requireRange,
  type Shape,
} from "./custom-layer.ts";

interface RateOptions {
  /** Part that is dropped in training, 0 to 1. */
  rate: number;
}

export type RateLayerOptions = RateOptions & LayerOptions;

/**
 * Dropout of whole maps: neighbouring pixels are so alike that dropping single ones hides little (Tompson et al., 2014).
 *
 * Input and output `[batch, height, width, channels]`. What is kept is divided by 1 − rate.
 */
export class SpatialDropout2D extends CustomLayer<RateOptions> {
  static className = "SpatialDropout2D";

  /** @throws RangeError if rate is not from 0 to 1. */
  constructor(given: RateLayerOptions) {
    super(given, { rate: given.rate });
    requireRange("rate", given.rate, 0, 1);
  }

  protected override compute([x]: [tf.Tensor], { training }: Call): tf.Tensor {
    const [batch, , , channels] = x.shape as [number, number, number, number];
    return training ? dropout(x, this.options.rate, { noiseShape: [batch, 1, 1, channels] }) : tf.clone(x);
  }
}
registerPureLayer(SpatialDropout2D);

/**
 * Drops its input for some examples, to be put at the end of a residual branch: training sees shallower networks
 * (Huang et al., 2016, Deep Networks with Stochastic Depth).
 *
 * Input and output of any shape `[batch, …]`. What is kept is divided by 1 − rate.
 */
export class StochasticDepth extends CustomLayer<RateOptions> {
  static className = "StochasticDepth";

  /** @throws RangeError if rate is not from 0 to 1. */
  constructor(given: RateLayerOptions) {
    super(given, { rate: given.rate });
    requireRange("rate", given.rate, 0, 1);
  }

  protected override compute([x]: [tf.Tensor], { training }: Call): tf.Tensor {
    const noiseShape = x.shape.map((size, axis) => (axis === 0 ? size : 1));
    return training ? dropout(x, this.options.rate, { noiseShape }) : tf.clone(x);
  }
}
registerPureLayer(StochasticDepth);

/**
 * Draws mean + exp(logVariance / 2) · ε with ε normal, through which gradients reach both
 * (Kingma and Welling, 2013, the reparameterization trick). Without training it gives the mean.
 *
 * Inputs: mean and logarithm of the variance, each `[batch, …]`; output of the same shape.
 */
export class Reparameterize extends CustomLayer<object> {
  static className = "Reparameterize";

  constructor(given: LayerOptions = {}) {
    super(given, {});
  }

  override computeOutputShape(inputShape: OneOrMore<Shape>): Shape {
    return inputShape[0] as Shape;
  }

  protected override compute([mean, logVariance]: [tf.Tensor, tf.Tensor], { training }: Call): tf.Tensor {
    if (!training) return tf.clone(mean);
    const noise = randomNormal(mean.shape);
    return tf.add(mean, tf.mul(tf.exp(tf.div(logVariance, 2)), noise));
  }
}
registerPureLayer(Reparameterize);
