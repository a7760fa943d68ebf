// What every layer of the library has in common: options that are saved with the model, memory that is freed,
// and whether it is being trained.

import * as tf from "@tensorflow/tfjs";

/** What any layer takes: `name`, `trainable`, `inputShape`, … */
export type LayerOptions = NonNullable<ConstructorParameters<typeof tf.layers.Layer>[0]>;

export type Shape = (number | null)[];

/** Tensor, shape or mask of a layer with one input; tfjs passes some as lists of one. */
export type OneOrMore<T> = T | T[];

type Initializer = ReturnType<typeof tf.initializers.zeros>;

/** How a layer is called. */
export interface Call {
  /** Being trained rather than used. */
  training: boolean;
  /** Masks of the inputs, `[batch, steps]` each; undefined where an input has none. */
  masks: (tf.Tensor | undefined)[];
}

/** A layer that is given by what it computes; subclasses have a static `className` and are registered. */
export abstract class CustomLayer<Options extends object> extends tf.layers.Layer {
  protected readonly options: Options;

  constructor(given: LayerOptions, options: Options) {
    super(given);
    // tfjs writes undefined into files as null.
    this.options = Object.fromEntries(
      Object.entries(options).filter(([, value]) => value !== undefined),
    ) as Options;
    this.supportsMasking = true;
  }

  /** What the layer does; intermediate tensors are freed. */
  protected abstract compute(inputs: tf.Tensor[], call: Call): tf.Tensor | tf.Tensor[];

  override call(inputs: OneOrMore<tf.Tensor>, kwargs: Record<string, unknown>): OneOrMore<tf.Tensor> {
    return tf.tidy(() => {
      this.invokeCallHook(inputs, kwargs);
      const masks = [kwargs.mask ?? []].flat() as (tf.Tensor | undefined)[];
      return this.compute([inputs].flat(), { training: Boolean(kwargs.training), masks });
    });
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), ...this.options } as tf.serialization.ConfigDict;
  }

  /** A weight by its Keras name for the initializer. */
  protected weight(name: string, shape: number[], initializer: Initializer): { read(): tf.Tensor } {
    return this.addWeight(name, shape, "float32", initializer);
  }
}

type LayerClass = tf.serialization.SerializableConstructor<tf.layers.Layer>;

const pure = new Set<unknown>();

/** Register a layer, so that models with it can be loaded, as one that depends on nothing but its options and weights. */
export function registerPureLayer<Class extends LayerClass>(layer: Class): void {
  tf.serialization.registerClass(layer);
  pure.add(layer);
}

/** Whether a class is a layer of the library whose outputs depend on nothing but its options and weights. */
export function isPureLayer(layer: unknown): boolean {
  return pure.has(layer);
}

export const ones = (): Initializer => tf.initializers.ones();
export const zeros = (): Initializer => tf.initializers.zeros();
export const glorotUniform = (): Initializer => tf.initializers.glorotUniform({});

/** The shape of a layer's only input. */
export function onlyShape(shape: OneOrMore<Shape>): Shape {
  return (Array.isArray(shape[0]) ? shape[0] : shape) as Shape;
}

/**
 * @throws RangeError if the axis has no fixed size.
 */
export function fixedSize(layer: tf.layers.Layer, shape: Shape, axis: number): number {
  const size = shape.at(axis);
  if (typeof size === "number") return size;
  throw new RangeError(
    `The layer "${layer.name}" got the input shape [${shape.map((each) => each ?? "any")}]; ` +
      `the size of axis ${axis} has to be known.`,
  );
}

/**
 * @throws RangeError if `value` is not in the range.
 */
export function requireRange(name: string, value: number, low: number, high: number): void {
  if (value >= low && value <= high) return;
  throw new RangeError(`${name} is ${value}; it must be from ${low} to ${high}.`);
}

/**
 * @throws RangeError if `value` is not a whole number of at least 1.
 */
export function requireCount(name: string, value: number): void {
  if (Number.isInteger(value) && value > 0) return;
  throw new RangeError(`${name} is ${value}; it must be a whole number of at least 1.`);
}
