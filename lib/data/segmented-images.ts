// Images with a class for every pixel.

import * as tf from "@tensorflow/tfjs";
import { displaySymbol, type MimeBundle } from "../plot/display.ts";
import { formatCount } from "./card.ts";
import type { Batch, Examples } from "./examples.ts";
import { type ImageShape, pixelCount, selectRecords, splitIndices, toFloatTensor } from "./images.ts";

interface SegmentedContent {
  images: Uint8Array;
  masks: Uint8Array;
  shape: ImageShape;
  classNames: readonly string[];
}

/** Images and their masks: a split of a segmentation set, or a part of one. */
export class SegmentedImages implements Examples {
  /** Pixels 0 to 255, image after image, each `[height, width, channels]`. */
  readonly images: Uint8Array;
  /** Class of each pixel, image after image, each `[height, width]`. */
  readonly masks: Uint8Array;
  /** Shape of one image: height, width, channels. */
  readonly shape: ImageShape;
  /** Names of the classes; the position is the class number. */
  readonly classNames: readonly string[];

  /**
   * @throws RangeError if images and masks don't fit each other, or a class of a pixel has no name.
   */
  constructor({ images, masks, shape, classNames }: SegmentedContent) {
    const expected = (masks.length * pixelCount(shape)) / (shape[0] * shape[1]);
    if (images.length !== expected || images.length % pixelCount(shape) !== 0) {
      throw new RangeError(
        `${masks.length} mask values need ${expected} pixel values for images of ${shape.join(" × ")}, found ${images.length}.`,
      );
    }
    const wrong = masks.find((label) => label >= classNames.length);
    if (wrong !== undefined) {
      throw new RangeError(
        `A mask holds the class ${wrong}; with ${classNames.length} classes they go from 0 to ${classNames.length - 1}.`,
      );
    }
    this.images = images;
    this.masks = masks;
    this.shape = shape;
    this.classNames = classNames;
  }

  /** Number of images. */
  get size(): number {
    return this.images.length / pixelCount(this.shape);
  }

  /** The images at `indices` as x, float32 `[n, height, width, channels]` in [0, 1], and y, int32 `[n, height, width]`. */
  batch(indices: ArrayLike<number>): Batch {
    const { images, masks, shape, size } = this.select(indices);
    return {
      x: toFloatTensor(images, shape),
      y: tf.tensor3d(Int32Array.from(masks), [size, shape[0], shape[1]], "int32"),
    };
  }

  /** All images and masks as tensors; the caller disposes them. */
  tensors(): Batch {
    return this.batch(Array.from({ length: this.size }, (_, index) => index));
  }

  /**
   * The images at `indices`, in that order.
   *
   * @throws RangeError if there is no such image.
   */
  select(indices: ArrayLike<number>): SegmentedImages {
    const { shape } = this;
    return new SegmentedImages({
      ...this,
      images: selectRecords(this.images, pixelCount(shape), indices),
      masks: selectRecords(this.masks, shape[0] * shape[1], indices),
    });
  }

  /**
   * Split at random into two parts.
   *
   * @param fraction Part that goes into the second result, between 0 and 1.
   * @param options.seed Chooses which images. Defaults to `0`.
   * @throws RangeError if the fraction is not between 0 and 1.
   */
  split(
    fraction: number,
    { seed = 0 }: { seed?: number } = {},
  ): [rest: SegmentedImages, part: SegmentedImages] {
    const [rest, part] = splitIndices(this.size, fraction, seed);
    return [this.select(rest), this.select(part)];
  }

  [displaySymbol](): MimeBundle {
    const { size, shape, classNames } = this;
    const text = `${formatCount(size)} images of ${shape.join(" × ")} with masks of ${classNames.length} classes`;
    return { "text/plain": `SegmentedImages: ${text} (${classNames.join(", ")})` };
  }
}
