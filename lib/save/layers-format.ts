// TensorFlow.js's own format: a folder with model.json, which holds the architecture and names the files of weights.

import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { DamagedFileError, readBytes, writeAtomically } from "./file.ts";
import type { Values } from "./weights.ts";

interface ModelJson {
  format?: string;
  generatedBy?: string;
  convertedBy?: string | null;
  modelTopology: object;
  weightsManifest: { paths: string[]; weights: tf.io.WeightsManifestEntry[] }[];
}

/**
 * Write the model into a folder. Its files of weights have names of their own, so that a model.json, which is replaced
 * at last and at once, always finds those that it was written with.
 */
export async function writeLayersFormat(model: tf.LayersModel, folder: string): Promise<void> {
  const path = join(folder, "model.json");
  const former = await readFile(path, "utf8").then(
    (text) => weightFiles(text),
    () => [],
  );
  let artifacts: tf.io.ModelArtifacts | undefined;
  await model.save(
    tf.io.withSaveHandler(async (given) => {
      artifacts = given;
      return { modelArtifactsInfo: tf.io.getModelArtifactsInfoForJSON(given) };
    }),
  );
  const {
    modelTopology,
    weightSpecs = [],
    weightData,
    format,
    generatedBy,
  } = artifacts as tf.io.ModelArtifacts;
  const weights = new Uint8Array(tf.io.CompositeArrayBuffer.join(weightData));
  const name = `weights-${createHash("sha256").update(weights).digest("hex").slice(0, 8)}.bin`;
  await writeAtomically(join(folder, name), weights);
  const content = {
    ...{ format, generatedBy, convertedBy: null, modelTopology },
    weightsManifest: [{ paths: [name], weights: weightSpecs }],
  };
  await writeAtomically(path, `${JSON.stringify(content)}\n`);
  for (const file of former) if (file !== name) await rm(join(folder, file), { force: true });
}

/** Files that an earlier model.json of ours named. */
function weightFiles(text: string): string[] {
  const { weightsManifest } = JSON.parse(text) as ModelJson;
  return weightsManifest
    .flatMap(({ paths }) => paths)
    .filter((path) => /^weights-[\da-f]{8}\.bin$/.test(path));
}

export interface Architecture {
  /** As modelFromJSON takes it. */
  topology: object;
  weights: Map<string, Values>;
}

/**
 * @throws DamagedFileError if model.json is none or a file of weights too short.
 * @throws Error if the folder holds a graph model.
 */
export async function readLayersFormat(folder: string): Promise<Architecture> {
  const path = join(folder, "model.json");
  if (!existsSync(path) && existsSync(join(folder, "saved_model.pb"))) {
    throw new Error(`"${folder}" is a SavedModel: dl.loadSavedModel loads those.`);
  }
  const content = parse(await readBytes(path), path);
  if (content.format === "graph-model") {
    throw new Error(`"${path}" is a graph model, which has no layers: tf.loadGraphModel loads those.`);
  }
  if (!content.modelTopology || !Array.isArray(content.weightsManifest)) {
    throw new DamagedFileError(path, "it has no modelTopology and weightsManifest.");
  }
  const weights = new Map<string, Values>();
  for (const { paths, weights: specs } of content.weightsManifest) {
    const bytes = Buffer.concat(await Promise.all(paths.map((file) => readBytes(join(folder, file)))));
    const needed = specs.reduce((sum, spec) => sum + byteLength(spec), 0);
    if (bytes.length !== needed) {
      const found = `it has ${bytes.length} bytes instead of ${needed}.`;
      throw new DamagedFileError(join(folder, paths.join(", ")), found);
    }
    const tensors = tf.io.decodeWeights(Uint8Array.from(bytes).buffer, specs);
    for (const [name, tensor] of Object.entries(tensors)) {
      const { shape, dtype } = tensor;
      weights.set(name, { shape, dtype, data: tensor.dataSync() } as Values);
      tensor.dispose();
    }
  }
  return { topology: content.modelTopology, weights };
}

function byteLength({ shape, dtype, quantization }: tf.io.WeightsManifestEntry): number {
  const type = quantization?.dtype ?? dtype;
  const bytes = { float16: 2, uint16: 2, uint8: 1, bool: 1 }[type as string] ?? 4;
  return shape.reduce((product, each) => product * each, bytes);
}

function parse(bytes: Uint8Array, path: string): ModelJson {
  try {
    return JSON.parse(Buffer.from(bytes).toString("utf8"));
  } catch (error) {
    throw new DamagedFileError(path, `it is not JSON (${(error as Error).message}).`);
  }
}
