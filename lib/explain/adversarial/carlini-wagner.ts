// Carlini and Wagner 2017, "Towards evaluating the robustness of neural networks": the smallest change in L2 by
// optimisation, with a search for how much the wrong class has to count.

import * as tf from "@tensorflow/tfjs";
import { type Attacked, type AttackOptions, attackInBatches, type Victim } from "./attack.ts";

export interface CarliniWagnerOptions extends AttackOptions {
  /** Steps of Adam for each weight. Defaults to `200`; the paper takes 10 000. */
  steps?: number;
  /** Of Adam, in the space of the hyperbolic tangent. Defaults to `0.05`. */
  learningRate?: number;
  /** Weights tried, by bisection. Defaults to `6`. */
  searchSteps?: number;
  /** First weight of the wrong class. Defaults to `0.1`. */
  initialConstant?: number;
  /** How far ahead the wrong logit must be. Defaults to `0`. */
  confidence?: number;
}

/**
 * The smallest change found that makes the model err. Examples for which none was found stay as they are.
 *
 * @throws RangeError if there is no step, or the labels don't fit.
 */
export async function carliniWagner(
  model: tf.LayersModel,
  x: tf.Tensor,
  options: CarliniWagnerOptions = {},
): Promise<Attacked> {
  const {
    steps = 200,
    learningRate = 0.05,
    searchSteps = 6,
    initialConstant = 0.1,
    confidence = 0,
  } = options;
  if (!(steps >= 1 && searchSteps >= 1)) {
    throw new RangeError(
      `There are ${steps} steps and ${searchSteps} search steps; there must be 1 at least.`,
    );
  }
  return attackInBatches(model, x, options, async (victim) => {
    const count = victim.x.shape[0] as number;
    const search = Array.from({ length: count }, () => ({ low: 0, high: Infinity, weight: initialConstant }));
    // What the model gets wrong already needs no change.
    const wrong = tf.tidy(() => {
      const predictions = tf.argMax(victim.logits(victim.x), -1);
      const isLabel = tf.equal(predictions, victim.labels).dataSync();
      return [...isLabel].map((one) => (victim.sign === 1) !== Boolean(one));
    });
    const best = {
      distances: Float32Array.from(wrong, (one) => (one ? 0 : Infinity)),
      images: tf.clone(victim.x),
    };
    try {
      for (let round = 0; round < searchSteps; round++) {
        const found = await descend(
          victim,
          search.map(({ weight }) => weight),
          best,
          {
            steps,
            learningRate,
            confidence,
          },
        );
        search.forEach((one, index) => {
          if (found[index]) one.high = Math.min(one.high, one.weight);
          else one.low = Math.max(one.low, one.weight);
          one.weight = one.high < Infinity ? (one.low + one.high) / 2 : one.weight * 10;
        });
      }
      return best.images;
    } catch (error) {
      best.images.dispose();
      throw error;
    }
  });
}

interface Best {
  distances: Float32Array;
  images: tf.Tensor;
}

/** One optimisation; whether each example was ever taken for the wrong class. Improves `best`. */
async function descend(
  { x, labels, logits, sign, range, repeat }: Victim,
  weights: number[],
  best: Best,
  { steps, learningRate, confidence }: { steps: number; learningRate: number; confidence: number },
): Promise<boolean[]> {
  const [low, high] = range;
  const count = x.shape[0] as number;
  const axes = x.shape.slice(1).map((_, axis) => axis + 1);
  const found: boolean[] = weights.map(() => false);
  // Images are a tanh of what is optimised, so that they never leave the range.
  const space = tf.tidy(() => {
    const centred = tf.sub(tf.div(tf.sub(x, low), (high - low) / 2), 1);
    return tf.variable(tf.atanh(tf.mul(tf.clipByValue(centred, -1, 1), 0.999999)));
  });
  const weight = tf.tensor1d(weights);
  const optimizer: tf.Optimizer = tf.train.adam(learningRate);
  try {
    await repeat(steps, () => {
      const kept: tf.Tensor[] = [];
      const { value, grads } = tf.variableGrads(() => {
        const images = tf.add(tf.mul(tf.add(tf.tanh(space), 1), (high - low) / 2), low);
        const distance = tf.sum(tf.square(tf.sub(images, x)), axes);
        const outputs = logits(images);
        const own = tf.oneHot(labels, outputs.shape[1]);
        const ofLabel = tf.sum(tf.mul(outputs, own), 1);
        const ofOthers = tf.max(tf.sub(outputs, tf.mul(own, 1e9)), 1);
        // Above 0 as long as the attack has not succeeded.
        const lead = tf.mul(sign, tf.sub(ofLabel, ofOthers));
        kept.push(tf.keep(tf.clone(images)), tf.keep(tf.clone(distance)), tf.keep(tf.clone(lead)));
        const aim = tf.maximum(tf.add(lead, confidence), 0);
        return tf.sum(tf.add(distance, tf.mul(weight, aim))) as tf.Scalar;
      }, [space]);
      optimizer.applyGradients(grads);
      const [images, distance, lead] = kept as [tf.Tensor, tf.Tensor, tf.Tensor];
      const distances = distance.dataSync();
      const better = [...lead.dataSync()].map((one, index) => {
        // An equal logit would be no clear success.
        if (!(one < 0 && one <= -confidence)) return 0;
        found[index] = true;
        if ((distances[index] as number) >= (best.distances[index] as number)) return 0;
        best.distances[index] = distances[index] as number;
        return 1;
      });
      if (better.includes(1)) {
        const next = tf.tidy(() => {
          const chosen = tf.tensor(better, [count, ...axes.map(() => 1)]);
          return tf.add(tf.mul(images, chosen), tf.mul(best.images, tf.sub(1, chosen)));
        });
        best.images.dispose();
        best.images = next;
      }
      tf.dispose([value, grads, kept]);
      return true;
    });
    return found;
  } finally {
    optimizer.dispose();
    tf.dispose([space, weight]);
  }
}
