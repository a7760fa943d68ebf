// What a transformer adds to its steps: where they are, and a first step that stands for the whole.

import * as tf from "@tensorflow/tfjs";
import {
  CustomLayer,
  fixedSize,
  type LayerOptions,
  type OneOrMore,
  onlyShape,
  type Shape,
} from "./custom-layer.ts";

interface PositionOptions {
  /** Learn the vectors rather than take sines and cosines. Defaults to `false`. */
  learned?: boolean;
}

export type PositionalEncodingOptions = PositionOptions & LayerOptions;

/**
 * Adds to each step a vector that tells its position: sin(p/10000^(2i/features)) in the even features and the cosine
 * of the same in the odd ones (Vaswani et al., 2017), or learned vectors.
 *
 * Input and output `[batch, steps, features]`; learned vectors need a fixed number of steps. Weight if learned:
 * positions, `[steps, features]`.
 */
export class PositionalEncoding extends CustomLayer<PositionOptions> {
  static className = "PositionalEncoding";
  #positions?: { read(): tf.Tensor };

  constructor(given: PositionalEncodingOptions = {}) {
    super(given, { learned: given.learned ?? false });
  }

  override build(inputShape: OneOrMore<Shape>): void {
    const shape = onlyShape(inputShape);
    if (this.options.learned) {
      const size = [fixedSize(this, shape, 1), fixedSize(this, shape, 2)];
      this.#positions = this.weight("positions", size, tf.initializers.randomNormal({ stddev: 0.02 }));
    }
    this.built = true;
  }

  protected override compute([x]: [tf.Tensor]): tf.Tensor {
    const [, steps, features] = x.shape as [number, number, number];
    return tf.add(x, this.#positions ? this.#positions.read() : sinusoids(steps, features));
  }
}
tf.serialization.registerClass(PositionalEncoding);

function sinusoids(steps: number, features: number): tf.Tensor {
  const values = Float32Array.from({ length: steps * features }, (_, index) => {
    const feature = index % features;
    const angle = Math.floor(index / features) / 10000 ** ((feature - (feature % 2)) / features);
    return feature % 2 === 0 ? Math.sin(angle) : Math.cos(angle);
  });
  return tf.tensor2d(values, [steps, features]);
}

/**
 * Puts a learned first step before the others, whose output stands for the whole sequence
 * (Devlin et al., 2018; Dosovitskiy et al., 2020).
 *
 * Input `[batch, steps, features]`, output `[batch, steps + 1, features]`. Weight: token, `[1, 1, features]`.
 */
export class ClassToken extends CustomLayer<object> {
  static className = "ClassToken";
  #token?: { read(): tf.Tensor };

  constructor(given: LayerOptions = {}) {
    super(given, {});
    // A mask has no entry for the new step.
    this.supportsMasking = false;
  }

  override build(inputShape: OneOrMore<Shape>): void {
    const features = fixedSize(this, onlyShape(inputShape), 2);
    this.#token = this.weight("token", [1, 1, features], tf.initializers.randomNormal({ stddev: 0.02 }));
    this.built = true;
  }

  override computeOutputShape(inputShape: OneOrMore<Shape>): Shape {
    const [batch = null, steps, features = null] = onlyShape(inputShape);
    return [batch, typeof steps === "number" ? steps + 1 : null, features];
  }

  protected override compute([x]: [tf.Tensor]): tf.Tensor {
    return tf.concat([tf.tile(this.#token!.read(), [x.shape[0] as number, 1, 1]), x], 1);
  }
}
tf.serialization.registerClass(ClassToken);
