// The one engine behind all relevance rules for layers with weights. A rule is data: a list of parts, each a sum
// of terms, each term a share of the input that meets a share of the weights (and of the bias).

import * as tf from "@tensorflow/tfjs";
import type { Situation } from "../graph/graph.ts";
import type { Linear } from "../graph/linear.ts";
import type { Flow, Rule } from "./rule.ts";
import { divideStabilised, type Stabiliser } from "./stabiliser.ts";

/** One product in the denominator z of a rule. */
interface Term {
  input: Share | Bound;
  weights(kernel: tf.Tensor): tf.Tensor;
  /** The bias's share of z; left out for none. */
  bias?(bias: tf.Tensor): tf.Tensor;
  /** Defaults to `1`. */
  sign?: 1 | -1;
}

type Share = "all" | "positive" | "negative" | "ones";

/** One number for all inputs, one a channel, or a tensor that broadcasts to the input. */
export type Bound = number | readonly number[] | tf.Tensor;

/** A sum of terms z, by which relevance R is shared out: an input x of a term gets x · wᵀ(R / z). */
export interface Part {
  /** Share of the relevance. Defaults to `1`. */
  coefficient?: number;
  /** Sign of the outputs that take part. Defaults to all. */
  where?: "positive" | "negative";
  terms: readonly Term[];
}

export interface WeightedOptions {
  stabiliser: Stabiliser;
  /** Leave the bias out of z, so that none of the relevance goes to it. */
  zeroBias: boolean;
}

export const whole = (tensor: tf.Tensor) => tensor;
export const positive = (tensor: tf.Tensor) => tf.maximum(tensor, 0);
export const negative = (tensor: tf.Tensor) => tf.minimum(tensor, 0);

/** The rule that a list of parts describes. */
export function weighted(name: string, parts: readonly Part[], options: WeightedOptions): Rule {
  return {
    name,
    propagate(situation) {
      const flows = parts.map((part) => sharePart(part, situation, linearOf(situation, name), options));
      const add = (pick: (flow: PartFlow) => tf.Tensor) => tf.addN(flows.map(pick));
      return {
        inputs: [add(({ input }) => input)],
        bias: add(({ bias }) => bias),
        stabiliser: tf.sum(
          tf.sub(
            situation.arrived,
            add(({ shared }) => shared),
          ),
        ),
      };
    },
  };
}

function linearOf({ operation }: Situation, rule: string): Linear {
  if (operation.linear) return operation.linear;
  throw new TypeError(
    `The rule "${rule}" shares relevance out by weights, and "${operation.name}" (${operation.kind}) has ` +
      `none; give it rules.norm(), rules.pass() or rules.gradient().`,
  );
}

interface PartFlow {
  input: tf.Tensor;
  /** What the bias took, summed up. */
  bias: tf.Tensor;
  /** Relevance of each output that found an input or the bias. */
  shared: tf.Tensor;
}

function sharePart(part: Part, situation: Situation, linear: Linear, options: WeightedOptions): PartFlow {
  const { output, arrived, inputValues } = situation;
  const x = situation.inputs[0] as tf.Tensor;
  const bias = options.zeroBias ? undefined : linear.bias;
  const isNonNegative = inputValues[0]?.nonNegative ?? false;
  // After a ReLU there is no negative share to look at, which halves the work.
  const terms = part.terms
    .filter(({ input }) => !(isNonNegative && input === "negative"))
    .map((term) => ({
      sign: term.sign ?? 1,
      x: isNonNegative && term.input === "positive" ? x : inputOf(term.input, x),
      kernel: term.weights(linear.kernel),
      bias: bias && term.bias?.(bias),
    }));
  // Taking the bias off the output again would cost digits where little is left.
  const z =
    isWhole(part) && bias === linear.bias
      ? output
      : sum(terms, ({ x, kernel, bias }) => {
          const product = linear.apply(x, kernel);
          return bias ? tf.add(product, bias) : product;
        });
  const ratio = tf.mul(
    divideStabilised(part.where ? only(part.where, output, arrived) : arrived, z, options.stabiliser),
    part.coefficient ?? 1,
  );
  return {
    input: sum(terms, ({ x: share, kernel }) => tf.mul(share, linear.adjoint(ratio, kernel, x.shape))),
    // Biases first: where they cancel out, as those of zᴮ do, the ratios that they meet may be huge.
    bias: terms.some(({ bias }) => bias)
      ? tf.sum(
          tf.mul(
            sum(terms, ({ bias }) => bias ?? tf.scalar(0)),
            ratio,
          ),
        )
      : tf.scalar(0),
    shared: tf.mul(z, ratio),
  };
}

/** Whether z is the layer's output, which is known already. */
function isWhole({ terms }: Part): boolean {
  return terms.every(({ input, weights, bias }) => input === "all" && weights === whole && bias === whole);
}

function only(where: "positive" | "negative", output: tf.Tensor, arrived: tf.Tensor): tf.Tensor {
  const mask = where === "positive" ? tf.greater(output, 0) : tf.less(output, 0);
  return tf.mul(arrived, tf.cast(mask, "float32"));
}

function sum<T extends { sign: 1 | -1 }>(terms: readonly T[], of: (term: T) => tf.Tensor): tf.Tensor {
  return terms
    .map((term) => (term.sign === 1 ? of(term) : tf.neg(of(term))))
    .reduce((total, next) => tf.add(total, next));
}

function inputOf(share: Share | Bound, x: tf.Tensor): tf.Tensor {
  if (share === "all") return x;
  if (share === "positive") return positive(x);
  if (share === "negative") return negative(x);
  if (share === "ones") return tf.onesLike(x);
  const bound = typeof share === "number" || share instanceof tf.Tensor ? share : tf.tensor1d([...share]);
  return tf.broadcastTo(bound, x.shape);
}

/** The flow of a rule that leaves weights as they are: each input x of z gets x times the gradient of z, times R / z. */
export function normalized(situation: Situation, stabiliser: Stabiliser, pull: Pull): Flow {
  const { operation, inputs, output, arrived } = situation;
  const ratio = divideStabilised(arrived, output, stabiliser);
  const bias = operation.linear?.bias;
  const handed = pull({ ...situation, arrived: ratio }).map((gradient, index) =>
    tf.mul(inputs[index] as tf.Tensor, gradient),
  );
  return {
    inputs: handed,
    bias: bias && tf.sum(tf.mul(bias, ratio)),
    stabiliser: tf.sum(tf.sub(arrived, tf.mul(output, ratio))),
  };
}

type Pull = (situation: Situation) => tf.Tensor[];
