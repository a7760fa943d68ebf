// The orthogonal initial weights of recurrent layers, which TensorFlow.js 4.22 finds by thousands of small tensor
// operations (seconds, on "cpu" minutes, and a warning). The matrix is the same: Q of the QR decomposition of normal
// numbers with a positive diagonal of R is unique.
import * as tf from "@tensorflow/tfjs";

interface Orthogonal {
  gain: number;
  seed: number | undefined;
  apply(shape: number[]): tf.Tensor;
}

export function accelerateOrthogonalInitializer(): void {
  const prototype = Object.getPrototypeOf(tf.initializers.orthogonal({})) as Orthogonal;
  prototype.apply = function (shape) {
    if (shape.length < 2) {
      throw new RangeError(
        `The orthogonal initializer got the shape [${shape}]; it needs two axes at least.`,
      );
    }
    return tf.tidy(() => {
      const columns = shape.at(-1) as number;
      const rows = shape.slice(0, -1).reduce((a, b) => a * b, 1);
      const [length, count] = [Math.max(rows, columns), Math.min(rows, columns)];
      const numbers = tf.randomNormal([length, count], 0, 1, "float32", this.seed).dataSync();
      const vectors = orthonormal(numbers, length, count);
      const flat = tf.tensor2d(Float32Array.from(vectors.flatMap((vector) => [...vector])), [count, length]);
      const matrix = rows < columns ? flat : tf.transpose(flat);
      return tf.mul(tf.reshape(matrix, shape), this.gain);
    });
  };
}

/** Modified Gram-Schmidt over the columns of a `length` × `count` matrix. */
function orthonormal(matrix: ArrayLike<number>, length: number, count: number): Float64Array[] {
  const vectors = Array.from({ length: count }, (_, column) =>
    Float64Array.from({ length }, (_, row) => matrix[row * count + column] as number),
  );
  vectors.forEach((vector, index) => {
    const norm = Math.hypot(...vector);
    for (let row = 0; row < length; row++) vector[row] = (vector[row] as number) / norm;
    for (const later of vectors.slice(index + 1)) {
      let product = 0;
      for (let row = 0; row < length; row++) product += (vector[row] as number) * (later[row] as number);
      for (let row = 0; row < length; row++) {
        later[row] = (later[row] as number) - product * (vector[row] as number);
      }
    }
  });
  return vectors;
}
