// What all attacks share: labels, batches, norms, and what they return.

import * as tf from "@tensorflow/tfjs";
import { displayTarget } from "../../plot/display.ts";
import { plainNetwork } from "../gradients/attribution.ts";
import { logitsOf, run } from "../network.ts";

/** How far an image was moved: by the largest change of a value, or by the root of the sum of squares. */
export type Norm = "linf" | "l2";

export interface AttackOptions {
  /** True class of each example. Defaults to what the model says now. */
  labels?: readonly number[];
  /** Class that each example is to be taken for, instead of any wrong one. */
  targets?: readonly number[];
  /** Smallest and largest possible input. Defaults to 0 and 1. */
  range?: readonly [low: number, high: number];
  /** Examples attacked at a time. Defaults to `64`. */
  batchSize?: number;
  signal?: AbortSignal;
}

/** Attacked examples. The tensor is the caller's. */
export interface Attacked {
  /** Shaped as the input. */
  adversarial: tf.Tensor;
  /** The model's class for each example now. */
  predictions: number[];
  /** Whether that is a wrong class (with `targets`: the class wanted). */
  success: boolean[];
  /** How far each example was moved. */
  distances: Record<Norm, number>[];
  dispose(): void;
}

/** One batch under attack; all its tensors are the frame's. */
export interface Victim {
  x: tf.Tensor;
  /** `[n]`, int32. */
  labels: tf.Tensor1D;
  /** +1: away from the labels; −1: towards them, which are the targets then. */
  sign: 1 | -1;
  range: readonly [low: number, high: number];
  logits(x: tf.Tensor): tf.Tensor2D;
  /** Run synchronous work `count` times, with turns of the event loop in between. */
  repeat(count: number, work: (step: number) => boolean | undefined): Promise<void>;
}

/**
 * Attack a model in batches.
 *
 * @param attack Makes the adversarial examples of one batch, which the frame then owns.
 * @throws RangeError if the labels or targets don't fit the model and the examples.
 */
export async function attackInBatches(
  model: tf.LayersModel,
  x: tf.Tensor,
  options: AttackOptions,
  attack: (victim: Victim) => Promise<tf.Tensor>,
): Promise<Attacked> {
  const { range = [0, 1], batchSize = 64, targets } = options;
  const stop = options.signal ?? displayTarget().interruptSignal();
  const count = x.shape[0] as number;
  const logits = (images: tf.Tensor) => {
    const net = plainNetwork(model, images);
    return logitsOf(net, run(net)) as tf.Tensor2D;
  };
  const before = classesOf(() => logits(x));
  const labels = options.labels ?? before;
  const classes = (model.outputs[0]?.shape ?? []).at(-1) as number;
  check("labels", labels, count, classes);
  if (targets) check("targets", targets, count, classes);

  async function repeat(times: number, work: (step: number) => boolean | undefined): Promise<void> {
    for (let step = 0; step < times; step++) {
      stop?.throwIfAborted();
      if (work(step) === false) return;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  const parts: tf.Tensor[] = [];
  try {
    for (let from = 0; from < count; from += batchSize) {
      stop?.throwIfAborted();
      const size = Math.min(batchSize, count - from);
      const part = tf.slice(x, from, size);
      const own = tf.tensor1d((targets ?? labels).slice(from, from + size), "int32");
      try {
        parts.push(await attack({ x: part, labels: own, sign: targets ? -1 : 1, range, logits, repeat }));
      } finally {
        tf.dispose([part, own]);
      }
    }
    const adversarial = tf.concat(parts);
    const predictions = classesOf(() => logits(adversarial));
    const success = predictions.map((one, index) =>
      targets ? one === targets[index] : one !== labels[index],
    );
    return {
      adversarial,
      predictions,
      success,
      distances: distancesOf(x, adversarial),
      dispose: () => adversarial.dispose(),
    };
  } finally {
    tf.dispose(parts);
  }
}

function check(what: string, given: readonly number[], count: number, classes: number): void {
  if (!(classes >= 2)) {
    throw new RangeError(`The model has ${classes} output; attacks need the logits of two classes or more.`);
  }
  const wrong = given.find((one) => !(Number.isInteger(one) && one >= 0 && one < classes));
  if (given.length !== count || wrong !== undefined) {
    throw new RangeError(
      `There are ${given.length} ${what} for ${count} examples${wrong === undefined ? "" : `, one of which is ${wrong}`}; ` +
        `each example needs a class from 0 to ${classes - 1}.`,
    );
  }
}

function classesOf(logits: () => tf.Tensor2D): number[] {
  const found = tf.tidy(() => tf.argMax(logits(), -1));
  const classes = [...found.dataSync()];
  found.dispose();
  return classes;
}

function distancesOf(x: tf.Tensor, other: tf.Tensor): Record<Norm, number>[] {
  const [l2, linf] = tf.tidy(() => {
    const moved = tf.reshape(tf.sub(other, x), [x.shape[0] as number, -1]);
    return [tf.sqrt(tf.sum(tf.square(moved), 1)), tf.max(tf.abs(moved), 1)].map((one) => [...one.dataSync()]);
  }) as [number[], number[]];
  return l2.map((distance, index) => ({ l2: distance, linf: linf[index] as number }));
}

/**
 * Direction in which the cross-entropy of the labels rises fastest at `x`. It is the gradient divided by one minus the
 * label's probability, an example at a time, so that it does not vanish where the model is sure.
 */
export function lossDirection(
  { labels, logits }: Pick<Victim, "labels" | "logits">,
  x: tf.Tensor,
): tf.Tensor {
  return tf.grad((images) => {
    const outputs = logits(images);
    const own = tf.oneHot(labels, outputs.shape[1]);
    const ofOthers = tf.logSumExp(tf.sub(outputs, tf.mul(own, 1e9)), 1);
    return tf.sum(tf.sub(ofOthers, tf.sum(tf.mul(outputs, own), 1)));
  })(x);
}

/** The length of each example, shaped to be multiplied with them, and never 0. */
export function lengths(x: tf.Tensor): tf.Tensor {
  const axes = x.shape.slice(1).map((_, axis) => axis + 1);
  return tf.maximum(tf.sqrt(tf.sum(tf.square(x), axes, true)), 1e-12);
}

/** Back into the range of possible inputs. */
export function clipped(x: tf.Tensor, [low, high]: readonly [number, number]): tf.Tensor {
  return tf.clipByValue(x, low, high);
}
