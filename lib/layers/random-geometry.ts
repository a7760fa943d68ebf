// Random moves of images: each output pixel is taken from elsewhere in its image, by a matrix for each image.

import * as tf from "@tensorflow/tfjs";
import {
  type LayerOptions,
  type OneOrMore,
  onlyShape,
  registerPureLayer,
  requireCount,
  type Shape,
} from "./custom-layer.ts";
import { RandomImageLayer, type SeedOptions } from "./random-image.ts";

/** A part, drawn from −value … value, or a range of its own. */
type Factor = number | readonly [low: number, high: number];

interface FillOptions extends SeedOptions {
  /** What comes in from outside: the image mirrored, repeated, its border, or 0. Defaults to `"reflect"`. */
  fillMode?: "reflect" | "wrap" | "nearest" | "constant";
}

/**
 * Rows a and b of the map from an output pixel (x, y) to the one it is taken from, from the centre of the image:
 * (ax·x + ay·y + a0, bx·x + by·y + b0).
 */
interface AffineMap {
  x: readonly [ax: number, ay: number, a0: number];
  y: readonly [bx: number, by: number, b0: number];
}

abstract class RandomAffine<Options extends FillOptions> extends RandomImageLayer<Options> {
  /** Draw the map of one image. */
  protected abstract draw(height: number, width: number): AffineMap;

  protected override change(images: tf.Tensor4D): tf.Tensor {
    const [batch, height, width] = images.shape;
    const [centreY, centreX] = [(height - 1) / 2, (width - 1) / 2];
    const rows = Array.from({ length: batch }, () => {
      const { x, y } = this.draw(height, width);
      const offset = ([toX, toY, constant]: AffineMap["x"], centre: number) =>
        constant + centre - toX * centreX - toY * centreY;
      return [x[0], x[1], offset(x, centreX), y[0], y[1], offset(y, centreY), 0, 0];
    });
    return tf.image.transform(images, tf.tensor2d(rows), "bilinear", this.options.fillMode ?? "reflect");
  }
}

interface RotationOptions extends FillOptions {
  /** Angle as part of a full turn: 0.1 stands for −36° to 36°. */
  factor: Factor;
}

export type RandomRotationOptions = RotationOptions & LayerOptions;

/** Turns each image around its centre by a random angle. */
export class RandomRotation extends RandomAffine<RotationOptions> {
  static className = "RandomRotation";

  constructor(given: RandomRotationOptions) {
    super(given, pick(given, ["factor", "fillMode", "seed"]));
  }

  protected override draw(): AffineMap {
    const angle = 2 * Math.PI * this.between(...rangeOf(this.options.factor));
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    return { x: [cos, -sin, 0], y: [sin, cos, 0] };
  }
}
registerPureLayer(RandomRotation);

interface ZoomOptions extends FillOptions {
  /** Part by which the visible height grows: 0.2 stands for −20 % (nearer) to +20 % (farther). */
  heightFactor: Factor;
  /** The same for the width. Defaults to the height's own draw, which keeps proportions. */
  widthFactor?: Factor;
}

export type RandomZoomOptions = ZoomOptions & LayerOptions;

/** Enlarges or shrinks each image around its centre. */
export class RandomZoom extends RandomAffine<ZoomOptions> {
  static className = "RandomZoom";

  constructor(given: RandomZoomOptions) {
    super(given, pick(given, ["heightFactor", "widthFactor", "fillMode", "seed"]));
  }

  protected override draw(): AffineMap {
    const { heightFactor, widthFactor } = this.options;
    const high = 1 + this.between(...rangeOf(heightFactor));
    const wide = widthFactor === undefined ? high : 1 + this.between(...rangeOf(widthFactor));
    return { x: [wide, 0, 0], y: [0, high, 0] };
  }
}
registerPureLayer(RandomZoom);

interface TranslationOptions extends FillOptions {
  /** Shift downwards as part of the height: 0.1 stands for −10 % to 10 %. */
  heightFactor: Factor;
  /** Shift to the right as part of the width. */
  widthFactor: Factor;
}

export type RandomTranslationOptions = TranslationOptions & LayerOptions;

/** Shifts each image. */
export class RandomTranslation extends RandomAffine<TranslationOptions> {
  static className = "RandomTranslation";

