// Masks of padded sequences as values of the graph, `[n, steps]` of 0 and 1: made by masking and embedding layers,
// handed on by layers that support them, and heeded by recurrent ones, all as TensorFlow.js does.

import * as tf from "@tensorflow/tfjs";
import { callLayer, type Place } from "./operations.ts";

interface MaskingLayer {
  supportsMasking: boolean;
  computeMask(x: tf.Tensor): tf.Tensor;
}

/** The mask of a layer's output; undefined for none. */
export function outputMask({ builder, layer, className, config, inputs }: Place): number | undefined {
  const masking = layer as unknown as MaskingLayer;
  if (!masking.supportsMasking) return undefined;
  const starts = className === "Masking" || (className === "Embedding" && Boolean(config.maskZero));
  const masks = inputs.flatMap((input) => builder.masks.get(input) ?? []);
  if (!starts && masks.length < inputs.length) return undefined;
  if (!starts && inputs.length === 1) return hasSteps(layer) ? masks[0] : undefined;
  if (className === "Dot") return undefined;
  const joinsSteps = className === "Concatenate" && config.axis === 1;
  return builder.add({
    kind: "shape",
    part: "mask",
    inputs: starts ? inputs : masks,
    shape: [null, null],
    forward: withoutGradient((tensors) => {
      if (starts) return tf.cast(masking.computeMask(tensors[0] as tf.Tensor), "float32");
      return joinsSteps ? tf.concat(tensors, 1) : tensors.reduce((all, one) => tf.mul(all, one));
    }),
  });
}

/** Masked steps become 0. */
export function masking(place: Place): number {
  const layer = place.layer as unknown as MaskingLayer;
  const maskOf = withoutGradient(([x]) => tf.cast(layer.computeMask(x as tf.Tensor), "float32"));
  return callLayer(place, "shape", {
    forward: ([x]) => tf.mul(x as tf.Tensor, tf.expandDims(maskOf([x as tf.Tensor]), -1)),
  });
}

/** What a layer makes of a sequence and its mask. */
export function callWithMask({ layer, index }: Place) {
  return ([x, mask]: tf.Tensor[]): tf.Tensor => {
    const result = layer.call(x as tf.Tensor, { mask: mask as tf.Tensor });
    const chosen = (Array.isArray(result) ? result[index] : result) as tf.Tensor;
    // TensorFlow.js wants a gradient of every input; the mask's is 0.
    return tf.add(chosen, tf.mul(0, tf.sum(mask as tf.Tensor)));
  };
}

/** Recurrent layers may give but their last output. */
function hasSteps(layer: tf.layers.Layer): boolean {
  const config = layer.getConfig() as { returnSequences?: boolean; layer?: { config?: object } };
  const { returnSequences = true } = (config.layer?.config ?? config) as { returnSequences?: boolean };
  return returnSequences;
}

function withoutGradient(make: (tensors: tf.Tensor[]) => tf.Tensor): (tensors: tf.Tensor[]) => tf.Tensor {
  return (tensors) => {
    const constant = tf.customGrad(() => ({
      value: make(tensors),
      gradFunc: () => tensors.map((tensor) => tf.zerosLike(tensor)),
    }));
    return constant(...tensors);
  };
}
