// Transposed convolutions that give few channels: the numbers of TensorFlow.js's own backend, forward and backward.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { list, use } from "../index.ts";

const status = list().find(({ name }) => name === "tensorflow");

interface Case {
  /** Of what the convolution is given. */
  shape: [number, number, number, number];
  filter: [number, number];
  strides: [number, number] | number;
  pad: "same" | "valid" | number;
  channels: number;
  outputSize: [number, number];
  /** Whether it is done as one plain convolution. */
  isPlain: boolean;
}

const cases: Record<string, Case> = {
  "an autoencoder's last layer": {
    ...{ shape: [22, 14, 14, 16], filter: [3, 3], strides: 2, pad: "same", channels: 1 },
    ...{ outputSize: [28, 28], isPlain: true },
  },
  "three channels of windows of four": {
    ...{ shape: [4, 32, 32, 8], filter: [4, 4], strides: 2, pad: "same", channels: 3 },
    ...{ outputSize: [64, 64], isPlain: true },
  },
  "strides that differ": {
    ...{ shape: [6, 20, 50, 4], filter: [5, 2], strides: [3, 1], pad: "same", channels: 2 },
    ...{ outputSize: [60, 50], isPlain: true },
  },
  "strides larger than the filter": {
    ...{ shape: [5, 16, 16, 4], filter: [2, 3], strides: 4, pad: "same", channels: 1 },
    ...{ outputSize: [64, 64], isPlain: true },
  },
  "no padding": {
    ...{ shape: [6, 27, 27, 4], filter: [5, 4], strides: 2, pad: "valid", channels: 1 },
    ...{ outputSize: [58, 56], isPlain: true },
  },
  "padding by a number": {
    ...{ shape: [6, 28, 28, 4], filter: [4, 4], strides: 2, pad: 1, channels: 1 },
    ...{ outputSize: [56, 56], isPlain: true },
  },
  "sizes that the stride does not divide": {
    ...{ shape: [6, 29, 29, 4], filter: [3, 3], strides: 2, pad: "same", channels: 1 },
    ...{ outputSize: [57, 57], isPlain: false },
  },
  "more channels": {
    ...{ shape: [6, 28, 28, 4], filter: [3, 3], strides: 2, pad: "same", channels: 5 },
    ...{ outputSize: [56, 56], isPlain: false },
  },
  "a small picture": {
    ...{ shape: [1, 14, 14, 4], filter: [3, 3], strides: 2, pad: "same", channels: 1 },
    ...{ outputSize: [28, 28], isPlain: false },
  },
};

describe("transposed convolutions", { skip: status?.available ? false : status?.reason }, () => {
  /** The result, and its gradients by what is given. */
  async function compute(
    backend: "cpu" | "tensorflow",
    { shape, filter, strides, pad, channels, outputSize }: Case,
  ) {
    await use(backend);
    const atStart = tf.memory().numTensors;
    const x = tf.randomNormal(shape, 0, 1, "float32", 1) as tf.Tensor4D;
    const kernel = tf.randomNormal<tf.Rank.R4>([...filter, channels, shape[3]], 0, 1, "float32", 2);
    const layer = (x: tf.Tensor, kernel: tf.Tensor) =>
      tf.conv2dTranspose(
        x as tf.Tensor4D,
        kernel as tf.Tensor4D,
        [shape[0], ...outputSize, channels],
        strides,
        pad,
      );
    const profile = await tf.profile(() => layer(x, kernel).dispose());
    const results = tf.tidy(() => {
      const gradients = tf.grads((x: tf.Tensor, kernel: tf.Tensor) => layer(x, kernel).square().mean());
      return [layer(x, kernel), ...gradients([x, kernel])].map((tensor) => tensor.arraySync());
    });
    tf.dispose([x, kernel]);
    assert.equal(tf.memory().numTensors, atStart);
    return { results, isPlain: profile.kernelNames.includes("GatherV2") };
  }

  for (const [what, each] of Object.entries(cases)) {
    it(what, async () => {
      const [wanted, found] = [await compute("cpu", each), await compute("tensorflow", each)];
      assert.equal(found.isPlain, each.isPlain);
      wanted.results.forEach((values, index) => {
        const expected = (values as number[]).flat(3) as number[];
        const actual = (found.results[index] as number[]).flat(3) as number[];
        const scale = Math.max(...expected.map(Math.abs));
        const furthest = expected.reduce((most, value, i) => Math.max(most, Math.abs(value - actual[i])), 0);
        assert.ok(furthest < 1e-5 * scale, `result ${index} is off by ${furthest} of ${scale}`);
      });
    });
  }
});
