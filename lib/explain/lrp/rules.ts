// Relevance rules. Those for layers with weights are data: each is a list of parts, each part a sum of terms
// that says which share of the input meets which share of the weights; `weighted` carries all of them out.

import * as tf from "@tensorflow/tfjs";
import { pullBack, type Situation } from "../graph/graph.ts";
import { checkAtLeast, checkFinite } from "../check.ts";
import { divideStabilised, type Stabiliser } from "./stabiliser.ts";

/** How an operation hands the relevance that arrived at its output back to its inputs. */
export interface Rule {
  readonly name: string;
  propagate(situation: Situation): Flow;
  /** Bounds that the rule takes its input to keep. */
  readonly bounds?: { low: Bound; high: Bound };
}

/** Where the relevance of an operation went. */
export interface Flow {
  /** With the shapes of the operation's inputs. */
  inputs: tf.Tensor[];
  /** Scalar: taken by the bias. Left out for none. */
  bias?: tf.Tensor;
  /** Scalar: taken by the stabiliser. Left out for none. */
  stabiliser?: tf.Tensor;
}

/** One number for all inputs, one a channel, or a tensor that broadcasts to the input. */
export type Bound = number | readonly number[] | tf.Tensor;

export interface RuleOptions {
  /** Keeps denominators away from 0. Defaults to `1e-6`. */
  stabiliser?: Stabiliser;
  /** Leave the bias out of the denominator, so that none of the relevance goes to it. Defaults to `false`. */
  zeroBias?: boolean;
}

/** One product of the numerator: a share of the input with a share of the weights. */
interface Term {
  input: "all" | "positive" | "negative" | "ones" | Bound;
  weights(kernel: tf.Tensor): tf.Tensor;
  /** The bias's share in the denominator; left out for none. */
  bias?(bias: tf.Tensor): tf.Tensor;
  /** Defaults to `1`. */
  sign?: 1 | -1;
}

/** A sum of terms that is shared out on its own. */
interface Part {
  /** Share of the relevance. */
  coefficient: number;
  /** Outputs that take part. Defaults to all. */
  where?: "positive" | "negative";
  terms: Term[];
}

const whole = (tensor: tf.Tensor) => tensor;
const positive = (tensor: tf.Tensor) => tf.maximum(tensor, 0);
const negative = (tensor: tf.Tensor) => tf.minimum(tensor, 0);

/** The rule that a list of parts describes. */
function weighted(
  name: string,
  parts: readonly Part[],
  { stabiliser = 1e-6, zeroBias = false }: RuleOptions,
  nonNegativeInput = parts,
): Rule {
  return {
    name,
    propagate(situation) {
      const { operation, arrived, output } = situation;
      const x = situation.inputs[0] as tf.Tensor;
      const { linear } = operation;
      if (!linear) {
        throw new TypeError(
          `The rule "${name}" shares relevance out by weights, and "${operation.name}" (${operation.kind}) ` +
            `has none; use rules.norm(), rules.pass() or rules.gradient() for it.`,
        );
      }
      let [input, toBias, toStabiliser]: tf.Tensor[] = [tf.zerosLike(x), tf.scalar(0), tf.scalar(0)];
      let shared: tf.Tensor | undefined;
      for (const { coefficient, where, terms } of situation.nonNegative ? nonNegativeInput : parts) {
        const share = where ? tf.mul(arrived, tf.cast(compare[where](output), "float32")) : arrived;
        const pieces = terms.map((term) => {
          const sign = term.sign ?? 1;
          const bias = zeroBias || !linear.bias ? undefined : term.bias?.(linear.bias);
          return { sign, x: inputOf(term.input, x), kernel: term.weights(linear.kernel), bias, term };
        });
        const isWhole = pieces.every(({ term }) => term.input === "all" && term.weights === whole);
        const z =
          isWhole && (!zeroBias || !linear.bias)
            ? output
            : sum(
                pieces.map(({ sign, x, kernel, bias }) => {
                  const product = linear.apply(x, kernel);
                  return tf.mul(sign, bias ? tf.add(product, bias) : product);
                }),
              );
        const ratio = tf.mul(coefficient, divideStabilised(share, z, stabiliser));
        for (const { sign, x: piece, kernel, bias } of pieces) {
          const handed = tf.mul(piece, linear.adjoint(ratio, kernel, x.shape));
          input = tf.add(input as tf.Tensor, tf.mul(sign, handed));
          if (bias) toBias = tf.add(toBias as tf.Tensor, tf.sum(tf.mul(tf.mul(sign, bias), ratio)));
        }
        const given = tf.mul(z, ratio);
        shared = shared ? tf.add(shared, given) : given;
      }
      toStabiliser = tf.sum(tf.sub(arrived, shared as tf.Tensor));
      return { inputs: [input as tf.Tensor], bias: toBias, stabiliser: toStabiliser };
    },
  };
}
