// Connectionist temporal classification (Graves et al., 2006): labels in order, without knowing where in time.

import * as tf from "@tensorflow/tfjs";
import { type FromLogits, type Loss, logProbabilities, makeLoss } from "./loss.ts";

export interface ConnectionistOptions extends FromLogits {
  /** The class that stands for no label. Defaults to the last one. */
  blank?: number;
}

/** Below every logarithm of a probability that matters, and finite, so that gradients are too. */
const impossible = -1e9;

/**
 * −log of the probability of all paths that give the labels.
 *
 * Targets are class numbers `[n, most labels]`, with −1 after the last label of an example; predictions are
 * `[n, time, classes]`. An example whose labels don't fit into its time has a very large loss and no gradient.
 */
export function connectionist({ fromLogits, blank }: ConnectionistOptions): Loss {
  return makeLoss("connectionist", (target, prediction) => {
    const [examples, time, classes] = prediction.shape;
    if (prediction.rank !== 3 || target.rank !== 2 || target.shape[0] !== examples) {
      throw new RangeError(
        `connectionist: the target has the shape [${target.shape}] and the prediction [${prediction.shape}]; ` +
          "they must be [n, most labels] and [n, time, classes].",
      );
    }
    const logs = logProbabilities(prediction, { fromLogits });
    const { symbols, mayJump, ends } = paths(tf.cast(target, "int32"), blank ?? (classes as number) - 1);
    // Each state's probability at each time: [n, time, states].
    const picked = tf.oneHot(symbols, classes as number);
    const emitted = tf.matMul(logs as tf.Tensor3D, tf.cast(picked, "float32"), false, true);
    const atTime = tf.unstack(emitted, 1);
    const states = symbols.shape[1] as number;
    const start = tf.tensor2d([Array.from({ length: states }, (_, state) => (state < 2 ? 0 : impossible))]);
    let forward = tf.add(atTime[0] as tf.Tensor, start);
    for (let now = 1; now < (time as number); now++) {
      const jump = shifted(forward, 2).add(mayJump);
      forward = tf
        .logSumExp(tf.stack([forward, shifted(forward, 1), jump], -1), -1)
        .add(atTime[now] as tf.Tensor);
    }
    return tf.neg(tf.logSumExp(forward.add(ends), 1));
  });
}

/**
 * The states of a path, labels with blanks around them; into which of them it may jump over a blank, and where it may
 * end, as what is added to a logarithm.
 */
function paths(labels: tf.Tensor, blank: number) {
  const [examples, most] = labels.shape as [number, number];
  const present = tf.cast(tf.greaterEqual(labels, 0), "int32");
  const count = tf.sum(present, 1, true);
  const filled = tf.where(tf.cast(present, "bool"), labels, tf.fill(labels.shape, blank, "int32"));
  const blanks = tf.fill([examples, most], blank, "int32");
  const between = tf.reshape(tf.stack([filled, blanks], 2), [examples, 2 * most]);
  const symbols = tf.concat([tf.fill([examples, 1], blank, "int32"), between], 1) as tf.Tensor2D;
  const before = tf.concat(
    [tf.fill([examples, 2], blank, "int32"), tf.slice(symbols, [0, 0], [-1, 2 * most - 1])],
    1,
  );
  const allowed = tf.logicalAnd(
    tf.notEqual(symbols, tf.scalar(blank, "int32")),
    tf.notEqual(symbols, before),
  );
  const position = tf.expandDims(tf.range(0, 2 * most + 1, 1, "int32"), 0);
  const last = tf.mul(count, tf.scalar(2, "int32"));
  const atEnd = tf.logicalOr(
    tf.equal(position, last),
    tf.equal(position, tf.sub(last, tf.scalar(1, "int32"))),
  );
  const unless = (condition: tf.Tensor) => tf.sub(1, tf.cast(condition, "float32")).mul(impossible);
  return { symbols, mayJump: unless(allowed), ends: unless(atEnd) };
}

function shifted(values: tf.Tensor, by: number): tf.Tensor {
  const [examples, states] = values.shape as [number, number];
  if (states <= by) return tf.fill(values.shape, impossible);
  return tf.concat(
    [tf.fill([examples, by], impossible), tf.slice(values, [0, 0], [examples, states - by])],
    1,
  );
}
