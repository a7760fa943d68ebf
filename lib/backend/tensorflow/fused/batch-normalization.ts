// Batch normalization in training as one operation of TensorFlow each way. TensorFlow.js takes mean and variance
// apart and derives the gradient through a dozen operations, each of which goes over the whole batch.
import * as tf from "@tensorflow/tfjs";
import { gradientDepth, runWithGradient } from "../../gradient.ts";
import { attributeType } from "../attributes.ts";
import { dataType } from "../data-types.ts";
import { runFused } from "./run.ts";

/** What tfjs's types keep back of the layer. */
interface BatchNormalization {
  axis: number;
  epsilon: number;
  momentum: number;
  gamma: { read(): tf.Tensor } | null;
  beta: { read(): tf.Tensor } | null;
  movingMean: MovingAverage;
  movingVariance: MovingAverage;
  call(inputs: tf.Tensor | tf.Tensor[], kwargs: { training?: boolean }): tf.Tensor | tf.Tensor[];
}

interface MovingAverage {
  read(): tf.Tensor;
  write(value: tf.Tensor): void;
}

export function accelerateBatchNormalization(): void {
  const shared = Object.getPrototypeOf(tf.layers.batchNormalization()) as BatchNormalization;
  const original = shared.call;
  shared.call = function (inputs, kwargs) {
    const x = [inputs].flat()[0];
    const isLast = this.axis === -1 || this.axis === x.rank - 1;
    // TensorFlow.js has none for more axes in inference.
    const isFusible = tf.getBackend() === "tensorflow" && x.rank <= 4 && gradientDepth() < 2;
    if (!kwargs.training || !isLast || !isFusible) return original.call(this, inputs, kwargs);
    return tf.tidy(() => {
      const channels = x.shape[x.rank - 1];
      const gamma = this.gamma?.read() ?? tf.ones([channels]);
      const beta = this.beta?.read() ?? tf.zeros([channels]);
      const { normalized, mean, variance } = normalize(x, gamma, beta, this.epsilon);
      moveTowards(this.movingMean, mean, this.momentum);
      moveTowards(this.movingVariance, variance, this.momentum);
      return normalized;
    });
  };
}

function normalize(x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor, epsilon: number) {
  const channels = x.shape[x.rank - 1];
  const count = x.size / channels;
  const images = [count, 1, 1, channels];
  const attributes = [
    { name: "U", type: attributeType.type, value: dataType.float32 },
    { name: "epsilon", type: attributeType.float, value: epsilon },
    { name: "is_training", type: attributeType.bool, value: true },
  ];
  const [normalized, mean, unbiased] = runWithGradient({
    inputs: { x, gamma, beta },
    forward(save) {
      const rows = tf.reshape(x, images);
      const none = tf.zeros([0]);
      const [result, mean, variance, ...reserved] = runFused(
        "FusedBatchNormV2",
        attributes,
        [rows, gamma, beta, none, none],
        5,
      );
      save([rows, gamma, ...reserved]);
      return [tf.reshape(result, x.shape), mean, variance];
    },
    backward([dy], [rows, savedGamma, ...reserved]) {
      const given = [tf.reshape(dy, images), rows, savedGamma, ...reserved];
      const [byX, byGamma, byBeta] = runFused("FusedBatchNormGradV2", attributes, given, 5);
      return { x: () => tf.reshape(byX, x.shape), gamma: () => byGamma, beta: () => byBeta };
    },
  });
  // TensorFlow.js's moving average is of the variance that divides by the number of values.
  return { normalized, mean, variance: tf.mul(unbiased, Math.max(1, count - 1) / count) };
}

function moveTowards(average: MovingAverage, value: tf.Tensor, momentum: number): void {
  const before = average.read();
  average.write(tf.sub(before, tf.mul(tf.sub(before, value), 1 - momentum)));
}
