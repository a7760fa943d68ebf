// What a step has computed: its kernels in their order, and the run of them again without TensorFlow.js's engine, layers
// and gradients. Each result is new memory under a new number, as it is in TensorFlow.js: XNNPACK keeps what it has packed
// of a matrix or filter by that number.
import { isDeepStrictEqual } from "node:util";
import * as tf from "@tensorflow/tfjs";
import type { Source } from "../../recording/plan.ts";
import { drawSeed } from "../../recording/seeds.ts";
import type { WasmBackend } from "../data-types.ts";

/** A tensor in the recording, by the number of its value. */
export interface Value {
  value: number;
  shape: number[];
  dtype: tf.DataType;
}

/** A tensor from outside of the step. */
export interface Input {
  kind: "input";
  value: number;
  source: Source;
}

/** Values that were made in JavaScript. */
export interface Constant extends Value {
  kind: "constant";
  values: tf.BackendValues;
  /** Drawn anew at each run. */
  isSeed: boolean;
}

export interface Operation {
  kind: "operation";
  name: string;
  kernel: tf.KernelFunc;
  /** By the name, or the place where the kernel takes a list. */
  inputs: Record<string, Value | undefined> | Value[];
  attributes: tf.NamedAttrMap | undefined;
  outputs: Value[];
  /** Whether the kernel gives a list. */
  isList: boolean;
}

export type Event = Input | Constant | Operation;

/** What is left when a step is done. */
export interface Outcome {
  /** What it returned, with `Output`s in place of tensors. */
  result: unknown;
  outputs: Value[];
  /** The variables that it changed, with their last values. */
  assigned: [variable: tf.Variable, value: Value][];
}

/** The recorded kernels don't fit together with the values of this run. */
export class ShapeChange extends Error {
  override name = "ShapeChange";
}

/** An operation ready to run: its arguments are made once, and only data is put in. */
interface Call {
  operation: Operation;
  inputs: tf.NamedTensorInfoMap;
  places: { info: tf.TensorInfo; value: number }[];
  /** Values that nothing needs after it. */
  last: number[];
}

export class Recording {
  readonly inputs: Input[];
  readonly outcome: Outcome;
  readonly #events: readonly Event[];
  readonly #calls: Call[];
  readonly #seeds: Constant[];
  /** The data of constants, made at the first run. */
  readonly #constants: { constant: Constant; dataId: object }[] = [];
  /** By the value's number; of values that are not there, nothing. */
  readonly #data: (object | undefined)[] = [];
  /** Values that this run has made and not given away. */
  readonly #own = new Set<number>();
  readonly #backend = tf.backend() as WasmBackend;

  constructor(events: readonly Event[], outcome: Outcome) {
    this.outcome = outcome;
    const needed = neededEvents(events, outcome);
    this.#events = needed;
    this.inputs = needed.filter((event) => event.kind === "input");
    this.#seeds = needed.filter((event) => event.kind === "constant").filter(({ isSeed }) => isSeed);
    this.#calls = prepared(needed, outcome);
  }

  get seedCount(): number {
    return this.#seeds.length;
  }

  /** Whether it computes the same, with the same numbers. */
  equals(other: Recording): boolean {
    const outcomes = [this, other].map(({ outcome: { result, outputs, assigned } }) => [
      result,
      outputs,
      assigned.map(([{ id }, value]) => [id, value]),
    ]);
    return (
      isDeepStrictEqual(outcomes[0], outcomes[1]) &&
      this.#events.length === other.#events.length &&
      this.#events.every((event, index) => sameEvent(event, other.#events[index] as Event))
    );
  }

