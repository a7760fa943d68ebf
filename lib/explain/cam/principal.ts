// The first principal component of a layer's activations: each place projected on the direction in which the
// places differ most.

import * as tf from "@tensorflow/tfjs";

/**
 * Projection of `[n, height, width, channels]` on the first principal component, `[n, height, width]`. Of the two
 * possible signs the one is taken with which the largest magnitude is positive.
 */
export function principalProjection(maps: tf.Tensor4D): tf.Tensor3D {
  const [count, height, width, channels] = maps.shape;
  const places = tf.reshape(maps, [count, height * width, channels]);
  const centred = tf.sub(places, tf.mean(places, 1, true)) as tf.Tensor3D;
  const isTall = height * width > channels;
  // The smaller of the two matrices of inner products has the same component, seen from the other side.
  const products = tf.matMul(centred, centred, isTall, !isTall).arraySync() as number[][][];
  const rows = products.map((matrix, index) => {
    const vector = tf.tensor2d(firstEigenvector(matrix), [matrix.length, 1]);
    const example = tf.squeeze(tf.slice(centred, [index, 0, 0], [1, -1, -1]), [0]) as tf.Tensor2D;
    if (isTall) return tf.matMul(example, vector);
    const direction = tf.matMul(example, vector, true);
    const length = tf.norm(direction);
    return tf.matMul(example, tf.divNoNan(direction, length));
  });
  const projections = tf.reshape(tf.stack(rows), [count, height * width]);
  const isNegative = tf.less(tf.max(projections, 1, true), tf.neg(tf.min(projections, 1, true)));
  const signed = tf.mul(projections, tf.sub(1, tf.mul(2, tf.cast(isNegative, "float32"))));
  return tf.reshape(signed, [count, height, width]);
}

/** Eigenvector of the largest eigenvalue of a symmetric matrix without negative ones, by power iteration. */
function firstEigenvector(matrix: number[][]): number[] {
  // The longest row is no stranger to the wanted direction.
  const lengths = matrix.map(length);
  let vector = normalized(matrix[lengths.indexOf(Math.max(...lengths))] as number[]);
  for (let turn = 0; turn < 5000; turn++) {
    const next = normalized(matrix.map((row) => dot(row, vector)));
    const change = next.reduce(
      (most, value, i) => Math.max(most, Math.abs(value - (vector[i] as number))),
      0,
    );
    vector = next;
    if (change < 1e-9) break;
  }
  return vector;
}

function normalized(vector: number[]): number[] {
  const size = length(vector) || 1;
  return vector.map((value) => value / size);
}

function length(vector: number[]): number {
  return Math.sqrt(dot(vector, vector));
}

function dot(a: number[], b: number[]): number {
  return a.reduce((sum, value, i) => sum + value * (b[i] as number), 0);
}
