// Gradients of image resizing, which TensorFlow.js 4.22 gets wrong on "cpu" and "wasm": those of nearest
// neighbours read the wrong image of a batch, and those of bilinear exchange height and width.
// Resizing is linear, rows and columns apart: y = R x Cᵀ, so dx = Rᵀ dy C with the same two matrices.
import * as tf from "@tensorflow/tfjs";

type Weights = (position: number, inputSize: number) => [index: number, weight: number][];

export function correctResizeGradients(backendName: "cpu" | "wasm"): void {
  register("ResizeNearestNeighborGrad", backendName, (alignCorners) => (position, inputSize) => {
    const nearest = alignCorners ? Math.round(position) : Math.floor(position);
    return [[Math.min(nearest, inputSize - 1), 1]];
  });
  register("ResizeBilinearGrad", backendName, () => (position, inputSize) => {
    const lower = Math.floor(position);
    const upper = Math.min(Math.ceil(position), inputSize - 1);
    return [
      [lower, 1 - (position - lower)],
      [upper, position - lower],
    ];
  });
}

function register(
  kernelName: string,
  backendName: string,
  weightsFor: (alignCorners: boolean) => Weights,
): void {
  if (tf.getKernel(kernelName, backendName)) tf.unregisterKernel(kernelName, backendName);
  const kernelFunc: tf.KernelFunc = ({ inputs, attrs }) =>
    tf.tidy(() => {
      const alignCorners = attrs?.alignCorners as boolean;
      const weights = weightsFor(alignCorners);
      const dy = tf.engine().runKernel("Identity", { x: inputs.dy as tf.Tensor }) as tf.Tensor4D;
      const [batch, height, width, channels] = (inputs.images as tf.TensorInfo).shape;
      const [, resizedHeight, resizedWidth] = dy.shape;
      const rows = resizeMatrix(height, resizedHeight, alignCorners, weights);
      const columns = resizeMatrix(width, resizedWidth, alignCorners, weights);
      const byRow = tf.reshape(tf.transpose(dy, [1, 0, 2, 3]), [resizedHeight, -1]);
      const withRows = tf.reshape(tf.matMul(rows, byRow), [height, batch, resizedWidth, channels]);
      const byColumn = tf.reshape(tf.transpose(withRows, [2, 1, 0, 3]), [resizedWidth, -1]);
      const gradient = tf.reshape(tf.matMul(columns, byColumn), [width, batch, height, channels]);
      return tf.transpose(gradient, [1, 2, 0, 3]);
    });
  tf.registerKernel({ kernelName, backendName, kernelFunc });
}

/** The transposed matrix of resizing along one axis: [input size, resized size]. */
function resizeMatrix(
  inputSize: number,
  resizedSize: number,
  alignCorners: boolean,
  weights: Weights,
): tf.Tensor2D {
  const aligned = alignCorners && resizedSize > 1;
  const scale = aligned ? (inputSize - 1) / (resizedSize - 1) : inputSize / resizedSize;
  const matrix = new Float32Array(inputSize * resizedSize);
  for (let index = 0; index < resizedSize; index++) {
    for (const [source, weight] of weights(index * scale, inputSize)) {
      matrix[source * resizedSize + index] += weight;
    }
  }
  return tf.tensor2d(matrix, [inputSize, resizedSize]);
}
