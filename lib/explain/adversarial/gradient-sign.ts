// Attacks that stay within a distance: one step along the gradient of the loss (FGSM), or many (PGD).

import * as tf from "@tensorflow/tfjs";
import { random } from "../../data/random.ts";
import {
  type Attacked,
  type AttackOptions,
  attackInBatches,
  clipped,
  lengths,
  lossDirection,
  type Norm,
  type Victim,
} from "./attack.ts";

export interface FgsmOptions extends AttackOptions {
  /** Largest distance, in the unit of the input. Defaults to `0.03` for `"linf"` and `0.5` for `"l2"`. */
  epsilon?: number;
  /** Defaults to `"linf"`. */
  norm?: Norm;
}

/**
 * Fast gradient sign method (Goodfellow et al. 2015): one step of size ε that raises the loss most.
 *
 * @throws RangeError if epsilon is negative, or the labels don't fit.
 */
export async function fgsm(
  model: tf.LayersModel,
  x: tf.Tensor,
  options: FgsmOptions = {},
): Promise<Attacked> {
  const { norm = "linf" } = options;
  const epsilon = checkedEpsilon(options.epsilon, norm);
  return attackInBatches(model, x, options, async (victim) =>
    tf.tidy(() => stepFrom(victim, victim.x, epsilon, norm)),
  );
}

export interface PgdOptions extends FgsmOptions {
  /** Defaults to `40`. */
  steps?: number;
  /** Defaults to `2.5 · epsilon / steps`, so that the border can be reached from anywhere within. */
  stepSize?: number;
  /** Start at a random point within the distance. Defaults to `true`. */
  randomStart?: boolean;
  /** Seed of the start. Defaults to `0`. */
  seed?: number;
}

/**
 * Projected gradient descent (Madry et al. 2018): steps along the gradient's sign (`"l2"`: direction), each brought
 * back to within ε.
 *
 * @throws RangeError if epsilon is negative, there is no step, or the labels don't fit.
 */
export async function pgd(model: tf.LayersModel, x: tf.Tensor, options: PgdOptions = {}): Promise<Attacked> {
  const { norm = "linf", steps = 40, randomStart = true, seed = 0 } = options;
  const epsilon = checkedEpsilon(options.epsilon, norm);
  if (!(Number.isInteger(steps) && steps >= 1)) {
    throw new RangeError(`steps is ${steps}; it must be a whole number from 1 on.`);
  }
  const stepSize = options.stepSize ?? (2.5 * epsilon) / steps;
  const source = random(seed);
  return attackInBatches(model, x, options, async (victim) => {
    let images = tf.tidy(() => {
      if (!randomStart) return tf.clone(victim.x);
      const noise = randomWithin(victim.x.shape, epsilon, norm, source);
      return clipped(tf.add(victim.x, noise), victim.range);
    });
    try {
      await victim.repeat(steps, () => {
        const next = tf.tidy(() => {
          const moved = tf.sub(stepFrom(victim, images, stepSize, norm), victim.x);
          return clipped(tf.add(victim.x, within(moved, epsilon, norm)), victim.range);
        });
        images.dispose();
        images = next;
        return true;
      });
      return images;
    } catch (error) {
      images.dispose();
      throw error;
    }
  });
}

function checkedEpsilon(epsilon: number | undefined, norm: Norm): number {
  const value = epsilon ?? (norm === "linf" ? 0.03 : 0.5);
  if (value >= 0) return value;
  throw new RangeError(`epsilon is ${value}; it must be 0 or more.`);
}

function stepFrom(victim: Victim, x: tf.Tensor, size: number, norm: Norm): tf.Tensor {
  const gradient = lossDirection(victim, x);
  const direction = norm === "linf" ? tf.sign(gradient) : tf.div(gradient, lengths(gradient));
  return clipped(tf.add(x, tf.mul(direction, victim.sign * size)), victim.range);
}

function within(moved: tf.Tensor, epsilon: number, norm: Norm): tf.Tensor {
  if (norm === "linf") return tf.clipByValue(moved, -epsilon, epsilon);
  return tf.mul(moved, tf.minimum(1, tf.div(epsilon, lengths(moved))));
}

/** Uniform in the cube, or in the ball: a random direction, and a radius with as many points outside as inside. */
function randomWithin(
  shape: number[],
  epsilon: number,
  norm: Norm,
  source: ReturnType<typeof random>,
): tf.Tensor {
  const size = shape.reduce((all, one) => all * one, 1);
  if (norm === "linf") {
    const values = Float32Array.from({ length: size }, () => epsilon * (2 * source.uniform() - 1));
    return tf.tensor(values, shape);
  }
  const directions = tf.tensor(Float32Array.from({ length: size }, source.normal), shape);
  const [count = 0, ...inner] = shape;
  const dimensions = inner.reduce((all, one) => all * one, 1);
  const radii = Float32Array.from({ length: count }, () => epsilon * source.uniform() ** (1 / dimensions));
  const scale = tf.tensor(radii, [count, ...inner.map(() => 1)]);
  return tf.mul(tf.div(directions, lengths(directions)), scale);
}
