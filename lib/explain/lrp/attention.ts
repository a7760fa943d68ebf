// Rules for what attention and recurrent networks are made of. Sources: Achtibat et al. 2024, "AttnLRP" (softmax,
// products, layer normalisation); Arras et al. 2017 (the signal takes it all).

import * as tf from "@tensorflow/tfjs";
import { pullBack } from "../graph/graph.ts";
import type { Rule } from "./rule.ts";
import { divideStabilised, type Stabiliser } from "./stabiliser.ts";
import { normalized } from "./weighted.ts";

interface Stabilised {
  /** Keeps denominators away from 0. Defaults to `1e-6`. */
  stabiliser?: Stabiliser;
}

/**
 * Softmax over the last axis, as its Taylor expansion: `x · (R − softmax(x) · ΣR)`; its bias takes the rest. A mask gets
 * nothing.
 */
export function softmax(): Rule {
  return {
    name: "softmax",
    propagate({ inputs, output, arrived }) {
      const total = tf.sum(arrived, -1, true);
      const [scores, ...masks] = inputs as [tf.Tensor, ...tf.Tensor[]];
      const handed = tf.mul(scores, tf.sub(arrived, tf.mul(output, total)));
      return {
        inputs: [handed, ...masks.map((mask) => tf.zerosLike(mask))],
        bias: tf.sub(tf.sum(arrived), tf.sum(handed)),
      };
    },
  };
}

/** A product of signals (matrices or elements): each factor gets an equal share. */
export function uniform({ stabiliser = 1e-6 }: Stabilised = {}): Rule {
  return {
    name: "uniform",
    propagate(situation) {
      const { inputs, output, arrived } = situation;
      const z = tf.mul(output, inputs.length);
      const ratio = divideStabilised(arrived, z, stabiliser);
      const gradients = pullBack({ ...situation, arrived: ratio });
      const handed = gradients.map((gradient, index) => tf.mul(inputs[index] as tf.Tensor, gradient));
      return { inputs: handed, stabiliser: tf.sum(tf.sub(arrived, tf.mul(z, ratio))) };
    },
  };
}

/**
 * A product of a signal with gates (outputs of sigmoid or softmax): the signal takes it all. Without gates, or
 * with more than one signal, as `uniform`.
 */
export function gate(options: Stabilised = {}): Rule {
  const fallback = uniform(options);
  return {
    name: "gate",
    propagate(situation) {
      const { inputs, inputValues } = situation;
      const isSignal = inputValues.map((value) => !value.gate);
      if (isSignal.filter(Boolean).length !== 1) return fallback.propagate(situation);
      const flow = normalized(situation, options.stabiliser ?? 1e-6, pullBack);
      return {
        ...flow,
        inputs: flow.inputs.map((handed, index) =>
          isSignal[index] ? handed : tf.zerosLike(inputs[index] as tf.Tensor),
        ),
      };
    },
  };
}

/** Layer normalisation and its like as the linear map that it is for fixed statistics, shared out as by ε. */
export function layerNormalization({ stabiliser = 1e-6 }: Stabilised = {}): Rule {
  return {
    name: "layerNormalization",
    propagate({ operation, inputs, output, arrived }) {
      const { normalization } = operation;
      if (!normalization) {
        throw new TypeError(`"${operation.name}" (${operation.kind}) is no layer normalisation.`);
      }
      const { adjoint, bias } = normalization;
      const x = inputs[0] as tf.Tensor;
      const ratio = divideStabilised(arrived, output, stabiliser);
      return {
        inputs: [tf.mul(x, adjoint(ratio, x))],
        bias: bias && tf.sum(tf.mul(ratio, bias)),
        stabiliser: tf.sum(tf.sub(arrived, tf.mul(output, ratio))),
      };
    },
  };
}

/**
 * SimpleRNN, GRU and LSTM, step by step: gates get nothing, sums are shared out as by ε.
 *
 * @param options.epsilon Defaults to `1e-6`; Arras et al. take `0.001`.
 */
export function signalTakeAll({ epsilon = 1e-6 }: { epsilon?: Stabiliser } = {}): Rule {
  return {
    name: "signalTakeAll",
    propagate({ operation, inputs, arrived }) {
      if (!operation.recurrent) {
        throw new TypeError(`"${operation.name}" (${operation.kind}) is no SimpleRNN, GRU or LSTM.`);
      }
      const divide = (relevance: tf.Tensor, z: tf.Tensor) => divideStabilised(relevance, z, epsilon);
      const [x, mask] = inputs as [tf.Tensor3D, tf.Tensor?];
      const { input, ...rest } = operation.recurrent.relevance(x, arrived, divide, mask);
      return { inputs: mask ? [input, tf.zerosLike(mask)] : [input], ...rest };
    },
  };
}
