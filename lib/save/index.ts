// `dl.save` and `dl.load`: models and tensors in files that others read too. The path's ending tells the format.

import * as tf from "@tensorflow/tfjs";
import { readBytes, writeAtomically } from "./file.ts";
import { type Format, formatOf } from "./format.ts";
import {
  decodeKerasArchive,
  decodeKerasHdf5,
  encodeKerasArchive,
  encodeKerasHdf5,
  encodeKerasWeights,
} from "./keras.ts";
import { readLayersFormat, writeLayersFormat } from "./layers-format.ts";
import { decodeSafetensors, encodeSafetensors } from "./safetensors.ts";
import {
  assign,
  type ModelFile,
  matchByName,
  type NamedTensors,
  namedWeights,
  toTensor,
  type Values,
} from "./weights.ts";

export { loadSavedModel, SavedModel } from "./saved-model.ts";
export type { NamedTensors };

export interface LoadOptions<Model extends tf.LayersModel = tf.LayersModel> {
  /** Put the file's weights into this model instead of making one. */
  into?: Model;
}

/**
 * Save a model, or tensors by name. A file is replaced at once, when the new one is whole.
 *
 * | path | holds |
 * | --- | --- |
 * | a folder, such as `"models/lenet"` | architecture and weights, TensorFlow.js's Layers format |
 * | `.keras` | architecture and weights, for Keras 3 |
 * | `.h5` | architecture and weights, the older form of Keras |
 * | `.weights.h5` | weights, for Keras 3 |
 * | `.safetensors` | weights, or the tensors given |
 *
 * @throws RangeError if the ending is unknown, tensors are given for a format of models, or Keras would compute a layer
 * in another way.
 * @throws TypeError if what is given is neither.
 */
export async function save(what: tf.LayersModel | NamedTensors, path: string): Promise<void> {
  const format = formatOf(path);
  const model = what instanceof tf.LayersModel ? what : undefined;
  if (format.name === "safetensors") {
    const tensors = model ? weightsOf(model) : checked(what as NamedTensors);
    return writeAtomically(path, encodeSafetensors(await valuesOf(tensors)));
  }
  if (!model) {
    checked(what as NamedTensors);
    throw new RangeError(
      `"${path}" is for a model; tensors by name go into a file that ends in .safetensors.`,
    );
  }
  if (format.name === "layers") return writeLayersFormat(model, format.path);
  return writeAtomically(path, await encoders[format.name](model, path));
}

const encoders = { keras: encodeKerasArchive, hdf5: encodeKerasHdf5, "keras weights": encodeKerasWeights };

/**
 * Load a model that was saved by `save`, TensorFlow.js or Keras; with `into`, only its weights, which are matched by
 * name or, where names differ, in their order. A loaded model is not compiled.
 *
 * @throws DamagedFileError if the file is incomplete.
 * @throws Error if the file does not exist, holds no architecture, or weights of other shapes than the model has; the
 * model is as before then.
 */
export async function load<Model extends tf.LayersModel = tf.LayersModel>(
  path: string,
  { into }: LoadOptions<Model> = {},
): Promise<Model> {
  const format = formatOf(path);
  if (format.name === "safetensors") {
    const values = decodeSafetensors(await readBytes(path), path);
    if (into) {
      assign(matchByName(into, values, path), path);
      return into;
    }
    throw new Error(`${withoutArchitecture(path)}, dl.loadTensors(path) gives them by name.`);
  }
  const { topology, weights } = await readModel(format);
  const model = into ?? (await build<Model>(topology, path));
  try {
    assign(weights(model), path);
  } catch (error) {
    if (!into) model.dispose();
    throw error;
  }
  return model;
}

async function readModel({ name, path }: Format): Promise<ModelFile> {
  if (name === "keras") return decodeKerasArchive(await readBytes(path), path);
  if (name !== "layers") return decodeKerasHdf5(await readBytes(path), path);
  const { topology, weights } = await readLayersFormat(path);
  return { topology, weights: (model) => matchByName(model, weights, path) };
}

async function build<Model extends tf.LayersModel>(
  topology: object | undefined,
  path: string,
): Promise<Model> {
  if (!topology) throw new Error(withoutArchitecture(path));
  try {
    let made: Promise<tf.LayersModel> | undefined;
    // All of it happens at once; the forget gate's bias of an LSTM leaves tensors behind.
    tf.tidy(() => {
      made = tf.models.modelFromJSON({ modelTopology: topology } as never);
    });
    return (await made) as Model;
  } catch (error) {
    throw new Error(`"${path}" can't be made into a model: ${(error as Error).message}`, { cause: error });
  }
}

function withoutArchitecture(path: string): string {
  return `"${path}" holds tensors but no architecture: dl.load(path, { into: model }) puts them into a model`;
}

/**
 * Tensors by name from a `.safetensors` file, in the file's order. Types that TensorFlow.js lacks become float32 or int32.
 *
 * @throws DamagedFileError if the file is incomplete.
 * @throws RangeError for another ending, and for whole numbers that int32 can't hold.
 */
export async function loadTensors(path: string): Promise<NamedTensors> {
  if (formatOf(path).name !== "safetensors") {
    throw new RangeError(`"${path}" does not end in .safetensors; dl.load loads models.`);
  }
  const values = decodeSafetensors(await readBytes(path), path);
  return Object.fromEntries([...values].map(([name, value]) => [name, toTensor(value)]));
}

function weightsOf(model: tf.LayersModel): NamedTensors {
  return Object.fromEntries(namedWeights(model).map(({ name, weight }) => [name, weight.read()]));
}

async function valuesOf(tensors: NamedTensors): Promise<Map<string, Values>> {
  const entries = Object.entries(tensors).map(async ([name, tensor]) => {
    const { shape, dtype } = tensor;
    return [name, { shape, dtype, data: await tensor.data() } as Values] as const;
  });
  return new Map(await Promise.all(entries));
}

function checked(tensors: NamedTensors): NamedTensors {
  const models = modelsIn(tensors);
  if (models.length > 0) {
    throw new TypeError(`save takes one model; save each by itself: ${models.join(", ")}.`);
  }
  const plain = tensors !== null && typeof tensors === "object" && !(tensors instanceof tf.Tensor);
  const wrong = plain
    ? Object.entries(tensors).find(([, value]) => !(value instanceof tf.Tensor))
    : undefined;
  if (plain && !wrong) {
    const text = Object.entries(tensors).find(
      ([, { dtype }]) => !["float32", "int32", "bool"].includes(dtype),
    );
    if (!text) return tensors;
    throw new TypeError(`"${text[0]}" is of type ${text[1].dtype}; files hold float32, int32 and bool.`);
  }
  const found = wrong ? `the value of "${wrong[0]}" is none` : `got ${String(tensors)}`;
  throw new TypeError(`save takes a model, or tensors by name such as { image: tensor }; ${found}.`);
}

function modelsIn(value: object | null): string[] {
  return Object.entries(value ?? {})
    .filter(([, each]) => each instanceof tf.LayersModel)
    .map(([name]) => `.${name}`);
}
