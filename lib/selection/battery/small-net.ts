// A layers model for tests of cross-validation, with data that it can learn.

import * as tf from "@tensorflow/tfjs";
import { random } from "../../data/random.ts";

export function make({ learningRate = 1 }: { learningRate?: number } = {}): tf.LayersModel {
  const model = tf.sequential({
    layers: [tf.layers.dense({ units: 2, inputShape: [2], activation: "softmax" })],
  });
  const optimizer = tf.train.sgd(learningRate);
  model.compile({ optimizer, loss: "sparseCategoricalCrossentropy", metrics: ["accuracy"] });
  return model;
}

/** 80 points, of class 1 where the first coordinate is the larger one. */
export function smallData(): { x: number[][]; y: Int32Array } {
  const source = random(3);
  const x = Array.from({ length: 80 }, () => [source.normal(), source.normal()]);
  return { x, y: Int32Array.from(x, ([a, b]) => Number((a as number) > (b as number))) };
}
