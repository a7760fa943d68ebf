// Pairs of a damaged image and the clear one that it is to become, read when they are needed: 1,000 pairs of
// photographs take half a gigabyte decoded.

import { displaySymbol, type MimeBundle } from "../plot/display.ts";
import { formatCount } from "./card.ts";
import type { Batch, Examples } from "./examples.ts";
import { type ImageShape, pixelCount, requireIndex, splitIndices, toFloatTensor } from "./images.ts";

/** Pixels 0 to 255 of both images of a pair, each `[height, width, channels]`. */
export interface ImagePair {
  input: Uint8Array;
  target: Uint8Array;
}

interface PairedContent {
  read: (index: number) => ImagePair;
  size: number;
  shape: ImageShape;
}

/** Images with an image as target each: a split of a data set, or a part of one. */
export class PairedImages implements Examples {
  /** Number of pairs. */
  readonly size: number;
  /** Shape of one image: height, width, channels. */
  readonly shape: ImageShape;
  readonly #read: (index: number) => ImagePair;

  constructor({ read, size, shape }: PairedContent) {
    this.size = size;
    this.shape = shape;
    this.#read = read;
  }

  /**
   * Both images of one pair.
   *
   * @throws RangeError if there is no such pair; Error if a file is damaged.
   */
  pair(index: number): ImagePair {
    return this.#read(requireIndex(index, this.size, "pair"));
  }

  /** The pairs at `indices` as x and y, both float32 `[n, height, width, channels]` in [0, 1]. */
  batch(indices: ArrayLike<number>): Batch {
    const pixels = pixelCount(this.shape);
    const inputs = new Uint8Array(indices.length * pixels);
    const targets = new Uint8Array(inputs.length);
    Array.from(indices).forEach((index, position) => {
      const { input, target } = this.pair(index);
      inputs.set(input, position * pixels);
      targets.set(target, position * pixels);
    });
    return { x: toFloatTensor(inputs, this.shape), y: toFloatTensor(targets, this.shape) };
  }

  /**
   * The pairs at `indices`, in that order.
   *
   * @throws RangeError if there is no such pair.
   */
  select(indices: ArrayLike<number>): PairedImages {
    const chosen = Array.from(indices, (index) => requireIndex(index, this.size, "pair"));
    const read = (position: number) => this.#read(chosen[position] as number);
    return new PairedImages({ read, size: chosen.length, shape: this.shape });
  }

  /**
   * Split at random into two parts.
   *
   * @param fraction Part that goes into the second result, between 0 and 1.
   * @param options.seed Chooses which pairs. Defaults to `0`.
   * @throws RangeError if the fraction is not between 0 and 1.
   */
  split(fraction: number, { seed = 0 }: { seed?: number } = {}): [rest: PairedImages, part: PairedImages] {
    const [rest, part] = splitIndices(this.size, fraction, seed);
    return [this.select(rest), this.select(part)];
  }

  [displaySymbol](): MimeBundle {
    return { "text/plain": `PairedImages: ${formatCount(this.size)} pairs of ${this.shape.join(" × ")}` };
  }
}
