// Where Keras puts weights in HDF5 files. Keras 3 numbers them below the path of attributes that leads to the layer;
// the older form, of `.h5` files with the architecture, lists each layer's by name.

import * as tf from "@tensorflow/tfjs";
import { emptyGroup, type Group, groupAt, listAttribute, makeGroup } from "./hdf5.ts";
import { type Assignment, namedWeights, type Values } from "./weights.ts";

type Layer = tf.layers.Layer;

/** A layer that has variables of its own, and its group in a file of Keras 3. */
interface Place {
  layer: Layer;
  path: string;
}

/** The parts of layers that hold other layers. */
interface Holder {
  layers?: Layer[];
  cell?: Layer;
  cells?: Layer[];
  layer?: Layer;
  forwardLayer?: Layer;
  backwardLayer?: Layer;
}

/** Keras numbers layers of the same class, whatever their names are. */
function* placesOf(layers: readonly Layer[], path: string, file?: Group): Generator<Place> {
  const uses = new Map<string, number>();
  const named = new Map<unknown, string>();
  for (const [key, group] of (file && groupAt(file, path))?.groups ?? []) {
    named.set(group.groups.get("vars")?.attributes.get("name"), key);
  }
  const byName = layers.every(({ name, weights }) => weights.length === 0 || named.has(name));
  for (const layer of layers) {
    const className = layer instanceof tf.LayersModel ? modelClass(layer) : layer.getClassName();
    const base = snakeCase(className);
    const use = uses.get(base) ?? 0;
    uses.set(base, use + 1);
    const key = (byName && named.get(layer.name)) || (use === 0 ? base : `${base}_${use}`);
    yield* placesIn(layer, `${path}/${key}`, file);
  }
}

function* placesIn(layer: Layer, path: string, file?: Group): Generator<Place> {
  const { layers, cell, cells, layer: inner, forwardLayer, backwardLayer } = layer as Holder;
  if (layers) yield* placesOf(layers, `${path}/layers`, file);
  else if (cells) yield* placesOf(cells, `${path}/cells`, file);
  else if (cell) yield* placesIn(cell, `${path}/cell`, file);
  else if (forwardLayer && backwardLayer) {
    yield* placesIn(forwardLayer, `${path}/forward_layer`, file);
    yield* placesIn(backwardLayer, `${path}/backward_layer`, file);
  } else if (inner) yield* placesIn(inner, `${path}/layer`, file);
  else yield { layer, path };
}

function modelClass(model: tf.LayersModel): string {
  return model instanceof tf.Sequential ? "Sequential" : "Functional";
}

/** As in keras/src/utils/naming.py: "Conv2D" is conv2d, "LSTMCell" lstm_cell. */
function snakeCase(name: string): string {
  return name
    .replace(/\W+/g, "")
    .replace(/(.)([A-Z][a-z]+)/g, "$1_$2")
    .replace(/([a-z])([A-Z])/g, "$1_$2")
    .toLowerCase();
}

export async function kerasWeights(model: tf.LayersModel): Promise<Group> {
  const root = emptyGroup();
  for (const { layer, path } of placesOf(model.layers, "layers")) {
    const vars = makeGroup(root, `${path}/vars`);
    vars.attributes.set("name", layer.name);
    for (const [index, weight] of layer.weights.entries()) {
      vars.datasets.set(String(index), await valuesOf(weight.read()));
    }
  }
  return root;
}

/** @throws Error if the file lacks weights of a layer or has another number of them. */
export function fromKerasWeights(model: tf.LayersModel, root: Group, path: string): Assignment[] {
  const assignments: Assignment[] = [];
  for (const { layer, path: place } of placesOf(model.layers, "layers", root)) {
    const datasets = groupAt(root, `${place}/vars`)?.datasets ?? new Map<string, Values>();
    if (datasets.size !== layer.weights.length) {
      throw new Error(
        `"${path}" has ${datasets.size} weights in ${place}; the ${layer.getClassName()} layer "${layer.name}" has ${layer.weights.length}.`,
      );
    }
    layer.weights.forEach((weight, index) => {
      assignments.push({
        weight,
        source: `${place}/vars/${index}`,
        value: datasets.get(String(index)) as Values,
      });
    });
  }
  return assignments;
}

export async function legacyWeights(model: tf.LayersModel): Promise<Group> {
  const root = emptyGroup();
  root.attributes.set(
    "layer_names",
    model.layers.map(({ name }) => name),
  );
  const names = new Map(namedWeights(model).map(({ name, weight }) => [weight, name]));
  for (const layer of model.layers) {
    const group = makeGroup(root, layer.name);
    const paths = layer.weights.map((weight) => names.get(weight) as string);
    group.attributes.set("weight_names", paths);
    for (const [index, weight] of layer.weights.entries()) {
      const [folder, last] = split(paths[index] as string);
      const parent = folder ? makeGroup(group, folder) : group;
      parent.datasets.set(last, await valuesOf(weight.read()));
    }
  }
  return root;
}

/** @throws Error if layers or weights are more or fewer than the model's. */
export function fromLegacyWeights(model: tf.LayersModel, root: Group, path: string): Assignment[] {
  const saved = (listAttribute(root, "layer_names") ?? []).flatMap((name) => {
    const group = groupAt(root, name);
    const weightNames = group && listAttribute(group, "weight_names");
    return group && weightNames?.length ? [{ name, group, weightNames }] : [];
  });
  const layers = model.layers.filter(({ weights }) => weights.length > 0);
  if (saved.length !== layers.length) {
    throw new Error(
      `"${path}" has weights of ${saved.length} layers; the model "${model.name}" has ${layers.length} layers with weights.`,
    );
  }
  const byName = new Map(saved.map((each) => [each.name, each]));
  const known = layers.every(({ name }) => byName.has(name));
  return layers.flatMap((layer, position) => {
    const { name, group, weightNames } = (
      known ? byName.get(layer.name) : saved[position]
    ) as (typeof saved)[0];
    if (weightNames.length !== layer.weights.length) {
      throw new Error(
        `"${path}" has ${weightNames.length} weights in ${name}; the ${layer.getClassName()} layer "${layer.name}" has ${layer.weights.length}.`,
      );
    }
    return layer.weights.map((weight, index) => {
      const [folder, last] = split(weightNames[index] as string);
      const value = (folder ? groupAt(group, folder) : group)?.datasets.get(last);
      if (!value)
        throw new Error(`"${path}" names a weight ${name}/${weightNames[index]}, which it does not hold.`);
      return { weight, source: `${name}/${weightNames[index]}`, value };
    });
  });
}

function split(path: string): [folder: string, last: string] {
  const end = path.lastIndexOf("/");
  return [path.slice(0, Math.max(end, 0)), path.slice(end + 1)];
}

async function valuesOf(tensor: tf.Tensor): Promise<Values> {
  const { shape, dtype } = tensor;
  return { shape, dtype, data: await tensor.data() } as Values;
}
