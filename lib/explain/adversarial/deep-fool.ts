// DeepFool (Moosavi-Dezfooli et al. 2016): how far is the nearest border to another class, if the network were
// linear? Go there, and ask again.

import * as tf from "@tensorflow/tfjs";
import { type Attacked, type AttackOptions, attackInBatches, clipped, type Victim } from "./attack.ts";

export interface DeepFoolOptions extends Omit<AttackOptions, "targets"> {
  /** How much farther than to the border. Defaults to `0.02`. */
  overshoot?: number;
  /** Steps at most. Defaults to `50`. */
  steps?: number;
  /** Classes with the largest logits that are looked at. Defaults to `10`. */
  candidates?: number;
}

/**
 * The smallest change (in L2) that DeepFool finds to make the model err. Examples that it gets wrong already stay.
 *
 * @throws RangeError if there is no step or fewer than two candidates, or the labels don't fit.
 */
export async function deepFool(
  model: tf.LayersModel,
  x: tf.Tensor,
  options: DeepFoolOptions = {},
): Promise<Attacked> {
  const { overshoot = 0.02, steps = 50, candidates = 10 } = options;
  if (!(steps >= 1 && candidates >= 2)) {
    throw new RangeError(
      `There are ${steps} steps and ${candidates} candidates; they must be 1 and 2 at least.`,
    );
  }
  return attackInBatches(model, x, options, async (victim) => {
    let moved = tf.zeros(victim.x.shape);
    const at = () => clipped(tf.add(victim.x, tf.mul(moved, 1 + overshoot)), victim.range);
    // The classes looked at are those that are likely at the start.
    const others = tf.tidy(() => {
      const logits = victim.logits(victim.x);
      const count = Math.min(candidates, logits.shape[1]);
      const chosen = tf.topk(logits, count).indices;
      const isLabel = tf.equal(chosen, tf.expandDims(victim.labels, 1));
      return {
        classes: tf.unstack(chosen, 1) as tf.Tensor1D[],
        isLabel: tf.keep(tf.cast(isLabel, "float32")),
      };
    });
    try {
      await victim.repeat(steps, () => {
        const result = tf.tidy(() => {
          const images = at();
          const wrong = tf.notEqual(tf.argMax(victim.logits(images), -1), victim.labels);
          if (tf.all(wrong).dataSync()[0]) return undefined;
          const step = toBorder(victim, images, others);
          const active = tf.reshape(tf.sub(1, tf.cast(wrong, "float32")), [
            -1,
            ...step.shape.slice(1).map(() => 1),
          ]);
          return tf.add(moved, tf.mul(step, active));
        });
        if (!result) return false;
        moved.dispose();
        moved = result;
        return true;
      });
      return tf.tidy(at);
    } finally {
      tf.dispose([moved, others.classes, others.isLabel]);
    }
  });
}

/** The shortest way to where the label and another class would have the same logit. */
function toBorder(
  { logits, labels, x }: Victim,
  images: tf.Tensor,
  { classes, isLabel }: { classes: tf.Tensor1D[]; isLabel: tf.Tensor },
): tf.Tensor {
  const count = x.shape[0] as number;
  const difference = (outputs: tf.Tensor2D, other: tf.Tensor1D) => {
    const width = outputs.shape[1];
    return tf.sum(tf.mul(outputs, tf.sub(tf.oneHot(other, width), tf.oneHot(labels, width))), 1);
  };
  const outputs = logits(images);
  const gradients = tf.stack(
    classes.map((other) => tf.grad((input) => tf.sum(difference(logits(input), other)))(images)),
    1,
  );
  const flat = tf.reshape(gradients, [count, classes.length, -1]);
  const size = tf.maximum(tf.sqrt(tf.sum(tf.square(flat), 2)), 1e-12);
  const gaps = tf.abs(
    tf.stack(
      classes.map((other) => difference(outputs, other)),
      1,
    ),
  );
  // The label itself is no other class.
  const distances = tf.add(tf.div(gaps, size), tf.mul(isLabel, 1e30));
  const nearest = tf.oneHot(tf.argMin(distances, 1), classes.length);
  const pick = (values: tf.Tensor) => tf.sum(tf.mul(values, nearest), 1, true);
  const direction = tf.sum(tf.mul(flat, tf.expandDims(nearest, 2)), 1);
  // A little more, as a step of length 0 would never leave the border.
  const step = tf.mul(direction, tf.div(tf.add(pick(tf.div(gaps, size)), 1e-4), pick(size)));
  return tf.reshape(step, x.shape);
}
