// DeepLIFT (Shrikumar et al. 2017), rescale rule: what an activation does to the difference from the baseline
// takes the place of its slope.

import * as tf from "@tensorflow/tfjs";
import { backward, pullBack, type Situation } from "../graph/graph.ts";
import { checkFinite, logitsOf, run } from "../network.ts";
import { scoreGradient, scoreOf } from "../target.ts";
import {
  type AttributionOptions,
  type BaselineAttribution,
  baselineOf,
  finishWithBaseline,
  plainNetwork,
} from "./attribution.ts";

export interface DeepLiftOptions extends AttributionOptions {
  /** What the input is compared with: a number, or a tensor that broadcasts to it. Defaults to `0`. */
  baseline?: number | tf.Tensor;
}

/** Below this difference of an activation's input its slope is taken. */
const smallest = 1e-10;

/**
 * DeepLIFT: contributions that add up to the difference between the scores of the input and the baseline. Exact for
 * networks of linear maps, activations and pooling; for products and recurrent layers the gradient is taken, and the
 * completeness error says what that costs.
 */
export async function deepLift(
  model: tf.LayersModel,
  x: tf.Tensor,
  { target = "argmax", output, baseline = 0 }: DeepLiftOptions = {},
): Promise<BaselineAttribution> {
  await checkFinite(x);
  return finishWithBaseline(
    tf.tidy(() => {
      const from = baselineOf(baseline, x);
      const net = plainNetwork(model, x, output);
      const values = run(net);
      const references = run({ ...net, inputs: [from] });
      const logits = logitsOf(net, values);
      const start = new Map([[net.output, scoreGradient(target, logits)]]);
      const multipliers = backward(net.graph, values, start, (situation) => {
        const { inputs, output } = situation.operation;
        const input = references.get(inputs[0] as number) as tf.Tensor;
        const reference = { input, output: references.get(output) as tf.Tensor };
        return [...multiply(situation, reference)];
      });
      const score = scoreOf(target, logits);
      const ofInput = multipliers.get(net.graph.inputs[0] as number) as tf.Tensor;
      return {
        attribution: tf.mul(ofInput, tf.sub(x, from)),
        scores: score(logits),
        ofBaseline: score(logitsOf(net, references)),
      };
    }),
  );
}

/** The multipliers of an operation's inputs from those of its output. */
function multiply(situation: Situation, reference: { input: tf.Tensor; output: tf.Tensor }): tf.Tensor[] {
  const { operation, inputs, output, arrived } = situation;
  const slopes = pullBack(situation);
  if (inputs.length > 1 || (operation.kind !== "activation" && operation.kind !== "maxPooling"))
    return slopes;
  const difference = tf.sub(inputs[0] as tf.Tensor, reference.input);
  const contribution =
    operation.kind === "activation"
      ? tf.mul(arrived, tf.sub(output, reference.output))
      : ofLargest(situation, reference);
  const isSmall = tf.less(tf.abs(difference), smallest);
  const safe = tf.where(isSmall, tf.onesLike(difference), difference);
  return [tf.where(isSmall, slopes[0] as tf.Tensor, tf.div(contribution, safe))];
}

/** The largest of several: one part goes to the largest input, the other to the largest of the baseline. */
function ofLargest(situation: Situation, reference: { input: tf.Tensor; output: tf.Tensor }): tf.Tensor {
  const { output, arrived } = situation;
  const larger = tf.maximum(output, reference.output);
  const [up] = pullBack({ ...situation, arrived: tf.mul(arrived, tf.sub(larger, reference.output)) });
  const [down] = pullBack({
    ...situation,
    inputs: [reference.input],
    output: reference.output,
    arrived: tf.mul(arrived, tf.sub(output, larger)),
  });
  return tf.add(up as tf.Tensor, down as tf.Tensor);
}
