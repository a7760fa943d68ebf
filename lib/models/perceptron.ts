// One neuron, and layers of them.

import * as tf from "@tensorflow/tfjs";
import { chain, type ModelOptions, singleInput } from "./build.ts";

export interface PerceptronOptions extends ModelOptions {
  /** Number of input values. Defaults to `2`. */
  inputs?: number;
  /** `"sigmoid"` gives a probability, `"linear"` a regression. Defaults to `"sigmoid"`. */
  activation?: "sigmoid" | "linear" | "tanh" | "hardSigmoid";
}

/**
 * One neuron: activation(w·x + b) (Rosenblatt, 1958; its step is replaced by a function that has a gradient).
 *
 * Input `[batch, inputs]`, output `[batch, 1]`; inputs + 1 parameters.
 */
export function perceptron({
  inputs = 2,
  activation = "sigmoid",
  seed,
}: PerceptronOptions = {}): tf.LayersModel {
  return singleInput("perceptron", [inputs], seed, (x) =>
    chain(x, tf.layers.dense({ units: 1, activation, name: "neuron" })),
  );
}

type Activation = NonNullable<Parameters<typeof tf.layers.activation>[0]["activation"]>;

export interface MlpOptions extends ModelOptions {
  /** Shape of one input; it is made flat. Defaults to `[784]`. */
  inputShape?: readonly number[];
  /** Neurons of each hidden layer. Defaults to `[128]`. */
  hidden?: readonly number[];
  /** Activation of the hidden layers. Defaults to `"relu"`. */
  activation?: Activation;
  /** Size of the output. Defaults to `10`. */
  outputs?: number;
  /**
   * Activation of the output. Defaults to `"softmax"`, which is for classes; one output has no default: `"sigmoid"` makes it
   * a probability, `"linear"` any number.
   */
  outputActivation?: Activation;
  /** Part of each hidden layer that is dropped in training, 0 to 1. Defaults to `0`. */
  dropout?: number;
}

/**
 * Multilayer perceptron (Rumelhart, Hinton and Williams, 1986).
 *
 * Input `[batch, …inputShape]`, output `[batch, outputs]`; 101,770 parameters by default.
 *
 * @throws RangeError if there is one output without `outputActivation`.
 */
export function mlp(options: MlpOptions = {}): tf.LayersModel {
  const {
    inputShape = [784],
    hidden = [128],
    activation = "relu",
    outputs = 10,
    dropout = 0,
    seed,
  } = options;
  if (outputs === 1 && options.outputActivation === undefined) {
    throw new RangeError(
      'mlp with one output needs outputActivation: "sigmoid" for a probability, or "linear" for a number of any size.',
    );
  }
  const { outputActivation = "softmax" } = options;
  return singleInput("mlp", inputShape, seed, (input) => {
    const flat = inputShape.length > 1 ? chain(input, tf.layers.flatten({ name: "flatten" })) : input;
    const last = hidden.reduce((x, units, index) => {
      const dense = chain(x, tf.layers.dense({ units, activation, name: `hidden_${index + 1}` }));
      return dropout > 0 ? chain(dense, tf.layers.dropout({ rate: dropout })) : dense;
    }, flat);
    return chain(last, tf.layers.dense({ units: outputs, activation: outputActivation, name: "output" }));
  });
}
