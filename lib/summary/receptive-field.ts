// How much of the input an output of a layer depends on: from layer to layer the field grows by the size of the
// window, in steps as wide as the strides so far (Dumoulin and Visin, 2016; Araujo, Norris and Sim, 2019).

import type { LayerNode } from "./graph.ts";

/** Size along each axis of the maps and how far apart neighbours' fields are, in pixels or steps of the input. */
interface Field {
  sizes: readonly number[];
  strides: readonly number[];
}

/** A field, all of the input, or undefined where it has no meaning (any more). */
type Reach = Field | "all" | undefined;

/** Sizes along each axis, `"all"` if it is the whole input, undefined where that has no meaning. */
export type ReceptiveField = readonly number[] | "all" | undefined;

/** The fields of all nodes. */
export function receptiveFields(nodes: readonly LayerNode[]): Map<LayerNode, ReceptiveField> {
  const reaches = new Map<LayerNode, Reach>();
  follow(nodes, reaches, []);
  return new Map(
    [...reaches].map(([node, reach]) => [node, typeof reach === "object" ? reach.sizes : reach] as const),
  );
}

function follow(nodes: readonly LayerNode[], reaches: Map<LayerNode, Reach>, given: readonly Reach[]): void {
  let inputs = 0;
  for (const node of nodes) {
    const sources = node.inputs.map((input) => reaches.get(input));
    if (sources.length === 0) {
      reaches.set(node, given.length > 0 ? given[inputs++] : start(node));
    } else if (node.inside.length > 0) {
      follow(node.inside, reaches, sources);
      reaches.set(node, merge(node.insideOutputs.map((output) => reaches.get(output))));
    } else {
      reaches.set(node, through(node, merge(sources)));
    }
  }
}

function start({ outputShapes }: LayerNode): Reach {
  const axes = (outputShapes[0]?.length ?? 0) - 2;
  return axes > 0 ? { sizes: Array(axes).fill(1), strides: Array(axes).fill(1) } : undefined;
}

function merge(sources: readonly Reach[]): Reach {
  if (sources.includes("all")) return "all";
  const fields = sources.filter((source) => typeof source === "object");
  const [first] = fields;
  if (!first || fields.some(({ sizes }) => sizes.length !== first.sizes.length)) return undefined;
  const largest = (of: (field: Field) => readonly number[]) =>
    first.sizes.map((_, axis) => Math.max(...fields.map((field) => of(field)[axis] as number)));
  return { sizes: largest(({ sizes }) => sizes), strides: largest(({ strides }) => strides) };
}

/** Layers whose every output depends on all places. */
const wholes =
  /^(Flatten|Global|SimpleRNN$|LSTM$|GRU$|RNN$|Bidirectional$|MultiHeadAttention$|Dot$|RandomRotation$|RandomFlip$)/;

function through({ layer, className, inputShapes }: LayerNode, before: Reach): Reach {
  const rank = inputShapes[0]?.length ?? 0;
  if (className === "Embedding") return { sizes: [1], strides: [1] };
  // A dense layer on maps looks at one place; on a vector it looks at all.
  if (wholes.test(className) || (className === "Dense" && rank === 2)) return "all";
  if (typeof before !== "object") return before;
  if (className === "Reshape" || className === "Permute" || className === "SelectStep") return undefined;
  const config = layer.getConfig() as Record<string, unknown>;
  const axes = before.sizes.length;
  const list = (value: unknown) => {
    const values = [value ?? 1].flat() as number[];
    return Array.from({ length: axes }, (_, axis) => values[axis % values.length] as number);
  };
  if (className === "UpSampling2D") return scale(before, list(config.size));
  const isTransposed = className.endsWith("Transpose");
  const isWindow = /^(Conv|Depthwise|Separable)/.test(className);
  const isPool = /Pooling/.test(className);
  if (!isWindow && !isPool) return before;
  const windows = list(isPool ? config.poolSize : config.kernelSize);
  const strides = list(config.strides);
  const dilations = list(isWindow ? config.dilationRate : 1);
  if (isTransposed) {
    const seen = windows.map((window, axis) => Math.ceil(window / (strides[axis] as number)));
    return scale(grow(before, seen, dilations), strides);
  }
  const grown = grow(before, windows, dilations);
  return { ...grown, strides: grown.strides.map((stride, axis) => stride * (strides[axis] as number)) };
}

function grow({ sizes, strides }: Field, windows: readonly number[], dilations: readonly number[]): Field {
  const reach = (axis: number) => ((windows[axis] as number) - 1) * (dilations[axis] as number);
  return { strides, sizes: sizes.map((size, axis) => size + reach(axis) * (strides[axis] as number)) };
}

/** Enlarged maps: neighbours see fields that are closer. */
function scale({ sizes, strides }: Field, factors: readonly number[]): Field {
  return { sizes, strides: strides.map((stride, axis) => stride / (factors[axis] as number)) };
}
