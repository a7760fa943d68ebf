// FullGrad (Srinivas and Fleuret 2019): a ReLU network's score is the sum of input × gradient and of every bias ×
// its gradient, and all of these are drawn, also those of the biases within.

import * as tf from "@tensorflow/tfjs";
import { backward, pullBack } from "../graph/graph.ts";
import { logitsOf, type Network, run } from "../network.ts";
import { scoreGradient, type Target } from "../target.ts";

/** The parts of a score, each with the shape of what it belongs to; they add up to it in a ReLU network. */
export function scoreParts(net: Network, target: Target): { input: tf.Tensor; biases: tf.Tensor[] } {
  const values = run(net);
  const logits = logitsOf(net, values);
  const biases: tf.Tensor[] = [];
  const start = scoreGradient(target, logits);
  const arrived = backward(net.graph, values, new Map([[net.output, start]]), (situation) => {
    const bias = situation.operation.linear?.bias;
    if (bias) biases.push(tf.mul(bias, situation.arrived));
    return pullBack(situation);
  });
  const value = net.graph.inputs[0] as number;
  return { input: tf.mul(net.inputs[0] as tf.Tensor, arrived.get(value) as tf.Tensor), biases };
}

/** The parts that have places, made positive, scaled to [0, 1], enlarged and added up: `[n, height, width]`. */
export function fullGradient(net: Network, target: Target): tf.Tensor3D {
  const { input, biases } = scoreParts(net, target);
  const [, height, width] = input.shape as [number, number, number];
  const maps = [input, ...biases.filter(({ rank }) => rank === 4)].map((part) => {
    const size = tf.abs(part);
    const low = tf.min(size, [1, 2, 3], true);
    const scaled = tf.div(tf.sub(size, low), tf.add(tf.sub(tf.max(size, [1, 2, 3], true), low), 1e-7));
    const large = tf.image.resizeBilinear(scaled as tf.Tensor4D, [height, width], false, true);
    return tf.sum(large, -1);
  });
  return tf.addN(maps) as tf.Tensor3D;
}
