// The relevance rules by name. Sources: Bach et al. 2015 (ε, αβ), Montavon et al. 2017 (z⁺, zᴮ, w²), Lapuschkin
// et al. 2019 (flat), Montavon et al. 2019 and Andéol et al. 2021 (γ and its form for signed inputs), Zeiler and
// Fergus 2014 (deconvnet), Springenberg et al. 2015 (guided), Dombrowski et al. 2019 (β-smooth).

import * as tf from "@tensorflow/tfjs";
import { pullBack } from "../graph/graph.ts";
import type { Rule } from "./rule.ts";
import type { Stabiliser } from "./stabiliser.ts";
import { type Bound, negative, normalized, positive, weighted, whole } from "./weighted.ts";

export { gate, layerNormalization, signalTakeAll, softmax, uniform } from "./attention.ts";

export interface RuleOptions {
  /** Keeps denominators away from 0. Defaults to `1e-6`. */
  stabiliser?: Stabiliser;
  /** Leave the bias out of the denominator, so that none of the relevance goes to it. Defaults to `false`. */
  zeroBias?: boolean;
}

/**
 * LRP-ε: relevance in proportion to each input's part in the output; a larger epsilon absorbs what is weak or
 * contradictory. On operations without weights it is `norm`.
 *
 * @param options.epsilon Defaults to `1e-6`; an object chooses clipping or scaling.
 */
export function epsilon({
  epsilon = 1e-6,
  zeroBias = false,
}: {
  epsilon?: Stabiliser;
  zeroBias?: boolean;
} = {}): Rule {
  checkStabiliser("epsilon", epsilon);
  const parts = [{ terms: [{ input: "all" as const, weights: whole, bias: whole }] }];
  const linear = weighted("epsilon", parts, { stabiliser: epsilon, zeroBias });
  const { propagate } = norm({ stabiliser: epsilon });
  return {
    name: "epsilon",
    propagate: (situation) =>
      situation.operation.linear ? linear.propagate(situation) : propagate(situation),
  };
}

/** LRP-0: ε with an epsilon of 0. Relevance of an output that is exactly 0 is dropped. */
export function lrp0({ zeroBias = false }: { zeroBias?: boolean } = {}): Rule {
  return { ...epsilon({ epsilon: 0, zeroBias }), name: "lrp0" };
}

/**
 * LRP-γ in its general form: positive weights count (1 + γ) times for inputs and outputs of equal sign, negative
 * ones for inputs and outputs of unequal sign. Relevance of outputs that are exactly 0 is dropped.
 *
 * @param options.gamma Defaults to `0.25`.
 * @throws RangeError if gamma is negative or not finite.
 */
export function gamma({ gamma = 0.25, ...options }: RuleOptions & { gamma?: number } = {}): Rule {
  if (!(Number.isFinite(gamma) && gamma >= 0)) {
    throw new RangeError(`gamma is ${gamma}; it must be a finite number from 0 on.`);
  }
  const up = (tensor: tf.Tensor) => tf.add(tensor, tf.mul(gamma, positive(tensor)));
  const down = (tensor: tf.Tensor) => tf.add(tensor, tf.mul(gamma, negative(tensor)));
  return weighted(
    "gamma",
    [
      {
        where: "positive",
        terms: [
          { input: "positive", weights: up, bias: up },
          { input: "negative", weights: down },
        ],
      },
      {
        where: "negative",
        terms: [
          { input: "positive", weights: down, bias: down },
          { input: "negative", weights: up },
        ],
      },
    ],
    complete(options),
  );
}

/** LRP-z⁺: only what raises the output gets relevance (αβ with α = 1, β = 0). */
export function zPlus(options: RuleOptions = {}): Rule {
  return weighted("zPlus", [{ terms: raising }], complete(options));
}

/**
 * LRP-αβ: what raises the output gets α times the relevance, what lowers it −β times.
 *
 * @param options.alpha Defaults to `2`.
 * @param options.beta Defaults to `1`.
 * @throws RangeError unless α − β = 1 and neither is negative.
 */
export function alphaBeta({
  alpha = 2,
  beta = 1,
  ...options
}: RuleOptions & { alpha?: number; beta?: number } = {}): Rule {
  if (!(alpha >= 0 && beta >= 0 && Math.abs(alpha - beta - 1) < 1e-12)) {
    throw new RangeError(
      `alpha is ${alpha} and beta ${beta}; neither may be negative, and alpha − beta must be 1.`,
    );
  }
  return weighted(
    "alphaBeta",
    [
      { coefficient: alpha, terms: raising },
      {
        coefficient: -beta,
        terms: [
          { input: "positive", weights: negative, bias: negative },
          { input: "negative", weights: positive },
        ],
      },
    ],
    complete(options),
  );
}

const raising = [
  { input: "positive", weights: positive, bias: positive },
  { input: "negative", weights: negative },
] as const;

/**
 * LRP-zᴮ for inputs in a box, such as pixels: relevance in proportion to the distance from the box's corner that
 * speaks most against the output.
 *
 * @param options.low Smallest possible input: a number, one a channel, or a tensor. Defaults to `0`.
 * @param options.high Largest possible input. Defaults to `1`.
 */
