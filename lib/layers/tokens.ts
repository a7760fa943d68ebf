// What a transformer adds to its steps: where they are, and a first step that stands for the whole.

import * as tf from "@tensorflow/tfjs";
import {
  CustomLayer,
  fixedSize,
  type LayerOptions,
  type OneOrMore,
  onlyShape,
  registerPureLayer,
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
registerPureLayer(PositionalEncoding);

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
registerPureLayer(ClassToken);

interface StepOptions {
  /** Number of the step, from 0; negative ones count from the end. */
  step: number;
}

export type SelectStepOptions = StepOptions & LayerOptions;

/** One step of a sequence: input `[batch, steps, features]`, output `[batch, features]`. */
export class SelectStep extends CustomLayer<StepOptions> {
  static className = "SelectStep";

  constructor(given: SelectStepOptions) {
    super(given, { step: given.step });
    this.supportsMasking = false;
  }

  override computeOutputShape(inputShape: OneOrMore<Shape>): Shape {
    const [batch = null, , features = null] = onlyShape(inputShape);
    return [batch, features];
  }

  protected override compute([x]: [tf.Tensor]): tf.Tensor {
    const { step } = this.options;
    const [batch, steps, features] = x.shape as [number, number, number];
    const at = step < 0 ? steps + step : step;
    return tf.reshape(tf.slice(x, [0, at, 0], [batch, 1, features]), [batch, features]);
  }
}
registerPureLayer(SelectStep);

interface EmbeddingOptions {
  /** Size of the vector, an even number. */
  features: number;
}

export type SinusoidalEmbeddingOptions = EmbeddingOptions & LayerOptions;

/**
 * Numbers, such as the time of a diffusion, as sines and cosines of frequencies from 1 to 1/10000 (Ho et al., 2020).
 *
 * Input `[batch, 1]`, output `[batch, features]`: the sines, then the cosines.
 */
export class SinusoidalEmbedding extends CustomLayer<EmbeddingOptions> {
  static className = "SinusoidalEmbedding";

  /** @throws RangeError if features is odd or below 4. */
  constructor(given: SinusoidalEmbeddingOptions) {
    super(given, { features: given.features });
    if (given.features % 2 === 0 && given.features >= 4) return;
    throw new RangeError(`features is ${given.features}; it must be an even number of at least 4.`);
  }

  override computeOutputShape(inputShape: OneOrMore<Shape>): Shape {
    return [onlyShape(inputShape)[0] ?? null, this.options.features];
  }

  protected override compute([x]: [tf.Tensor]): tf.Tensor {
    const half = this.options.features / 2;
    const frequencies = Array.from({ length: half }, (_, index) => 10000 ** (-index / (half - 1)));
    const angles = tf.mul(x, tf.tensor2d([frequencies]));
    return tf.concat([tf.sin(angles), tf.cos(angles)], 1);
  }
}
registerPureLayer(SinusoidalEmbedding);
