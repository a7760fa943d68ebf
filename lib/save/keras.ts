// Files of Keras: `.keras` (an archive of architecture and weights), `.h5` (both in one file of HDF5, the older form)
// and `.weights.h5`.

import type * as tf from "@tensorflow/tfjs";
import { unzipSync, zipSync } from "fflate";
import { DamagedFileError } from "./file.ts";
import { emptyGroup, type Group, readHdf5, writeHdf5 } from "./hdf5.ts";
import { fromKerasConfig, type KerasConfig, toKerasConfig } from "./keras-config.ts";
import { fromKerasWeights, fromLegacyWeights, kerasWeights, legacyWeights } from "./keras-weights.ts";
import type { Assignment, ModelFile } from "./weights.ts";

/** The version whose form is written. */
const version = "3.0.0";

export async function encodeKerasArchive(model: tf.LayersModel, path: string): Promise<Uint8Array> {
  const described = architecture(model, path);
  const module = described.class_name === "Functional" ? "keras.src.models.functional" : "keras";
  const config = { module, registered_name: null, ...described };
  const text = (value: object) => Buffer.from(JSON.stringify(value));
  const files = {
    "metadata.json": text({ keras_version: version, date_saved: new Date().toISOString() }),
    "config.json": text(config),
    "model.weights.h5": await encodeKerasWeights(model),
  };
  // Weights hardly shrink, and Keras does not compress them either.
  return zipSync(files, { level: 0 });
}

export async function encodeKerasWeights(model: tf.LayersModel): Promise<Uint8Array> {
  return writeHdf5(await kerasWeights(model));
}

export async function encodeKerasHdf5(model: tf.LayersModel, path: string): Promise<Uint8Array> {
  const root = emptyGroup();
  root.attributes.set("keras_version", version);
  root.attributes.set("backend", "tensorflow");
  root.attributes.set("model_config", JSON.stringify(architecture(model, path)));
  root.groups.set("model_weights", await legacyWeights(model));
  return writeHdf5(root);
}

function architecture(model: tf.LayersModel, path: string): KerasConfig {
  return toKerasConfig(JSON.parse(model.toJSON(null, true) as string), path);
}

/** @throws DamagedFileError if the archive is incomplete. */
export async function decodeKerasArchive(bytes: Uint8Array, path: string): Promise<ModelFile> {
  let files: Record<string, Uint8Array>;
  try {
    files = unzipSync(bytes);
  } catch (error) {
    throw new DamagedFileError(path, `it is no whole archive (${(error as Error).message}).`);
  }
  const member = (name: string) => {
    const found = files[name];
    if (found) return found;
    throw new DamagedFileError(
      path,
      `the archive has no ${name}, only ${Object.keys(files).join(", ") || "nothing"}.`,
    );
  };
  const { keras_version } = parse(member("metadata.json"), path) as { keras_version: string };
  const config = parse(member("config.json"), path) as KerasConfig;
  const root = await readHdf5(member("model.weights.h5"), `${path}/model.weights.h5`);
  return {
    topology: fromKerasConfig(config, keras_version, path),
    weights: (model) => fromKerasWeights(model, root, path),
  };
}

/** @throws DamagedFileError if the file is incomplete. */
export async function decodeKerasHdf5(bytes: Uint8Array, path: string): Promise<ModelFile> {
  const root = await readHdf5(bytes, path);
  const config = root.attributes.get("model_config");
  const keras = String(root.attributes.get("keras_version") ?? "2");
  return {
    topology:
      typeof config === "string"
        ? fromKerasConfig(parse(Buffer.from(config), path) as KerasConfig, keras, path)
        : undefined,
    weights: (model) => weightsOf(model, root, path),
  };
}

function weightsOf(model: tf.LayersModel, root: Group, path: string): Assignment[] {
  const legacy = root.groups.get("model_weights") ?? (root.attributes.has("layer_names") ? root : undefined);
  return legacy ? fromLegacyWeights(model, legacy, path) : fromKerasWeights(model, root, path);
}

function parse(bytes: Uint8Array, path: string): unknown {
  try {
    // Python writes numbers that JSON has not.
    return JSON.parse(
      Buffer.from(bytes)
        .toString("utf8")
        .replace(/(?<=[:,[]\s*)(NaN|-?Infinity)(?=\s*[,\]}])/g, "null"),
    );
  } catch (error) {
    throw new DamagedFileError(path, `its architecture is not JSON (${(error as Error).message}).`);
  }
}
