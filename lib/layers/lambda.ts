// A function as a layer, for what no layer does.

import * as tf from "@tensorflow/tfjs";
import { CustomLayer, type LayerOptions, type OneOrMore, type Shape } from "./custom-layer.ts";

type LambdaFunction = (...inputs: tf.Tensor[]) => tf.Tensor;

interface Options {
  /** Takes the inputs with their batch axis and gives one output; made of tfjs operations, without weights. */
  function: LambdaFunction;
  /** Shape of one output without the batch axis. Defaults to the first input's. */
  outputShape?: Shape;
}

export type LambdaOptions = Omit<Options, "function"> & LayerOptions;

/**
 * A function as a layer: `dl.layers.lambda((x) => tf.abs(x))`. The model can be saved but not loaded, since a
 * function is no data; write a class and register it with `tf.serialization.registerClass` for that.
 */
export class Lambda extends CustomLayer<Options> {
  static className = "Lambda";

  /** @throws TypeError if there is no function, as in a model that is loaded from a file. */
  constructor(given: Options & LayerOptions) {
    super(given, { function: given.function, outputShape: given.outputShape });
    if (typeof given.function === "function") return;
    throw new TypeError(
      `The layer "${this.name}" has no function: files can't hold one. Build the model with its code and load the weights into it.`,
    );
  }

  override computeOutputShape(inputShape: OneOrMore<Shape>): Shape {
    const first = (Array.isArray(inputShape[0]) ? inputShape[0] : inputShape) as Shape;
    return this.options.outputShape ? [first[0] ?? null, ...this.options.outputShape] : first;
  }

  protected override compute(inputs: tf.Tensor[]): tf.Tensor {
    return this.options.function(...inputs);
  }
}
tf.serialization.registerClass(Lambda);
