// Small random changes of an image before the network sees it: what survives them is a shape and not a trick.

import * as tf from "@tensorflow/tfjs";
import type { RandomSource } from "../../data/random.ts";

/** A random change of images `[n, height, width, channels]`, all by the same draw. */
export type Transform = (images: tf.Tensor4D, source: RandomSource) => tf.Tensor4D;

/**
 * Put a border around.
 *
 * @param options.value Colour of the border. Defaults to `0.5`.
 */
export function pad(pixels: number, { value = 0.5 }: { value?: number } = {}): Transform {
  const border: [number, number] = [pixels, pixels];
  return (images) => tf.pad4d(images, [[0, 0], border, border, [0, 0]], value);
}

/** Cut off up to `pixels` at the sides; the image gets smaller by that much. */
export function jitter(pixels: number): Transform {
  return (images, source) => {
    const [count, height, width, channels] = images.shape;
    if (pixels >= Math.min(height, width)) {
      throw new RangeError(`A jitter of ${pixels} pixels leaves nothing of images of ${height} × ${width}.`);
    }
    const [top, left] = [source.integer(pixels + 1), source.integer(pixels + 1)];
    return tf.slice(images, [0, top, left, 0], [count, height - pixels, width - pixels, channels]);
  };
}

/** Enlarge or shrink by one of the factors. */
export function scale(factors: readonly number[] = [0.9, 0.95, 1, 1.05, 1.1]): Transform {
  return (images, source) => {
    const factor = factors[source.integer(factors.length)] as number;
    const [, height, width] = images.shape;
    const size = (length: number) => Math.max(1, Math.round(length * factor));
    return tf.image.resizeBilinear(images, [size(height), size(width)], false, true);
  };
}

/** Turn by up to this many degrees to either side; what comes in at the corners is grey. */
export function rotate(degrees: number): Transform {
  return (images, source) => {
    const angle = (degrees * (2 * source.uniform() - 1) * Math.PI) / 180;
    return turned(images, angle);
  };
}

/** The transforms taken if none are given, for images of a size: less movement in small ones. */
export function defaultTransforms(size: number): Transform[] {
  const step = Math.max(1, Math.round(size / 28));
  return [pad(2 * step), jitter(2 * step), scale(), rotate(5), jitter(step)];
}

// By gathering the four neighbours of where each pixel came from, as tf.image.rotateWithOffset has no gradient.
function turned(images: tf.Tensor4D, angle: number): tf.Tensor4D {
  const [count, height, width, channels] = images.shape;
  const [middleY, middleX] = [(height - 1) / 2, (width - 1) / 2];
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const corners = [0, 1, 2, 3].map(() => ({
    index: new Int32Array(height * width),
    weight: new Float32Array(height * width),
  }));
  const outside = new Float32Array(height * width).fill(1);
  for (let place = 0; place < height * width; place++) {
    const [y, x] = [Math.floor(place / width) - middleY, (place % width) - middleX];
    const [fromY, fromX] = [cos * y - sin * x + middleY, sin * y + cos * x + middleX];
    corners.forEach(({ index, weight }, corner) => {
      const [row, column] = [Math.floor(fromY) + (corner >> 1), Math.floor(fromX) + (corner & 1)];
      if (row < 0 || row >= height || column < 0 || column >= width) return;
      index[place] = row * width + column;
      weight[place] = (1 - Math.abs(fromY - row)) * (1 - Math.abs(fromX - column));
      outside[place] = (outside[place] as number) - (weight[place] as number);
    });
  }
  const flat = tf.reshape(images, [count, height * width, channels]);
  const parts = corners.map(({ index, weight }) =>
    tf.mul(tf.gather(flat, tf.tensor1d(index, "int32"), 1), tf.tensor3d(weight, [1, height * width, 1])),
  );

  const all = tf.add(
    tf.addN(parts),
    tf.tensor3d(
      outside.map((rest) => rest / 2),
      [1, height * width, 1],
    ),
  );
  return tf.reshape(all, images.shape);
}
