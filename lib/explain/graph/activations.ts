// Activations as operations: what is known of their values, and whether they are gates.

import type * as tf from "@tensorflow/tfjs";
import type { Kind } from "./graph.ts";
import { callLayer, type LayerInternals, type Place } from "./operations.ts";

const nonNegativeActivations = new Set(["relu", "relu6", "softplus", "thresholdedRelu"]);
const gates = new Set(["sigmoid", "hardSigmoid", "softmax"]);

/** A layer that is an activation. */
export function addActivation(place: Place, name: string): number {
  const traits = activationTraits(name);
  return callLayer(place, traits.kind, { ...traits, tags: [...traits.tags, place.className] });
}

/** The activation that is part of a layer, as an operation of its own. */
export function withActivation(place: Place, input: number): number {
  const { activation } = place.layer as unknown as LayerInternals;
  const name = activation?.getClassName() ?? "linear";
  if (!activation || name === "linear") return input;
  return place.builder.add({
    ...activationTraits(name),
    part: name,
    inputs: [input],
    shape: place.shape,
    forward: ([x]) => activation.apply(x as tf.Tensor),
  });
}

function activationTraits(name: string) {
  const gate = gates.has(name);
  return {
    kind: (name === "softmax" ? "softmax" : "activation") as Kind,
    tags: [name],
    gate,
    nonNegative: gate || nonNegativeActivations.has(name),
  };
}