  /**
   * Compute everything again. Nothing has happened if it throws.
   *
   * @param dataIds Of the inputs, in their order.
   * @returns The data of the outputs, then of the assigned variables; the caller has a reference to each.
   * @throws ShapeChange if a result has another shape than it had.
   */
  run(dataIds: readonly object[]): object[] {
    // Left over from a run that was terminated from outside.
    this.#clear();
    const data = this.#data;
    const backend = this.#backend;
    if (this.#constants.length === 0) this.#writeConstants();
    for (const { constant, dataId } of this.#constants) data[constant.value] = dataId;
    try {
      for (const { value, shape, dtype } of this.#seeds)
        this.#keep(value, backend.write(drawSeed(), shape, dtype));
      this.inputs.forEach(({ value }, index) => {
        data[value] = dataIds[index];
      });
      for (const call of this.#calls) this.#call(call);
      const { outputs, assigned } = this.outcome;
      return [...outputs, ...assigned.map(([, value]) => value)].map(({ value }) => {
        const dataId = data[value] as object;
        backend.incRef(dataId);
        return dataId;
      });
    } finally {
      this.#clear();
    }
  }

  /** Free the constants. */
  dispose(): void {
    for (const { dataId } of this.#constants.splice(0)) this.#backend.disposeData(dataId);
  }

  #call({ operation, inputs, places, last }: Call): void {
    const data = this.#data;
    for (const { info, value } of places) info.dataId = data[value] as object;
    const given = operation.kernel({ inputs, attrs: operation.attributes, backend: this.#backend });
    const made = Array.isArray(given) ? given : [given];
    const { outputs } = operation;
    for (let index = 0; index < made.length; index++) {
      const info = made[index] as tf.TensorInfo;
      const output = outputs[index] as Value;
      this.#keep(output.value, info.dataId);
      // A kernel of other kernels gives a tensor, which has a reference of its own.
      if (info instanceof tf.Tensor) {
        this.#backend.incRef(info.dataId);
        info.dispose();
      }
      if (!sameNumbers(info.shape, output.shape)) {
        throw new ShapeChange(`the shape of ${operation.name}'s result depends on values`);
      }
    }
    for (const value of last) this.#release(value);
  }

  #writeConstants(): void {
    for (const event of this.#events) {
      if (event.kind !== "constant" || event.isSeed) continue;
      const { values, shape, dtype } = event;
      this.#constants.push({ constant: event, dataId: this.#backend.write(values, shape, dtype) });
    }
  }

  #keep(value: number, dataId: object): void {
    this.#data[value] = dataId;
    this.#own.add(value);
  }

  #release(value: number): void {
    if (!this.#own.delete(value)) return;
    this.#backend.disposeData(this.#data[value] as object);
    this.#data[value] = undefined;
  }

  #clear(): void {
    for (const value of this.#own) this.#release(value);
    this.#data.length = 0;
  }
}

/** Leave out what neither the result nor a variable needs, such as the gradients of inputs. */
function neededEvents(events: readonly Event[], { outputs, assigned }: Outcome): Event[] {
  const needed = new Set([...outputs, ...assigned.map(([, value]) => value)].map(({ value }) => value));
  return events
    .toReversed()
    .filter((event) => {
      // Seeds are drawn in their order, needed or not.
      if (event.kind !== "operation")
        return needed.has(event.value) || (event.kind === "constant" && event.isSeed);
      if (!event.outputs.some(({ value }) => needed.has(value))) return false;
      for (const input of valuesOf(event)) needed.add(input.value);
      return true;
    })
    .reverse();
}

function prepared(events: readonly Event[], { outputs, assigned }: Outcome): Call[] {
  const seen = new Set([...outputs, ...assigned.map(([, value]) => value)].map(({ value }) => value));
  const calls = events
    .filter((event) => event.kind === "operation")
    .toReversed()
    .map((operation): Call => {
      const used = [...valuesOf(operation), ...operation.outputs].map(({ value }) => value);
      const last = [...new Set(used)].filter((value) => !seen.has(value));
      for (const value of last) seen.add(value);
      const places: Call["places"] = [];
      const place = (input: Value | undefined) => {
        if (!input) return undefined;
        const { value, shape, dtype } = input;
        const info = { dataId: {}, shape, dtype };
        places.push({ info, value });
        return info;
      };
      const inputs = Array.isArray(operation.inputs)
        ? operation.inputs.map(place)
        : Object.fromEntries(Object.entries(operation.inputs).map(([name, input]) => [name, place(input)]));
      return { operation, inputs: inputs as tf.NamedTensorInfoMap, places, last };
    });
  return calls.reverse();
}

function valuesOf({ inputs }: Operation): Value[] {
  return Object.values(inputs).filter((input) => input !== undefined);
}

function sameEvent(a: Event, b: Event): boolean {
  if (a.kind === "input" && b.kind === "input") {
    // Another tensor may have taken the place of one that has no name.
    return a.value === b.value && sameSource(a.source, b.source);
  }
  if (a.kind === "constant" && b.kind === "constant" && a.isSeed && b.isSeed) {
    return isDeepStrictEqual({ ...a, values: 0 }, { ...b, values: 0 });
  }
  return isDeepStrictEqual(a, b);
}

function sameSource(a: Source, b: Source): boolean {
  if (a.kind === "variable") return b.kind === "variable" && a.variable === b.variable;
  if (a.kind === "argument") return b.kind === "argument" && a.index === b.index;
  return b.kind === "other";
}

function sameNumbers(a: readonly number[], b: readonly number[]): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return false;
  return true;
}
