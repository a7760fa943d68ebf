// Images with class labels, kept as the bytes they were published in; float tensors are made on demand,
// so that 60,000 images take 47 MB instead of 188 MB.

import * as tf from "@tensorflow/tfjs";
import { displaySymbol, type MimeBundle } from "../plot/display.ts";
import { formatCount } from "./card.ts";
import type { Batch, Examples } from "./examples.ts";
import { type ImageShape, pixelCount, selectRecords, toFloatTensor } from "./images.ts";
import { type RandomSource, random } from "./random.ts";

/** Grey or colour images with one class each: a split of a data set, or a part of one. */
export class LabelledImages implements Examples {
  /** Pixels 0 to 255, image after image, each `[height, width, channels]`. */
  readonly images: Uint8Array;
  /** Class number of each image, from 0. */
  readonly labels: Uint8Array;
  /** Shape of one image: height, width, channels. */
  readonly shape: ImageShape;
  /** Names of the classes; the position is the class number. */
  readonly classNames: readonly string[];

  /**
   * @throws RangeError if the number of pixels does not fit the number of labels, or a label has no class name.
   */
  constructor(content: {
    images: Uint8Array;
    labels: Uint8Array;
    shape: ImageShape;
    classNames: readonly string[];
  }) {
    const { images, labels, shape, classNames } = content;
    const expected = labels.length * pixelCount(shape);
    if (images.length !== expected) {
      throw new RangeError(
        `${labels.length} labels need ${expected} pixel values for images of ${shape.join(" × ")}, found ${images.length}.`,
      );
    }
    const wrong = labels.findIndex((label) => label >= classNames.length);
    if (wrong >= 0) {
      throw new RangeError(
        `Label ${wrong} is ${labels[wrong]}; with ${classNames.length} classes labels go from 0 to ${classNames.length - 1}.`,
      );
    }
    this.images = images;
    this.labels = labels;
    this.shape = shape;
    this.classNames = classNames;
  }

  /** Number of images. */
  get size(): number {
    return this.labels.length;
  }

  /** The images at `indices` as x, float32 `[n, height, width, channels]` in [0, 1], and y, int32 `[n]`. */
  batch(indices: ArrayLike<number>): Batch {
    const { images, labels } = this.select(indices);
    return {
      x: toFloatTensor(images, this.shape),
      y: tf.tensor1d(Int32Array.from(labels), "int32"),
    };
  }

  /** All images as x, float32 `[n, height, width, channels]` in [0, 1], and y, int32 `[n]`; the caller disposes them. */
  tensors(): Batch {
    return this.batch(this.#range(0, this.size));
  }

  /**
   * The images at `indices`, in that order.
   *
   * @throws RangeError if an index is not a whole number from 0 to size − 1.
   */
  select(indices: ArrayLike<number>): LabelledImages {
    const images = selectRecords(this.images, pixelCount(this.shape), indices);
    const labels = selectRecords(this.labels, 1, indices);
    return new LabelledImages({ images, labels, shape: this.shape, classNames: this.classNames });
  }

  /**
   * The first `count` images of every class, in the order of the set.
   *
   * @throws RangeError if a class has fewer.
   */
  perClass(count: number): LabelledImages {
    const chosen: number[] = [];
    const taken = this.classNames.map(() => 0);
    this.labels.forEach((label, index) => {
      const before = taken[label] as number;
      if (before >= count) return;
      taken[label] = before + 1;
      chosen.push(index);
    });
    const short = taken.findIndex((found) => found < count);
    if (short >= 0) {
      throw new RangeError(
        `Class "${this.classNames[short]}" has ${taken[short]} images, ${count} were asked for.`,
      );
    }
    return this.select(chosen);
  }

  /**
   * Split at random into two parts that hold every class in the same proportion.
   *
   * @param fraction Part of each class that goes into the second result, between 0 and 1.
   * @param options.seed Chooses which images. Defaults to `0`.
   * @returns `[rest, part]`, each in the order of the set.
   * @throws RangeError if the fraction is not between 0 and 1.
   */
  split(
    fraction: number,
    { seed = 0 }: { seed?: number } = {},
  ): [rest: LabelledImages, part: LabelledImages] {
    if (!(fraction > 0 && fraction < 1)) {
      throw new RangeError(`fraction is ${fraction}; it must lie between 0 and 1, such as 0.2 for a fifth.`);
    }
    const part = this.#stratified((available) => Math.round(available * fraction), random(seed));
    const rest = this.#range(0, this.size).filter((index) => !part.has(index));
    return [this.select(rest), this.select([...part].sort((a, b) => a - b))];
  }

  /**
   * Drawn at random, `count` images with every class in the same proportion as in this set (± 1 image).
   *
   * @throws RangeError if there are fewer images, or `count` is not a whole number above 0.
   */
  limit(count: number, { seed = 0 }: { seed?: number } = {}): LabelledImages {
    if (!(Number.isInteger(count) && count > 0 && count <= this.size)) {
      throw new RangeError(
        `${count} images were asked for; a whole number from 1 to ${this.size} is possible.`,
      );
    }
    if (count === this.size) return this;
    const source = random(seed);
    const drawn = this.#stratified((available) => Math.ceil((available * count) / this.size), source);
    // Rounding up gives at most one image too many of each class; the surplus goes at random.
    const kept = [...drawn];
    const order = source.permutation(kept.length).subarray(0, count);
    return this.select([...order].map((position) => kept[position] as number).sort((a, b) => a - b));
  }

  [displaySymbol](): MimeBundle {
    const text =
      `LabelledImages: ${formatCount(this.size)} images of ${this.shape.join(" × ")}, ` +
      `${this.classNames.length} classes (${this.classNames.join(", ")})`;
    return { "text/plain": text };
  }

  #range(start: number, end: number): number[] {
    return Array.from({ length: end - start }, (_, offset) => start + offset);
  }

  #stratified(count: (available: number) => number, source: RandomSource): Set<number> {
    const members: number[][] = this.classNames.map(() => []);
    this.labels.forEach((label, index) => {
      members[label]?.push(index);
    });
    return new Set(
      members.flatMap((indices) => {
        const order = source.permutation(indices.length).subarray(0, count(indices.length));
        return [...order].map((position) => indices[position] as number);
      }),
    );
  }
}
