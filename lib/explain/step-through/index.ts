// Back-propagation and relevance step by step on a network small enough to check with pencil and paper.

import * as tf from "@tensorflow/tfjs";
import { displaySymbol, type MimeBundle } from "../../plot/display.ts";
import { Figure } from "../../plot/figure.ts";
import { stacked } from "../features/values.ts";
import { compute, type SmallNetwork, type Values } from "./numbers.ts";
import { stepsOf } from "./steps.ts";

export interface StepThroughOptions {
  /**
   * Two dense layers, the first with ReLU, the second with one unit; at most six units a layer. Defaults to one of 2
   * inputs, 3 hidden units and 1 output, with weights of few digits.
   */
  model?: tf.LayersModel;
  /** Defaults to `[1, 2]`, or ones for a model of yours. */
  inputs?: readonly number[];
  /** What the output should be; the loss is half the squared distance. Defaults to `1`. */
  wanted?: number;
  /** Of the one step of gradient descent. Defaults to `0.1`. */
  learningRate?: number;
  /** Of LRP-ε. Defaults to `1e-6`. */
  epsilon?: number;
}

export interface StepThrough {
  /** All numbers that are drawn. */
  values: Values;
  /** One picture a step: two forwards, two of gradients, one of new weights, two of relevance. */
  steps: { title: string; figure: Figure }[];
  [displaySymbol](): Promise<MimeBundle>;
}

const usual: SmallNetwork = {
  hidden: [
    [1, -1, 0.5],
    [0.5, 0.2, -1],
  ],
  hiddenBias: [0, 1, 0.5],
  output: [1, -2, 0.5],
  outputBias: 0.5,
};

const largestLayer = 6;

/**
 * Draw, step by step, how a small network computes its output, how back-propagation finds the gradients (Rumelhart,
 * Hinton and Williams 1986) and how relevance is handed back (Bach et al. 2015), with all numbers on the edges.
 *
 * @throws RangeError if the model is another than described, or the inputs are not as many as its own.
 */
export function stepThrough(options: StepThroughOptions = {}): StepThrough {
  const { model, wanted = 1, learningRate = 0.1, epsilon = 1e-6 } = options;
  const network = model ? networkOf(model) : usual;
  const inputs = [...(options.inputs ?? (model ? network.hidden.map(() => 1) : [1, 2]))];
  if (inputs.length !== network.hidden.length) {
    throw new RangeError(`There are ${inputs.length} inputs; the network has ${network.hidden.length}.`);
  }
  const values = compute(network, inputs, { wanted, learningRate, epsilon });
  const steps = stepsOf(network, values, learningRate).map(({ title, svg, text }) => ({
    title,
    figure: new Figure({ svg, text }),
  }));
  return { values, steps, [displaySymbol]: () => stacked(steps.map(({ figure }) => figure)) };
}

function networkOf(model: tf.LayersModel): SmallNetwork {
  const layers = model.layers.filter((layer) => layer.getClassName() !== "InputLayer");
  const [first, second] = layers;
  const isDense = (layer: tf.layers.Layer | undefined, activation: string) =>
    layer?.getClassName() === "Dense" &&
    ((layer.getConfig().activation ?? "linear") as string) === activation &&
    (layer.outputShape as number[]).length === 2;
  const units = layers.map((layer) => (layer.outputShape as number[])[1] ?? 0);
  const inputs = (model.inputs[0]?.shape[1] ?? 0) as number;
  const fits = isDense(first, "relu") && isDense(second, "linear") && layers.length === 2 && units[1] === 1;
  if (!fits || Math.max(inputs, ...units) > largestLayer) {
    const found = layers.map((layer, index) => `${layer.getClassName()} (${units[index]})`).join(", ");
    throw new RangeError(
      `The model has the layers ${found} on ${inputs} inputs; to be drawn it needs two dense layers, the first with ` +
        `ReLU, the second with one unit and no activation, and at most ${largestLayer} units in each.`,
    );
  }
  return tf.tidy(() => {
    const read = (layer: tf.layers.Layer) => {
      const [kernel, bias] = layer.getWeights();
      const matrix = (kernel as tf.Tensor2D).arraySync();
      return { matrix, bias: bias ? Array.from(bias.dataSync()) : (matrix[0] as number[]).map(() => 0) };
    };
    const [hidden, output] = [read(first as tf.layers.Layer), read(second as tf.layers.Layer)];
    return {
      hidden: hidden.matrix,
      hiddenBias: hidden.bias,
      output: output.matrix.map(([weight]) => weight as number),
      outputBias: output.bias[0] as number,
    };
  });
}
