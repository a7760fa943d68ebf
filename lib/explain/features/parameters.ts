// Ways of writing an image as numbers to be optimised. Pixels alone end in noise of high frequencies; waves or a
// pyramid of coarse and fine images let large shapes grow as fast as small ones (Olah et al. 2017).

import * as tf from "@tensorflow/tfjs";
import type { RandomSource } from "../../data/random.ts";

/** Numbers and the images that they stand for. */
export interface Parameters {
  /** What is optimised; the caller's. */
  variables: tf.Variable[];
  /** Values that become colours: any number, `[n, height, width, channels]`. */
  image(): tf.Tensor4D;
  /** Frees the variables and what the image needs besides. */
  dispose(): void;
}

export type ParameterName = "pixel" | "fourier" | "pyramid";

type Shape = [count: number, height: number, width: number, channels: number];

/** Random images near grey. */
export function makeParameters(name: ParameterName, shape: Shape, source: RandomSource): Parameters {
  return makers[name](shape, source);
}

const makers: Record<ParameterName, (shape: Shape, source: RandomSource) => Parameters> = {
  pixel(shape, source) {
    const pixels = noise(shape, 0.01, source);
    return { variables: [pixels], image: () => pixels as tf.Tensor4D, dispose: () => pixels.dispose() };
  },

  /**
   * A real Fourier series: the coefficient of a wave is divided by its frequency, as in natural images. The sum of
   * waves is two matrix products, as there is no gradient of an inverse FFT of real numbers.
   */
  fourier(shape, source) {
    const [, height, width] = shape;
    const spectrum = noise(shape, 0.1, source);
    const rows = waves(height);
    const columns = waves(width);
    const scale = frequencyScale(height, width);
    return {
      variables: [spectrum],
      image() {
        const [count, , , channels] = shape;
        const scaled = tf.mul(spectrum, scale);
        const ahead = tf.reshape(tf.transpose(scaled, [0, 3, 1, 2]), [count * channels, height, width]);
        const down = tf.matMul(rows, ahead);
        const both = tf.matMul(down, columns, false, true);
        return tf.transpose(tf.reshape(both, [count, channels, height, width]), [0, 2, 3, 1]);
      },
      dispose: () => tf.dispose([spectrum, rows, columns, scale]),
    };
  },

  /** A sum of images of half, a quarter … of the size, enlarged (a Laplacian pyramid, Burt and Adelson 1983). */
  pyramid(shape, source) {
    const [count, height, width, channels] = shape;
    const levels = Math.max(1, Math.min(6, Math.floor(Math.log2(Math.min(height, width))) - 1));
    const variables = Array.from({ length: levels }, (_, level) => {
      const size = (length: number) => Math.max(1, Math.round(length / 2 ** level));
      return noise([count, size(height), size(width), channels], 0.01, source);
    });
    return {
      variables,
      image: () =>
        tf.addN(
          variables.map((level) =>
            level.shape[1] === height && level.shape[2] === width
              ? (level as tf.Tensor4D)
              : tf.image.resizeBilinear(level as tf.Tensor4D, [height, width], false, true),
          ),
        ),
      dispose: () => tf.dispose(variables),
    };
  },
};

function noise(shape: Shape, deviation: number, source: RandomSource): tf.Variable {
  const size = shape.reduce((all, one) => all * one, 1);
  return tf.tidy(() =>
    tf.variable(
      tf.tensor(
        Float32Array.from({ length: size }, () => deviation * source.normal()),
        shape,
      ),
    ),
  );
}

/**
 * Orthonormal waves of a length as the columns of a matrix `[size, size]`: the constant, then cosine and sine of each
 * frequency.
 */
export function waves(size: number): tf.Tensor2D {
  const values = Float32Array.from({ length: size * size }, (_, index) => {
    const [place, column] = [Math.floor(index / size), index % size];
    const angle = (2 * Math.PI * frequency(column) * place) / size;
    if (column === 0) return Math.sqrt(1 / size);
    const isFastest = size % 2 === 0 && column === size - 1;
    const wave = column % 2 === 1 ? Math.cos(angle) : Math.sin(angle);
    return isFastest ? Math.sqrt(1 / size) * Math.cos(angle) : Math.sqrt(2 / size) * wave;
  });
  return tf.tensor2d(values, [size, size]);
}

function frequency(column: number): number {
  return Math.ceil(column / 2);
}

/** What coefficients are multiplied with, `[height, width, 1]`: 1 / frequency, so that pixels come out near 1. */
function frequencyScale(height: number, width: number): tf.Tensor3D {
  const lowest = 1 / Math.max(height, width);
  const values = Float32Array.from({ length: height * width }, (_, index) => {
    const down = frequency(Math.floor(index / width)) / height;
    const across = frequency(index % width) / width;
    return (
      Math.sqrt(height * width) / 4 / Math.max(lowest, Math.hypot(down, across)) / Math.max(height, width)
    );
  });
  return tf.tensor3d(values, [height, width, 1]);
}

/**
 * Colours from values of any size: a sigmoid, after colours that photographs show together have been put together.
 *
 * @param decorrelate Values are then coordinates of colour along the principal axes of the colours of ImageNet
 *   (those of lucid): brightness first. Ignored unless there are three channels.
 */
export function toColours(values: tf.Tensor4D, decorrelate: boolean): tf.Tensor4D {
  if (!decorrelate || values.shape[3] !== 3) return tf.sigmoid(values);
  const flat = tf.reshape(values, [-1, 3]) as tf.Tensor2D;
  const mixed = tf.matMul(flat, tf.div(tf.tensor2d(colourAxes), largestAxis), false, true);
  return tf.sigmoid(tf.reshape(mixed, values.shape));
}

/** Square root of the covariance of red, green and blue in ImageNet. */
const colourAxes = [
  [0.26, 0.09, 0.02],
  [0.27, 0, -0.05],
  [0.27, -0.09, 0.03],
];

const largestAxis = Math.max(
  ...[0, 1, 2].map((column) => Math.hypot(...colourAxes.map((row) => row[column] as number))),
);
