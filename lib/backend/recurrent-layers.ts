// Initial states of recurrent layers, which TensorFlow.js 4.22 leaves behind in the arguments: in those of the other
// layers when a model is called, and in those that it writes into files, which then can't be loaded.
import * as tf from "@tensorflow/tfjs";
import { accelerateRecurrentLayers } from "./recurrent/layers.ts";

interface RecurrentLayer {
  inboundNodes: { callArgs: { initialState?: unknown } | null }[];
  apply(inputs: unknown, kwargs?: object): unknown;
}

export function correctRecurrentLayers(): void {
  accelerateRecurrentLayers();
  const shared = tf.layers.RNN.prototype as unknown as RecurrentLayer;
  const original = shared.apply;
  shared.apply = function (inputs, kwargs) {
    const known = this.inboundNodes.length;
    const result = original.call(this, inputs, { ...kwargs });
    // The state is among the inputs of the node.
    for (const { callArgs } of this.inboundNodes.slice(known)) delete callArgs?.initialState;
    return result;
  };
}
