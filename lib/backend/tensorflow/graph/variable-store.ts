// Variables of TensorFlow.js that live in variables of TensorFlow, where a recorded step changes them in place. They
// move there before the first such step. To the rest of the program they stay tensors: whoever asks for one reads it
// out, and who assigns to one takes it out of there until the next step.
import type * as tf from "@tensorflow/tfjs";
import type { Source } from "../../recording/plan.ts";
import type { Attribute } from "../attributes.ts";
import type { Pointer } from "../c-api.ts";
import type { Context } from "../context.ts";
import { execute } from "../operations.ts";
import type { Recording } from "./recording.ts";
import { dtypeAttribute, handleAttributes } from "./resource-variables.ts";
import { idOf, nodeBackend, setVariable } from "./tensors.ts";
import { updateRules } from "./updates.ts";

const stored = new WeakMap<tf.Variable, StoredVariable>();
let count = 0;

/** The place in TensorFlow that is a variable's for as long as it lives. */
export function storedVariable(context: Context, variable: tf.Variable): StoredVariable {
  const known = stored.get(variable) ?? new StoredVariable(context);
  stored.set(variable, known);
  return known;
}

export class StoredVariable {
  readonly name = `variable_${count++}`;
  readonly #context: Context;
  /** TensorFlow's handle of the variable and the number of the tensor that it is, while it holds the value. */
  #handle: Pointer | undefined;
  #id: number | undefined;

  constructor(context: Context) {
    this.#context = context;
  }

  /** Have the value there, and nowhere else unless somebody shares it. */
  moveIn(variable: tf.Variable): void {
    const backend = nodeBackend();
    const { binding } = backend;
    const data = backend.tensorMap.get(variable.dataId);
    if (data.values === null && data.id === this.#id && backend.refCount(variable.dataId) === 1) {
      binding.release(data.id);
      return;
    }
    const { shape, dtype } = data;
    const value = binding.handle(idOf(backend, variable.dataId));
    this.#handle ??= this.#execute("VarHandleOp", handleAttributes(this.name, shape, dtype), [], 1)[0];
    this.#execute("AssignVariableOp", [dtypeAttribute(dtype)], [this.#handle, value], 0);
    const id = binding.keepVariable({
      read: () => this.#execute("ReadVariableOp", [dtypeAttribute(dtype)], [this.#handle as Pointer], 1)[0],
      // Another tensor may have shared the value and outlive the variable's next ones.
      free: () => {
        if (this.#id === id) this.#moveOut();
      },
    });
    this.#id = id;
    setVariable(backend, variable, { id, shape, dtype });
  }

  #moveOut(): void {
    const handle = this.#handle as Pointer;
    this.#execute("DestroyResourceOp", [], [handle], 0);
    this.#context.api.TFE_DeleteTensorHandle(handle);
    this.#handle = undefined;
    this.#id = undefined;
  }

  #execute(name: string, attributes: Attribute[], inputs: Pointer[], outputCount: number): Pointer[] {
    // A step that is still computed may change it.
    this.#context.ahead.wait();
    return execute(this.#context, name, attributes, inputs, outputCount);
  }
}

/**
 * The inputs of a recording that can be changed in place: variables that an update gives their last values, which nothing
 * else uses. By their numbers, with the variables.
 */
export function changedInPlace(
  { events, inputs }: Recording<Source>,
  assigned: readonly [variable: tf.Variable, output: number][],
  results: readonly number[],
): Map<number, tf.Variable> {
  const variables = new Map(
    inputs.flatMap(({ id, source }): [number, tf.Variable][] =>
      source.kind === "variable" ? [[id, source.variable]] : [],
    ),
  );
  const used = new Set(results);
  for (const event of events) if (event.kind === "operation") for (const id of event.inputs) used.add(id);
  const lastValues = new Map(assigned.map(([variable, id]) => [id, variable]));
  const changed = new Map<number, tf.Variable>();
  for (const event of events) {
    if (event.kind !== "operation" || !(event.name in updateRules)) continue;
    const changing = event.inputs.slice(0, updateRules[event.name].variables);
    const fits = event.outputs.every(({ id }, index) => {
      const variable = variables.get(changing[index]);
      return variable && lastValues.get(id) === variable && !used.has(id) && !changed.has(changing[index]);
    });
    if (fits) for (const id of changing) changed.set(id, variables.get(id) as tf.Variable);
  }
  return changed;
}
