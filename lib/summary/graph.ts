// The layers of a model as a graph: one node for each use of a layer, in an order in which inputs come first;
// a model that is used as a layer has nodes of its own.

import * as tf from "@tensorflow/tfjs";

export type Shape = readonly (number | null)[];

/** One use of a layer. */
export interface LayerNode {
  layer: tf.layers.Layer;
  /** The layer's name; further uses of the same layer have a number after it. */
  name: string;
  className: string;
  /** The nodes that it takes its inputs from, and which of their outputs. */
  inputs: readonly LayerNode[];
  inputIndices: readonly number[];
  inputShapes: readonly Shape[];
  outputShapes: readonly Shape[];
  /** The layer was used before, so that its weights are counted already. */
  isRepeated: boolean;
  /** The nodes of a model that is used as a layer. */
  inside: readonly LayerNode[];
  /** Those of them that give its outputs. */
  insideOutputs: readonly LayerNode[];
}

export interface LayerGraph {
  /** All nodes, inputs before what takes them. */
  nodes: readonly LayerNode[];
  /** The nodes that give the model's outputs. */
  outputs: readonly LayerNode[];
}

/**
 * The graph of a model, with a node for each use of a layer.
 *
 * @param inputShapes Shapes of the inputs with their batch axis, where the model leaves sizes open. Defaults to the model's.
 */
export function layerGraph(
  model: tf.LayersModel,
  inputShapes: readonly Shape[] = model.inputs.map(({ shape }) => shape),
  seen: Map<object, number> = new Map(),
): LayerGraph {
  const nodes: LayerNode[] = [];
  const known = new Map<object, LayerNode>();

  function visit(tensor: tf.SymbolicTensor): LayerNode {
    const layer = tensor.sourceLayer;
    const call = layer.inboundNodes[tensor.nodeIndex] as tf.layers.Layer["inboundNodes"][number];
    const found = known.get(call);
    if (found) return found;
    // The node of an input layer names its own output as its input.
    const tensors = call.inboundLayers.length === 0 ? [] : call.inputTensors;
    const inputs = tensors.map(visit);
    const shapes = tensors.map(
      (input, index) => (inputs[index] as LayerNode).outputShapes[input.tensorIndex] as Shape,
    );
    const uses = seen.get(layer) ?? 0;
    seen.set(layer, uses + 1);
    const inner = layer instanceof tf.LayersModel ? layerGraph(layer, shapes, seen) : undefined;
    const node: LayerNode = {
      ...{ layer, inputs, inputShapes: shapes, isRepeated: uses > 0 },
      inputIndices: tensors.map(({ tensorIndex }) => tensorIndex),
      name: uses === 0 ? layer.name : `${layer.name}:${uses + 1}`,
      className: layer.getClassName(),
      outputShapes: outputShapes(layer, call.outputTensors, shapes, positionOf(tensor)),
      inside: inner?.nodes ?? [],
      insideOutputs: inner?.outputs ?? [],
    };
    known.set(call, node);
    nodes.push(node);
    return node;
  }

  function positionOf(tensor: tf.SymbolicTensor): Shape | undefined {
    const position = model.inputs.findIndex(({ id }) => id === tensor.id);
    return position < 0 ? undefined : inputShapes[position];
  }

  for (const input of model.inputs) visit(input);
  return { nodes, outputs: model.outputs.map(visit) };
}

function outputShapes(
  layer: tf.layers.Layer,
  outputs: readonly tf.SymbolicTensor[],
  inputs: readonly Shape[],
  given: Shape | undefined,
): readonly Shape[] {
  if (given) return [given];
  const isOpen = outputs.some(({ shape }) => shape.slice(1).includes(null));
  if (!isOpen || inputs.length === 0) return outputs.map(({ shape }) => shape);
  const shapes = inputs as unknown as tf.Shape[];
  const computed = layer.computeOutputShape(shapes.length === 1 ? (shapes[0] as tf.Shape) : shapes);
  return (Array.isArray(computed[0]) ? computed : [computed]) as Shape[];
}