export function zBox({
  low = 0,
  high = 1,
  ...options
}: RuleOptions & { low?: Bound; high?: Bound } = {}): Rule {
  const rule = weighted(
    "zBox",
    [
      {
        terms: [
          { input: "all", weights: whole, bias: whole },
          { input: low, weights: positive, bias: positive, sign: -1 },
          { input: high, weights: negative, bias: negative, sign: -1 },
        ],
      },
    ],
    complete(options),
  );
  const row = (bound: Bound) => (Array.isArray(bound) ? tf.tensor1d(bound) : (bound as number | tf.Tensor));
  return {
    ...rule,
    misfit({ inputs, operation }) {
      const x = inputs[0] as tf.Tensor;
      // Pixels that were scaled in float32 may miss a bound by a rounding error.
      const below = tf.any(tf.less(x, tf.sub(row(low), 1e-5)));
      return {
        when: tf.logicalOr(below, tf.any(tf.greater(x, tf.add(row(high), 1e-5)))),
        warning:
          `Inputs of "${operation.name}" lie outside the box from ${describe(low)} to ${describe(high)} of the ` +
          `rule "zBox": give the smallest and largest possible input as low and high.`,
      };
    },
  };
}

/** LRP-w²: relevance in proportion to the squared weights, whatever the input. */
export function wSquare(options: RuleOptions = {}): Rule {
  return weighted(
    "wSquare",
    [{ terms: [{ input: "ones", weights: tf.square, bias: tf.square }] }],
    complete(options),
  );
}

/** LRP-flat: relevance spread evenly over all inputs that an output sees. */
export function flat(options: Pick<RuleOptions, "stabiliser"> = {}): Rule {
  return weighted("flat", [{ terms: [{ input: "ones", weights: tf.onesLike }] }], complete(options));
}

/** Relevance goes on as it came: for activations. */
export function pass(): Rule {
  return {
    name: "pass",
    propagate({ operation, inputs, arrived }) {
      const x = inputs[0] as tf.Tensor;
      if (inputs.length !== 1 || !tf.util.arraysEqual(x.shape, arrived.shape)) {
        throw new TypeError(
          `The rule "pass" needs an output shaped as the one input; "${operation.name}" (${operation.kind}) makes ` +
            `[${arrived.shape}] of ${inputs.map(({ shape }) => `[${shape}]`).join(" and ")}. Use rules.norm().`,
        );
      }
      return { inputs: [arrived] };
    },
  };
}

/** Relevance in proportion to each input's part in the output, without weights: for sums and averages. */
export function norm({ stabiliser = 1e-6 }: Pick<RuleOptions, "stabiliser"> = {}): Rule {
  checkStabiliser("stabiliser", stabiliser);
  return { name: "norm", propagate: (situation) => normalized(situation, stabiliser, pullBack) };
}

/**
 * The gradient: for what moves values about, and for the largest of several, which takes it all. What comes to padding
 * or to a class token counts as the bias's.
 */
export function gradient(): Rule {
  return {
    name: "gradient",
    propagate(situation) {
      const inputs = pullBack(situation);
      if (!situation.operation.holdsConstants) return { inputs };
      const reached = tf.addN(inputs.map((handed) => tf.sum(handed)));
      return { inputs, bias: tf.sub(tf.sum(situation.arrived), reached) };
    },
  };
}

/** ReLU backwards as in a deconvolutional network: only positive signals, wherever the unit was active or not. */
export function deconvnet(): Rule {
  return { name: "deconvnet", propagate: ({ arrived }) => ({ inputs: [positive(arrived)] }) };
}

/** ReLU backwards in guided back-propagation: only positive signals, and only where the unit was active. */
export function guided(): Rule {
  return {
    name: "guided",
    propagate: (situation) => ({
      inputs: pullBack({ ...situation, arrived: positive(situation.arrived) }),
    }),
  };
}

/**
 * ReLU with the gradient of a softplus, which has no kink.
 *
 * @param options.beta Sharpness. Defaults to `10`.
 */
export function betaSmooth({ beta = 10 }: { beta?: number } = {}): Rule {
  return {
    name: "betaSmooth",
    propagate: ({ inputs, arrived }) => ({
      inputs: [tf.mul(arrived, tf.sigmoid(tf.mul(inputs[0] as tf.Tensor, beta)))],
    }),
  };
}

function complete({ stabiliser = 1e-6, zeroBias = false }: RuleOptions) {
  checkStabiliser("stabiliser", stabiliser);
  return { stabiliser, zeroBias };
}

function checkStabiliser(name: string, stabiliser: Stabiliser): void {
  const epsilon = typeof stabiliser === "number" ? stabiliser : stabiliser.epsilon;
  if (!(Number.isFinite(epsilon) && epsilon >= 0)) {
    throw new RangeError(`${name} is ${epsilon}; it must be a finite number from 0 on.`);
  }
}

function describe(bound: Bound): string {
  return bound instanceof tf.Tensor ? "a tensor's values" : String(bound);
}
