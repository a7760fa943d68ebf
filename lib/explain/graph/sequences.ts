// Layers for sequences in terms of operations: recurrent ones, their wrappers, convolutions over steps.

import * as tf from "@tensorflow/tfjs";
import type { Kind } from "./graph.ts";
import { convolutionMap, type Padding } from "./linear.ts";
import { callWithMask } from "./masks.ts";
import {
  addLinear,
  callLayer,
  expandLayer,
  type LayerInternals,
  type Place,
  type Shape,
  withChannels,
} from "./operations.ts";
import { recurrentCell } from "./recurrent.ts";

/** A convolution of `[n, steps, channels]` is one of `[n, 1, steps, channels]`. */
export function convolution1d(place: Place): number {
  const { builder, config, layer, inputs, shape } = place;
  const [kernel, bias] = layer.getWeights() as [tf.Tensor3D, tf.Tensor?];
  const input = inputs[0] as number;
  const stride = ([config.strides].flat()[0] ?? 1) as number;
  const dilation = ([config.dilationRate].flat()[0] ?? 1) as number;
  const wide = (size: Shape): Shape => [size[0] as number | null, 1, ...size.slice(1)];
  const { shape: inputShape, nonNegative } = builder.values[input] as { shape: Shape; nonNegative: boolean };
  const row = builder.add({
    kind: "shape",
    part: "row",
    inputs,
    shape: wide(inputShape),
    nonNegative,
    forward: ([x]) => tf.expandDims(x as tf.Tensor, 1),
  });
  const map = convolutionMap(
    { strides: [1, stride], padding: config.padding as Padding, dilation: [1, dilation] },
    tf.expandDims(kernel, 0),
    bias,
  );
  const plain = { ...place, config: {}, inputs: [row], shape: wide(shape) };
  return builder.add({
    kind: "shape",
    part: "sequence",
    inputs: [addLinear(plain, "convolution", map)],
    shape,
    forward: ([x]) => tf.squeeze(x as tf.Tensor, [1]),
  });
}

export function recurrent(place: Place): number {
  const { builder, layer, inputs, index, config } = place;
  const isGradient = inputs.length > 1 || index > 0 || Boolean(config.stateful);
  if (isGradient) {
    builder.warnings.push(
      `The layer "${layer.name}" keeps or passes on its state; it is explained by its gradient.`,
    );
  }
  const kind = isGradient ? "other" : "recurrent";
  const cell = isGradient ? {} : { recurrent: recurrentCell(layer) };
  const mask = builder.masks.get(inputs[0] as number);
  if (mask === undefined || inputs.length > 1) return callLayer(place, kind, cell);
  const masked = { ...place, inputs: [...inputs, mask] };
  return callLayer(masked, kind, { ...cell, forward: callWithMask(place) });
}

export function bidirectional(place: Place): number {
  const { builder, inputs, shape, config } = place;
  const { forwardLayer, backwardLayer } = place.layer as unknown as LayerInternals;
  const merge = config.mergeMode as "concat" | "sum" | "ave" | "mul" | null;
  if (!forwardLayer || !backwardLayer || merge === null || inputs.length > 1) {
    return callLayer(place, "other");
  }
  const half = merge === "concat" ? withChannels(place, (shape[shape.length - 1] as number) / 2) : shape;
  const forth = expandLayer(builder, forwardLayer, inputs, half);
  const back = expandLayer(builder, backwardLayer, inputs, half);
  const isSequence = Boolean((forwardLayer.getConfig() as { returnSequences?: boolean }).returnSequences);
  const reversed = !isSequence
    ? back
    : builder.add({
        kind: "shape",
        part: "reverse",
        inputs: [back],
        shape: half,
        forward: ([x]) => tf.reverse(x as tf.Tensor, 1),
      });
  const merges: Record<typeof merge, { kind: Kind; forward: (both: tf.Tensor[]) => tf.Tensor }> = {
    concat: { kind: "shape", forward: (both) => tf.concat(both, -1) },
    sum: { kind: "add", forward: (both) => tf.addN(both) },
    ave: { kind: "add", forward: (both) => tf.mul(tf.addN(both), 0.5) },
    mul: { kind: "multiply", forward: ([a, b]) => tf.mul(a as tf.Tensor, b as tf.Tensor) },
  };
  return builder.add({ ...merges[merge], part: merge, inputs: [forth, reversed], shape });
}

/** The inner layer on all steps at once. */
export function timeDistributed(place: Place): number {
  const { builder, inputs, shape } = place;
  const inner = (place.layer as unknown as LayerInternals).layer;
  const input = builder.values[inputs[0] as number] as { shape: Shape; nonNegative: boolean };
  const steps = [...shape.slice(1)];
  if (!inner || inner instanceof tf.LayersModel || steps.some((size) => size === null)) {
    return callLayer(place, "other");
  }
  const unfolded = builder.add({
    kind: "shape",
    part: "steps",
    inputs,
    shape: [null, ...input.shape.slice(2)],
    nonNegative: input.nonNegative,
    forward: ([x]) => tf.reshape(x as tf.Tensor, [-1, ...(x as tf.Tensor).shape.slice(2)]),
  });
  return builder.add({
    kind: "shape",
    part: "sequence",
    inputs: [expandLayer(builder, inner, [unfolded], [null, ...shape.slice(2)])],
    shape,
    forward: ([x]) => tf.reshape(x as tf.Tensor, [-1, ...(steps as number[])]),
  });
}
