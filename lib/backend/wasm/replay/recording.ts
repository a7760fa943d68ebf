// What a step has computed: its kernels in their order, and the run of them again without TensorFlow.js's engine, layers
// and gradients. Each result is new memory under a new number, as it is in TensorFlow.js: XNNPACK keeps what it has packed
// of a matrix or filter by that number.
import { isDeepStrictEqual } from "node:util";
import * as tf from "@tensorflow/tfjs";
import type { Source } from "../../recording/plan.ts";
import { drawSeed } from "../../recording/seeds.ts";
import type { WasmBackend } from "../data-types.ts";
import type { Follower } from "./rates.ts";

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
  /** Of a tensor that is a single number and neither argument nor variable. */
  number: number | undefined;
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

/** Parts of tfjs's engine that its types keep back. */
interface Engine {
  removeDataId(dataId: object, backend: WasmBackend): void;
}

/** The recorded kernels don't fit together with the values of this run. */
export class ShapeChange extends Error {
  override name = "ShapeChange";
}

/** An operation ready to run: its arguments are made once, and only data is put in. */
interface Call {
  operation: Operation;
  attributes: tf.NamedAttrMap;
  inputs: tf.NamedTensorInfoMap;
  places: { info: tf.TensorInfo; value: number }[];
  /** Values that nothing needs after it. */
  last: number[];
}

export class Recording {
  readonly outcome: Outcome;
  readonly events: readonly Event[];
  readonly #calls: Map<Operation, Call>;
  readonly #seeds: Constant[];
  /** The data of constants and of numbers that follow a rate, by value; made when they are first needed. */
  readonly #constants = new Map<number, object>();
  /** By the value's number; of values that are not there, nothing. */
  readonly #data: (object | undefined)[] = [];
  /** Values that this run has made and not given away. */
  readonly #own = new Set<number>();
  readonly #backend = tf.backend() as WasmBackend;
  #inputs: Input[];

  constructor(events: readonly Event[], outcome: Outcome) {
    this.outcome = outcome;
    this.events = neededEvents(events, outcome);
    this.#inputs = this.events.filter((event) => event.kind === "input");
    this.#seeds = this.events.filter((event) => event.kind === "constant").filter(({ isSeed }) => isSeed);
    this.#calls = prepared(this.events, outcome);
  }

  /** What a run takes from outside. */
  get inputs(): readonly Input[] {
    return this.#inputs;
  }

  get seedCount(): number {
    return this.#seeds.length;
  }

  /** Whether a run leaves the same behind. */
  endsLike(other: Recording): boolean {
    const [mine, others] = [this, other].map(({ outcome: { result, outputs, assigned } }) => [
      result,
      outputs,
      assigned.map(([{ id }, value]) => [id, value]),
    ]);
    return isDeepStrictEqual(mine, others);
  }

  /** Put a number in the place of one in the recording. */
  setNumber({ event: position, attribute }: Follower, number: number): void {
    const event = this.events[position] as Event;
    if (event.kind === "operation") {
      (this.#calls.get(event) as Call).attributes[attribute as string] = number;
      return;
    }
    const shape = event.kind === "constant" ? event.shape : [];
    this.#freeConstant(event.value);
    this.#constants.set(event.value, this.#backend.write(Float32Array.of(number), shape, "float32"));
    this.#inputs = this.#inputs.filter((input) => input !== event);
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
    try {
      this.#writeConstants();
      for (const [value, dataId] of this.#constants) data[value] = dataId;
      for (const { value, shape, dtype } of this.#seeds)
        this.#keep(value, backend.write(drawSeed(), shape, dtype));
      this.inputs.forEach(({ value }, index) => {
        data[value] = dataIds[index];
      });
      for (const call of this.#calls.values()) this.#call(call);
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
    for (const value of this.#constants.keys()) this.#freeConstant(value);
  }

  #call({ operation, attributes, inputs, places, last }: Call): void {
    const data = this.#data;
    for (const { info, value } of places) info.dataId = data[value] as object;
    const given = operation.kernel({ inputs, attrs: attributes, backend: this.#backend });
    const made = Array.isArray(given) ? given : [given];
    const { outputs } = operation;
    made.forEach((info, index) => {
      this.#keep((outputs[index] as Value).value, info.dataId);
      // A kernel of other kernels gives a tensor, which has a reference of its own.
      if (info instanceof tf.Tensor) {
        this.#backend.incRef(info.dataId);
        info.dispose();
      }
    });
    for (const [index, { shape }] of outputs.entries()) {
      if (!sameNumbers(shape, (made[index] as tf.TensorInfo).shape)) {
        throw new ShapeChange(`the shape of ${operation.name}'s result depends on values`);
      }
    }
    for (const value of last) this.#release(value);
  }

  #writeConstants(): void {
    for (const event of this.events) {
      if (event.kind !== "constant" || event.isSeed || this.#constants.has(event.value)) continue;
      const { value, values, shape, dtype } = event;
      this.#constants.set(value, this.#backend.write(values, shape, dtype));
    }
  }

  #freeConstant(value: number): void {
    const engine = tf.engine() as unknown as Engine;
    const dataId = this.#constants.get(value);
    if (!dataId) return;
    this.#constants.delete(value);
    // The engine knows of those that the step has returned.
    if (this.#backend.disposeData(dataId)) engine.removeDataId(dataId, this.#backend);
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

function prepared(events: readonly Event[], { outputs, assigned }: Outcome): Map<Operation, Call> {
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
      const attributes = { ...operation.attributes };
      return { operation, attributes, inputs: inputs as tf.NamedTensorInfoMap, places, last };
    });
  return new Map(calls.reverse().map((call) => [call.operation, call]));
}

function valuesOf({ inputs }: Operation): Value[] {
  return Object.values(inputs).filter((input) => input !== undefined);
}

/** Another tensor may have taken the place of one that has no name. */
export function sameSource(a: Source, b: Source): boolean {
  if (a.kind === "variable") return b.kind === "variable" && a.variable === b.variable;
  if (a.kind === "argument") return b.kind === "argument" && a.index === b.index;
  return b.kind === "other";
}

function sameNumbers(a: readonly number[], b: readonly number[]): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return false;
  return true;
}
