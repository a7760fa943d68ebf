// Images with a box around every object; pixels are asked for when they are needed, since a set of
// photographs takes ten times as much memory decoded as in its JPEG files.

import * as tf from "@tensorflow/tfjs";
import { displaySymbol, type MimeBundle } from "../plot/display.ts";
import { formatCount } from "./card.ts";
import type { Batch, Examples } from "./examples.ts";
import { type ImageShape, pixelCount, requireIndex, splitIndices, toFloatTensor } from "./images.ts";

/** Left, top, right and bottom edge in pixels from the left upper corner of the image. */
export type PixelBox = readonly [left: number, top: number, right: number, bottom: number];

/** The objects on one image, as `dl.metrics.meanAveragePrecision` takes them. */
export interface ObjectBoxes {
  boxes: PixelBox[];
  /** Class number of each box. */
  labels: number[];
  /** True for objects that need not be found: "difficult" in VOC. */
  ignored: boolean[];
}

interface DetectionContent {
  /** Pixels 0 to 255 of one image, `[height, width, channels]`. */
  pixels: (index: number) => Uint8Array;
  /** The objects on each image. */
  objects: readonly ObjectBoxes[];
  shape: ImageShape;
  classNames: readonly string[];
}

/** Images and the boxes of their objects: a split of a detection set, or a part of one. */
export class DetectionImages implements Examples {
  /** The objects on each image. */
  readonly objects: readonly ObjectBoxes[];
  /** Shape of one image: height, width, channels. */
  readonly shape: ImageShape;
  /** Names of the classes; the position is the class number. */
  readonly classNames: readonly string[];
  readonly #pixels: (index: number) => Uint8Array;
  readonly #most: number;

  /**
   * @param most Rows of a batch's targets. Defaults to the most boxes on one image.
   * @throws RangeError if a class has no name, or a box does not lie on its image.
   */
  constructor({ pixels, objects, shape, classNames }: DetectionContent, most?: number) {
    objects.forEach(({ boxes, labels }, index) => {
      labels.forEach((label, position) => {
        const [left, top, right, bottom] = boxes[position] as PixelBox;
        if (!(label in classNames)) {
          throw new RangeError(
            `Image ${index} has a box of class ${label}; with ${classNames.length} classes they go from 0 to ${classNames.length - 1}.`,
          );
        }
        if (
          !(left >= 0 && top >= 0 && right > left && bottom > top && right <= shape[1] && bottom <= shape[0])
        ) {
          throw new RangeError(
            `Image ${index} has the box [${left}, ${top}, ${right}, ${bottom}] (left, top, right, bottom), ` +
              `which is no area on ${shape[0]} × ${shape[1]} pixels (height × width).`,
          );
        }
      });
    });
    this.objects = objects;
    this.shape = shape;
    this.classNames = classNames;
    this.#pixels = pixels;
    this.#most = most ?? objects.reduce((largest, { labels }) => Math.max(largest, labels.length), 1);
  }

  /** Number of images. */
  get size(): number {
    return this.objects.length;
  }

  /**
   * Pixels 0 to 255 of one image, `[height, width, channels]`.
   *
   * @throws RangeError if there is no such image.
   */
  image(index: number): Uint8Array {
    return this.#pixels(requireIndex(index, this.size));
  }

  /**
   * The images at `indices` as x, float32 `[n, height, width, channels]` in [0, 1], and y, float32 `[n, most, 5]`:
   * left, top, right, bottom (pixels) and class of each box; rows without a box hold −1. `most` is the same for
   * every batch and part of a set.
   */
  batch(indices: ArrayLike<number>): Batch {
    const images = new Uint8Array(indices.length * pixelCount(this.shape));
    const targets = new Float32Array(indices.length * this.#most * 5).fill(-1);
    for (let position = 0; position < indices.length; position++) {
      const index = indices[position] as number;
      images.set(this.image(index), position * pixelCount(this.shape));
      const { boxes, labels } = this.objects[index] as ObjectBoxes;
      boxes.forEach((box, row) => {
        targets.set([...box, labels[row] as number], (position * this.#most + row) * 5);
      });
    }
    return {
      x: toFloatTensor(images, this.shape),
      y: tf.tensor3d(targets, [indices.length, this.#most, 5]),
    };
  }

  /**
   * The images at `indices`, in that order.
   *
   * @throws RangeError if there is no such image.
   */
  select(indices: ArrayLike<number>): DetectionImages {
    const chosen = Array.from(indices, (index) => requireIndex(index, this.size));
    const content = {
      pixels: (position: number) => this.#pixels(chosen[position] as number),
      objects: chosen.map((index) => this.objects[index] as ObjectBoxes),
      shape: this.shape,
      classNames: this.classNames,
    };
    return new DetectionImages(content, this.#most);
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
  ): [rest: DetectionImages, part: DetectionImages] {
    const [rest, part] = splitIndices(this.size, fraction, seed);
    return [this.select(rest), this.select(part)];
  }

  [displaySymbol](): MimeBundle {
    const { size, shape, classNames, objects } = this;
    const boxes = classNames.map((name, label) => {
      const count = objects.reduce(
        (sum, { labels }) => sum + labels.filter((found) => found === label).length,
        0,
      );
      return `${formatCount(count)} ${name}`;
    });
    const text = `${formatCount(size)} images of ${shape.join(" × ")}, boxes: ${boxes.join(", ")}`;
    return { "text/plain": `DetectionImages: ${text}` };
  }
}
