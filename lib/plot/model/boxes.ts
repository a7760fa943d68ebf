// What is written in the boxes: a layer that only normalizes, activates or drops stands in the box of the layer
// before it, as it does in papers.

import type { LayerNode, Shape } from "../../summary/index.ts";

/** Kinds of layers, each of a colour. */
export type Kind =
  | "input"
  | "convolution"
  | "dense"
  | "pooling"
  | "recurrent"
  | "attention"
  | "merge"
  | "embedding"
  | "other";

export interface Box {
  /** The first layer of the box. */
  node: LayerNode;
  /** All its layers, in their order. */
  members: readonly LayerNode[];
  kind: Kind;
  /** The most important line first. */
  lines: readonly string[];
  /** Boxes inside, of a model that is used as a layer. */
  inside: readonly Box[];
  /** Boxes that it takes its inputs from; of a model inside another, only of its own. */
  inputs: readonly Source[];
}

export interface Source {
  box: Box;
  /** Which output of a box with boxes inside. */
  index: number;
}

interface OpenBox extends Box {
  members: LayerNode[];
  lines: string[];
}

/** Boxes of the nodes, and the box in which each node is. */
export function makeBoxes(
  nodes: readonly LayerNode[],
  merge: boolean,
  found: Map<LayerNode, OpenBox>,
): Box[] {
  const uses = new Map<LayerNode, number>();
  for (const { inputs } of nodes) for (const input of inputs) uses.set(input, (uses.get(input) ?? 0) + 1);
  const boxes: OpenBox[] = [];
  for (const node of nodes) {
    const [before] = node.inputs;
    const host = before && found.get(before);
    const joins =
      merge && host && isSmall.test(node.className) && uses.get(before) === 1 && host.inside.length === 0;
    if (joins && host.kind !== "input") {
      host.members.push(node);
      found.set(node, host);
      continue;
    }
    const inside = makeBoxes(node.inside, merge, found);
    const inputs = node.inputs.map((input, index) => ({
      box: found.get(input) as OpenBox,
      index: node.inputIndices[index] as number,
    }));
    const box: OpenBox = { node, members: [node], kind: kindOf(node.className), lines: [], inside, inputs };
    boxes.push(box);
    found.set(node, box);
  }
  for (const box of boxes) box.lines.push(...linesOf(box.members));
  return boxes;
}

const isSmall =
  /^(BatchNormalization|LayerNormalization|GroupNormalization|RMSNormalization|L2Normalization|Activation|ReLU|LeakyReLU|ELU|PReLU|Softmax|Dropout|SpatialDropout[12]D|GaussianNoise|GaussianDropout|AlphaDropout|StochasticDepth)$/;

const kinds: readonly (readonly [RegExp, Kind])[] = [
  [/^InputLayer$/, "input"],
  [/Conv(LSTM)?[123]D/, "convolution"],
  [/^Dense$/, "dense"],
  [/Pooling|UpSampling/, "pooling"],
  [/^(SimpleRNN|LSTM|GRU|RNN|Bidirectional|TimeDistributed)$/, "recurrent"],
  [/^(MultiHeadAttention|Dot)$/, "attention"],
  [/^(Add|Concatenate|Multiply|Average|Maximum|Minimum)$/, "merge"],
  [/^(Embedding|PositionalEncoding|ClassToken|SinusoidalEmbedding)$/, "embedding"],
];

function kindOf(className: string): Kind {
  return kinds.find(([pattern]) => pattern.test(className))?.[1] ?? "other";
}

function linesOf(members: readonly LayerNode[]): string[] {
  const [first, ...rest] = members as [LayerNode, ...LayerNode[]];
  const last = members.at(-1) as LayerNode;
  const parameters = members.reduce(
    (sum, { layer, isRepeated }) => sum + (isRepeated ? 0 : layer.countParams()),
    0,
  );
  const shape = shapeText(last.outputShapes[0] as Shape);
  const weights = parameters > 0 ? ` · ${parameters.toLocaleString("en-US")} parameters` : "";
  return [
    titleOf(first),
    ...rest.map(titleOf),
    // A name that was made up tells nothing.
    ...(isGiven(first) ? [first.name] : []),
    shape + weights,
  ];
}

function isGiven({ name, className }: LayerNode): boolean {
  return !new RegExp(`_${className}\\d+(:\\d+)?$`).test(name);
}

/** Type and settings: `Conv2D 3 × 3, relu`. */
function titleOf({ layer, className }: LayerNode): string {
  const config = layer.getConfig() as Record<string, unknown>;
  const list = (value: unknown) => ([value].flat() as number[]).join(" × ");
  const isStrided = ([config.strides ?? 1].flat() as number[]).some((stride) => stride > 1);
  const isDilated = ([config.dilationRate ?? 1].flat() as number[]).some((rate) => rate > 1);
  const parts = [
    config.kernelSize === undefined ? undefined : list(config.kernelSize),
    config.poolSize === undefined ? undefined : list(config.poolSize),
    isStrided && config.poolSize === undefined ? `stride ${list(config.strides)}` : undefined,
    isDilated ? `dilation ${list(config.dilationRate)}` : undefined,
    typeof config.heads === "number" ? `${config.heads} heads${config.causal ? ", causal" : ""}` : undefined,
    typeof config.rate === "number" ? String(config.rate) : undefined,
  ].filter((part) => part !== undefined);
  const activation = activationOf(layer);
  const name = className === "Activation" && activation ? activation : className;
  const settings = [parts.join(", "), className === "Activation" ? undefined : activation].filter(Boolean);
  return [name, settings.join(", ")].filter(Boolean).join(" ");
}

function activationOf(layer: LayerNode["layer"]): string | undefined {
  const { activation } = layer as unknown as { activation?: { getClassName?(): string } };
  const name = activation?.getClassName?.();
  return name === "linear" ? undefined : name;
}

function shapeText(shape: Shape): string {
  return shape
    .slice(1)
    .map((size) => size ?? "any")
    .join(" × ");
}
