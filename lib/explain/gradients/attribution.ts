// What the gradient methods share: the score of a target, its gradient, and what they return.

import * as tf from "@tensorflow/tfjs";
import { stripSoftmax } from "../graph/canonizers.ts";
import { checkFinite, logitsOf, type Network, network, run } from "../network.ts";
import { checkScores, classesOf, scoreOf, type Target, type TargetTensor } from "../target.ts";

export interface AttributionOptions {
  /** What to explain. Defaults to `"argmax"`. */
  target?: Target;
  /** Which of a model's outputs is explained. Defaults to `0`. */
  output?: number;
}

export interface Attribution {
  /** Shaped as the input; the caller's. */
  attribution: tf.Tensor;
  /** Score (logit) of each example. */
  scores: number[];
  dispose(): void;
}

/** An attribution relative to a baseline, whose sum should be the difference of the two scores. */
export interface BaselineAttribution extends Attribution {
  /** For each example: sum of the attribution minus (score − score of the baseline). */
  completenessError: number[];
}

/** The network of the layers as they are, with softmax taken off. */
export function plainNetwork(model: tf.LayersModel, x: tf.Tensor, output?: number): Network {
  return network(model, x, { output, canonizers: [stripSoftmax] });
}

/** The score of each example. */
export function scoresOf(
  model: tf.LayersModel,
  x: tf.Tensor,
  target: TargetTensor,
  output?: number,
): tf.Tensor1D {
  const net = plainNetwork(model, x, output);
  const logits = logitsOf(net, run(net));
  return scoreOf(target, logits)(logits);
}

/**
 * The gradient of the sum of all scores. TensorFlow.js leaks what was saved when a function throws that is being
 * differentiated, so `scoresOf` has to have found the target right before.
 */
export function gradientOf(
  model: tf.LayersModel,
  x: tf.Tensor,
  target: TargetTensor,
  output?: number,
): tf.Tensor {
  return tf.grad((input) => tf.sum(scoresOf(model, input, target, output)))(x);
}

/** A target that stays the same when the input changes: the largest logit of `x`, by number. */
export async function fixedTarget(
  model: tf.LayersModel,
  x: tf.Tensor,
  { target = "argmax", output }: AttributionOptions,
): Promise<Target> {
  await checkFinite(x);
  if (target !== "argmax") return target;
  const { classes, rank } = tf.tidy(() => {
    const net = plainNetwork(model, x, output);
    const logits = logitsOf(net, run(net));
    return { classes: classesOf(target, logits), rank: logits.rank };
  });
  if (!classes) {
    throw new RangeError(
      `The output has the rank ${rank}, where "argmax" is no single class; give a number or a function as target.`,
    );
  }
  const numbers = (await classes.array()) as number[];
  classes.dispose();
  return numbers;
}

/** The part of a target for some of the examples. */
export function targetOf(target: Target, examples: readonly number[]): Target {
  return Array.isArray(target) ? examples.map((example) => target[example] as number) : target;
}

/** A baseline with the input's shape: a number, or a tensor that broadcasts to it. */
export function baselineOf(baseline: number | tf.Tensor, x: tf.Tensor): tf.Tensor {
  return tf.broadcastTo(baseline, x.shape);
}

/** The result from its tensors, which have left their tidy. */
export async function finish<T extends { attribution: tf.Tensor; scores: tf.Tensor1D }>({
  attribution,
  scores,
}: T): Promise<Attribution> {
  const numbers = Array.from(await scores.data());
  scores.dispose();
  checkScores(numbers, () => attribution.dispose());
  return { attribution, scores: numbers, dispose: () => attribution.dispose() };
}

/** As `finish`, with the completeness error against the score of the baseline. */
export async function finishWithBaseline(tensors: {
  attribution: tf.Tensor;
  scores: tf.Tensor1D;
  ofBaseline: tf.Tensor1D;
}): Promise<BaselineAttribution> {
  const { attribution, scores, ofBaseline } = tensors;
  const errors = tf.tidy(() => {
    const axes = attribution.shape.slice(1).map((_, axis) => axis + 1);
    return tf.sub(tf.sum(attribution, axes), tf.sub(scores, ofBaseline));
  });
  const completenessError = Array.from(await errors.data());
  tf.dispose([errors, ofBaseline]);
  return { ...(await finish({ attribution, scores })), completenessError };
}