  constructor(given: RandomTranslationOptions) {
    super(given, pick(given, ["heightFactor", "widthFactor", "fillMode", "seed"]));
  }

  protected override draw(height: number, width: number): AffineMap {
    const down = height * this.between(...rangeOf(this.options.heightFactor));
    const right = width * this.between(...rangeOf(this.options.widthFactor));
    return { x: [1, 0, -right], y: [0, 1, -down] };
  }
}
registerPureLayer(RandomTranslation);

interface FlipOptions extends SeedOptions {
  /** Defaults to `"horizontal"`. */
  mode?: "horizontal" | "vertical" | "both";
}

export type RandomFlipOptions = FlipOptions & LayerOptions;

/** Mirrors half of the images, for each direction of its own. */
export class RandomFlip extends RandomImageLayer<FlipOptions> {
  static className = "RandomFlip";

  constructor(given: RandomFlipOptions = {}) {
    super(given, { mode: given.mode ?? "horizontal", seed: given.seed });
  }

  protected override change(images: tf.Tensor4D): tf.Tensor {
    const { mode } = this.options;
    const flip = (x: tf.Tensor, axis: number) => {
      const chosen = Array.from({ length: images.shape[0] }, () => (this.between(0, 1) < 0.5 ? 1 : 0));
      const factor = tf.tensor4d(chosen, [chosen.length, 1, 1, 1]);
      return tf.add(tf.mul(tf.reverse(x, axis), factor), tf.mul(x, tf.sub(1, factor)));
    };
    const sideways = mode === "vertical" ? images : flip(images, 2);
    return mode === "horizontal" ? sideways : flip(sideways, 1);
  }
}
registerPureLayer(RandomFlip);

interface CropOptions extends SeedOptions {
  /** Pixels. */
  height: number;
  /** Pixels. */
  width: number;
}

export type RandomCropOptions = CropOptions & LayerOptions;

/** Cuts a part of the given size from a random place; from the middle where nothing is trained. */
export class RandomCrop extends RandomImageLayer<CropOptions> {
  static className = "RandomCrop";

  /** @throws RangeError if height or width is no whole number from 1 on. */
  constructor(given: RandomCropOptions) {
    super(given, pick(given, ["height", "width", "seed"]));
    requireCount("height", given.height);
    requireCount("width", given.width);
  }

  /** @throws RangeError if the images are smaller than the crop. */
  override build(inputShape: OneOrMore<Shape>): void {
    const [, height, width] = onlyShape(inputShape);
    const { options } = this;
    if ((height ?? Infinity) < options.height || (width ?? Infinity) < options.width) {
      throw new RangeError(
        `The layer "${this.name}" cuts ${options.height} × ${options.width} from images of ${height} × ${width}; they must be as large at least.`,
      );
    }
    this.built = true;
  }

  override computeOutputShape(inputShape: OneOrMore<Shape>): Shape {
    const shape = onlyShape(inputShape);
    return [shape[0] ?? null, this.options.height, this.options.width, shape[3] ?? null];
  }

  protected override change(images: tf.Tensor4D): tf.Tensor {
    const [batch, height, width] = images.shape;
    const upTo = (room: number) => Math.floor(this.between(0, room + 1));
    const parts = Array.from({ length: batch }, (_, index) =>
      this.#cut(images, index, 1, upTo(height - this.options.height), upTo(width - this.options.width)),
    );
    return tf.concat(parts, 0);
  }

  protected override unchanged(images: tf.Tensor4D): tf.Tensor {
    const [batch, height, width] = images.shape;
    const half = (room: number) => Math.floor(room / 2);
    return this.#cut(images, 0, batch, half(height - this.options.height), half(width - this.options.width));
  }

  #cut(images: tf.Tensor4D, first: number, count: number, top: number, left: number): tf.Tensor {
    const { height, width } = this.options;
    return tf.slice(images, [first, top, left, 0], [count, height, width, images.shape[3]]);
  }
}
registerPureLayer(RandomCrop);

function rangeOf(factor: Factor): readonly [number, number] {
  return typeof factor === "number" ? [-factor, factor] : factor;
}

function pick<Options extends object, Key extends keyof Options>(
  given: Options,
  keys: Key[],
): Pick<Options, Key> {
  return Object.fromEntries(keys.map((key) => [key, given[key]])) as Pick<Options, Key>;
}
