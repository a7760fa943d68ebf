// TensorFlow's SavedModels, which TensorFlow itself runs.

import { existsSync } from "node:fs";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { RunnableSavedModel, type SignatureInfo, type TensorInfo, typeName } from "../backend/index.ts";
import type { NamedTensors } from "./weights.ts";

/** What a signature takes or gives. */
interface TensorDescription {
  dtype: string;
  /** Sizes that may vary are null; undefined where not even the rank is known. */
  shape: (number | null)[] | undefined;
}

/** A function of a SavedModel. */
interface Signature {
  inputs: Record<string, TensorDescription>;
  outputs: Record<string, TensorDescription>;
}

interface SavedModelOptions {
  /** Which of its graphs, by the tags that it was saved with. Defaults to `["serve"]`. */
  tags?: string[];
}

interface RunOptions {
  /** Name of the function. Defaults to `"serving_default"`, or the only one. */
  signature?: string;
}

/** A model of TensorFlow as Python has saved it. */
export class SavedModel {
  /** Its functions by name. */
  readonly signatures: Readonly<Record<string, Signature>>;
  readonly #model: RunnableSavedModel;
  readonly #folder: string;

  constructor(model: RunnableSavedModel, folder: string) {
    this.#model = model;
    this.#folder = folder;
    this.signatures = Object.fromEntries(
      [...model.signatures].map(([name, { inputs, outputs }]) => [
        name,
        { inputs: described(inputs), outputs: described(outputs) },
      ]),
    );
  }

  /**
   * Run a function of the model.
   *
   * @param inputs One tensor where there is one input, otherwise tensors by name; whole numbers and floating-point numbers
   * are made those of the width that the function takes.
   * @returns One tensor where there is one output, otherwise tensors by name.
   * @throws RangeError if there is no such function, or inputs are missing, too many or of another shape or type.
   */
  predict(inputs: tf.Tensor | NamedTensors, { signature }: RunOptions = {}): tf.Tensor | NamedTensors {
    const [name, info] = this.#signature(signature);
    const given = inputs instanceof tf.Tensor ? { [this.#onlyInput(name, info)]: inputs } : inputs;
    const names = Object.keys(given);
    const expected = [...info.inputs.keys()];
    if (names.length !== expected.length || names.some((each) => !info.inputs.has(each))) {
      throw new RangeError(
        `"${name}" of "${this.#folder}" takes the inputs ${listed(expected)}; it was given ${listed(names)}.`,
      );
    }
    for (const each of names) requireFit(given[each] as tf.Tensor, this.signatures[name] as Signature, each);
    const outputs = [...info.outputs.keys()];
    const results = this.#model.run(
      names.map((each) => [info.inputs.get(each) as TensorInfo, given[each] as tf.Tensor]),
      [...info.outputs.values()],
    );
    if (results.length === 1) return results[0] as tf.Tensor;
    return Object.fromEntries(outputs.map((each, index) => [each, results[index] as tf.Tensor]));
  }

  /** Free the model; TensorFlow holds its variables outside of JavaScript. */
  dispose(): void {
    this.#model.dispose();
  }

  #signature(wanted?: string): [string, SignatureInfo] {
    const all = [...this.#model.signatures].filter(([, { outputs }]) => outputs.size > 0);
    const name = wanted ?? (all.length === 1 ? (all[0] as [string, unknown])[0] : "serving_default");
    const found = all.find(([each]) => each === name);
    if (found) return found;
    throw new RangeError(
      `"${this.#folder}" has no function "${name}"; it has ${listed(all.map(([each]) => each))}: ` +
        "predict(inputs, { signature: name }).",
    );
  }

  #onlyInput(name: string, { inputs }: SignatureInfo): string {
    const [only] = inputs.keys();
    if (inputs.size === 1) return only as string;
    throw new RangeError(
      `"${name}" of "${this.#folder}" takes the inputs ${listed([...inputs.keys()])}; give them by name.`,
    );
  }
}

/**
 * Load a SavedModel, what `tf.saved_model.save` and Keras's `model.export` write. It runs on the backends `tensorflow` and
 * `cuda`.
 *
 * @throws Error if the folder holds none, it is damaged, or the backend is another.
 */
export async function loadSavedModel(
  folder: string,
  { tags = ["serve"] }: SavedModelOptions = {},
): Promise<SavedModel> {
  if (!existsSync(join(folder, "saved_model.pb"))) {
    throw new Error(`"${folder}" is no SavedModel: it has no saved_model.pb.`);
  }
  try {
    return new SavedModel(new RunnableSavedModel(folder, tags), folder);
  } catch (error) {
    throw new Error(`"${folder}" can't be loaded: ${(error as Error).message}`, { cause: error });
  }
}

function described(infos: Map<string, TensorInfo>): Record<string, TensorDescription> {
  return Object.fromEntries(
    [...infos].map(([name, info]) => [name, { dtype: typeName(info), shape: info.shape }]),
  );
}

const wholeNumbers = /^u?int/;
const floatingPoint = /float/;

function requireFit({ dtype, shape }: tf.Tensor, { inputs }: Signature, name: string): void {
  const expected = inputs[name] as TensorDescription;
  const sameKind = [wholeNumbers, floatingPoint].some(
    (kind) => kind.test(dtype) && kind.test(expected.dtype),
  );
  const sameShape =
    !expected.shape ||
    (shape.length === expected.shape.length &&
      expected.shape.every((size, axis) => size === null || size === shape[axis]));
  if (sameShape && (sameKind || dtype === expected.dtype)) return;
  const sizes = expected.shape ? `[${expected.shape.map((size) => size ?? "any")}]` : "";
  throw new RangeError(`The input "${name}" is ${dtype}[${shape}]; it must be ${expected.dtype}${sizes}.`);
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? "nothing" : names.map((name) => `"${name}"`).join(", ");
}
