// What a step did while it was recorded: constants, inputs and operations in their order. Tensors go by negative
// numbers in it. A function of TensorFlow is made of it, anew when a constant turns out to change.

import { createHash } from "node:crypto";
import { serialize } from "node:v8";
import * as tf from "@tensorflow/tfjs";
import { Refusal } from "../../recording/refusal.ts";
import { isSeed } from "../../recording/seeds.ts";
import { type Attribute, attributeType } from "../attributes.ts";
import type { TensorMetadata } from "../binding.ts";
import type { GraphOutput, Pointer } from "../c-api.ts";
import type { Context } from "../context.ts";
import { dataType, type HostValues, toBytes } from "../data-types.ts";
import { execute } from "../operations.ts";
import { stepName, waitFor } from "../tensors.ts";
import { type FunctionOptions, Graph, keyOf } from "./graph.ts";
import { Rehearsal } from "./rehearsal.ts";
import { ResourceVariables } from "./resource-variables.ts";
import { Simplifier } from "./simplify.ts";
import { Calculator, updateRules } from "./updates.ts";

/** Values that were made in JavaScript. */
export interface Constant extends TensorMetadata {
  kind: "constant";
  /** Those of the last time that the step's JavaScript ran. */
  values: HostValues;
  /** Given at each run, because they changed once or are a seed. */
  varies: boolean;
  /** Drawn anew at each run. */
  seed: boolean;
}

/** A tensor from outside of the step; `Source` says where to find it. */
export interface Input<Source> extends TensorMetadata {
  kind: "input";
  source: Source;
}

export interface Operation {
  kind: "operation";
  name: string;
  attributes: Attribute[];
  inputs: number[];
  outputs: TensorMetadata[];
  /** Which outputs TensorFlow gives as int64, unknown to TensorFlow.js, and are made int32. */
  narrowed: boolean[];
  /** The name of the layer that asked for it. */
  layer: string | undefined;
}

type Event<Source> = Constant | Input<Source> | Operation;

const narrowing: Attribute[] = [
  { name: "SrcT", type: attributeType.type, value: dataType.int64 },
  { name: "DstT", type: attributeType.type, value: dataType.int32 },
];

/** Numbers above are real tensors; −1 is TensorFlow.js's for values not yet handed over. */
const firstId = -2;

export class Recording<Source> {
  readonly events: Event<Source>[] = [];
  readonly inputs: Input<Source>[] = [];
  readonly constants: Constant[] = [];
  /** The layer that is at work, for TensorFlow's messages. */
  layer: string | undefined;
  #namesLayers = true;
  readonly #results = new Map<number, TensorMetadata>();
  readonly #context: Context;
  #graph: Graph | undefined;
  #simplifier: Simplifier | undefined;
  #variables: ResourceVariables | undefined;
  #values = new Map<number, GraphOutput>();
  #nextId = firstId;

  constructor(context: Context) {
    this.#context = context;
    this.#open();
  }

  #open(): Graph {
    this.#graph = new Graph(this.#context);
    this.#simplifier = new Simplifier(this.#graph);
    return this.#graph;
  }

  /** Free the graph; the events stay. */
  close(): void {
    this.#graph?.dispose();
    this.#graph = undefined;
    this.#simplifier = undefined;
    this.#variables = undefined;
    this.#values.clear();
  }

  /** Shape and type of a tensor in the recording. */
  metadata(id: number): TensorMetadata {
    const known =
      this.#results.get(id) ?? [...this.inputs, ...this.constants].find((event) => event.id === id);
    return known as TensorMetadata;
  }

  constant(shape: number[], dtype: number, values: HostValues): number {
    const id = this.#nextId--;
    // A copy: the user may fill the same array with other values for the next step.
    const event: Constant = {
      kind: "constant",
      id,
      shape,
      dtype,
      values: copyOf(shape, dtype, values),
      varies: isSeed(values),
      seed: isSeed(values),
    };
    this.events.push(event);
    this.constants.push(event);
    this.#add(event);
    return id;
  }

  input(source: Source, shape: number[], dtype: number): number {
    const event: Input<Source> = { kind: "input", id: this.#nextId--, source, shape, dtype };
    this.events.push(event);
    this.inputs.push(event);
    this.#add(event);
    return event.id;
  }

  /** @throws Refusal if the shape of a result is not known without its values. */
  operation(name: string, attributes: Attribute[], inputs: number[], outputCount: number): TensorMetadata[] {
    const { layer } = this;
    const event: Operation = {
      kind: "operation",
      name,
      attributes,
      inputs,
      outputs: [],
      narrowed: [],
      layer,
    };
    const graph = this.#graph as Graph;
    const values = this.#compute(event, outputCount);
    for (const value of values) {
      const { shape, dtype } = graph.describe(value);
      if (!shape || shape.includes(-1)) throw new Refusal(`the shape of ${name}'s result depends on values`);
      const narrowed = dtype === dataType.int64;
      event.narrowed.push(narrowed);
      event.outputs.push({ id: this.#nextId--, shape, dtype: narrowed ? dataType.int32 : dtype });
    }
    this.events.push(event);
    for (const result of event.outputs) this.#results.set(result.id, result);
    this.#setOutputs(event, values);
    return event.outputs;
  }

  /**
   * Make a function that takes the inputs, then the constants that vary, and gives `outputs`.
   * @param options.resources Inputs that are not taken: the function finds them by these names among TensorFlow's own
   *   variables and changes them there, by steps of an optimizer whose results nothing else needs.
   * @throws Refusal if a shape depends on a constant that varies.
   */
  build(outputs: number[], { resources = new Map(), ...options }: BuildOptions): RecordedFunction<Source> {
    // The graph that was made while recording takes the values of all variables, and names layers.
    if (resources.size > 0 || options.xla) this.close();
    // Models that do the same share what XLA has compiled.
    this.#namesLayers = !options.xla;
    let functionNames: readonly string[] = [];
    try {
      const updates = this.#graph ? [] : this.#rebuild(resources);
      const inputs = this.inputs.filter(({ id }) => !resources.has(id));
      const varying = this.constants.filter(({ varies }) => varies);
      const given = [...inputs, ...varying].map(({ id }) => this.#valueOf(id));
      const taken = new Set(given.map(keyOf));
      const values = outputs.map(this.#valueOf);
      // What fails, such as an index that is out of range, does so before anything is changed.
      const changes = this.#variables?.update(updates, this.#valueOf, values);
      functionNames = changes?.functionNames ?? [];
      const graph = this.#graph as Graph;
      const results = values.map((value) => {
        // A function may not give an input as an output, nor the same output twice.
        if (taken.has(keyOf(value))) return graph.operation("Identity", [], [value]);
        taken.add(keyOf(value));
        return value;
      });
      const name = `recorded_step_${options.xla ? this.#digest(outputs) : functionCount++}`;
      const holders = holdersIn(this.#context);
      const others = holders.get(name) ?? 0;
      if (others === 0) graph.toFunction(name, given, results, { ...options, effects: changes?.done });
      holders.set(name, others + 1);
      const outputCount = results.length;
      return new RecordedFunction(this.#context, { name, functionNames, inputs, varying, outputCount });
    } catch (error) {
      removeFunctions(this.#context, functionNames);
      throw error;
    } finally {
      this.close();
    }
  }

  /** The same for recordings that make the same function, to the last constant. */
  #digest(outputs: number[]): string {
    const known = this.events.map((event) => {
      if (event.kind === "operation") return { ...event, layer: undefined };
      const { kind, id, shape, dtype } = event;
      const isFixed = event.kind === "constant" && !event.varies;
      return { kind, id, shape, dtype, values: isFixed ? event.values : undefined };
    });
    return createHash("sha1")
      .update(serialize([known, outputs]))
      .digest("hex");
  }

  /** @returns The updates of `resources`, which are still to be added. */
  #rebuild(resources: ReadonlyMap<number, string>): Operation[] {
    const variables = new ResourceVariables(this.#context, this.#open());
    this.#variables = variables;
    const isUpdate = (event: Event<Source>): event is Operation =>
      event.kind === "operation" && event.name in updateRules && resources.has(event.inputs[0]);
    for (const event of this.events) {
      const name = event.kind === "input" ? resources.get(event.id) : undefined;
      if (name !== undefined) variables.add(event as Input<Source>, name);
      else if (!isUpdate(event)) this.#add(event);
    }
    return this.events.filter(isUpdate);
  }

  #add(event: Event<Source>): void {
    const graph = this.#graph as Graph;
    if (event.kind === "operation") {
      const { name, outputs } = event;
      const values = this.#compute(event, outputs.length);
      outputs.forEach(({ shape: known }, index) => {
        const { shape } = graph.describe(values[index]);
        if (shape && String(shape) === String(known)) return;
        throw new Refusal(`the shape of ${name}'s result depends on a value that changes`);
      });
      this.#setOutputs(event, values);
    } else if (event.kind === "constant" && !event.varies) {
      this.#values.set(event.id, graph.constant(event.shape, event.dtype, event.values));
    } else this.#values.set(event.id, graph.placeholder(event.shape, event.dtype));
  }

  #compute({ name, attributes, inputs, layer }: Operation, outputCount: number): GraphOutput[] {
    const graph = this.#graph as Graph;
    const values = inputs.map(this.#valueOf);
    const rule = updateRules[name];
    if (rule) return rule.asValues(new Calculator(graph), values);
    return graph.within(this.#namesLayers ? layer : undefined, () => {
      const output = (this.#simplifier as Simplifier).operation(name, attributes, values);
      return Array.from({ length: outputCount }, (_, index) => ({ ...output, index }));
    });
  }

  #setOutputs({ outputs, narrowed }: Operation, values: GraphOutput[]): void {
    outputs.forEach(({ id }, index) => {
      const value = values[index];
      const graph = this.#graph as Graph;
      this.#values.set(id, narrowed[index] ? graph.operation("Cast", narrowing, [value]) : value);
    });
  }

  #valueOf = (id: number): GraphOutput => {
    const value = this.#values.get(id) ?? this.#variables?.read(id);
    if (!value) throw new Refusal("it uses a tensor that an earlier recording has made");
    return value;
  };
}

let functionCount = 0;

/**
 * By how many recordings a function is held. XLA keeps what it has compiled as long as the process lives, by the function's
 * name. So those that do the same share one: a model that is built anew finds it compiled and takes no more memory.
 */
const holders = new WeakMap<Context, Map<string, number>>();

function holdersIn(context: Context): Map<string, number> {
  const known = holders.get(context) ?? new Map<string, number>();
  holders.set(context, known);
  return known;
}

interface BuildOptions extends FunctionOptions {
  resources?: ReadonlyMap<number, string>;
}

function removeFunctions({ api, pointer, status }: Context, names: readonly string[]): void {
  for (const name of names) api.TFE_ContextRemoveFunction(pointer, name, status);
}

interface Signature<Source> {
  name: string;
  /** Functions that it needs and nothing else does. */
  functionNames: readonly string[];
  inputs: readonly Input<Source>[];
  /** Constants that are given after the inputs. */
  varying: readonly Constant[];
  outputCount: number;
}

/** A function in TensorFlow's context. */
export class RecordedFunction<Source> {
  readonly inputs: readonly Input<Source>[];
  readonly varying: readonly Constant[];
  readonly #context: Context;
  readonly #name: string;
  readonly #functionNames: readonly string[];
  readonly #outputCount: number;

  constructor(context: Context, { name, functionNames, inputs, varying, outputCount }: Signature<Source>) {
    this.#context = context;
    this.#functionNames = functionNames;
    this.#name = name;
    this.#outputCount = outputCount;
    this.inputs = inputs;
    this.varying = varying;
  }

  /** The handles of the outputs, which the caller owns. */
  run(inputs: readonly Pointer[]): Pointer[] {
    // Its name says nothing, and its inputs are too many.
    const failure = () => this.#context.failure(stepName);
    return execute(this.#context, this.#name, [], inputs, this.#outputCount, failure);
  }

  /**
   * Go on when the outputs are computed.
   * @throws TensorFlowError if they can't be.
   */
  wait([output]: readonly Pointer[]): void {
    if (output !== undefined) waitFor(this.#context, output);
  }

  /** Run it to the end and forget what it gives. */
  trial(inputs: readonly Pointer[]): void {
    const outputs = this.run(inputs);
    try {
      this.wait(outputs);
    } finally {
      for (const output of outputs) this.#context.api.TFE_DeleteTensorHandle(output);
    }
  }

  /** Have XLA compile it, if it is to, while JavaScript goes on. */
  rehearse(inputs: readonly Pointer[]): Rehearsal {
    return new Rehearsal(this.#context, this.#name, inputs, this.#outputCount);
  }

  dispose(): void {
    const holders = holdersIn(this.#context);
    const others = (holders.get(this.#name) ?? 0) - 1;
    if (others > 0) {
      holders.set(this.#name, others);
      return;
    }
    holders.delete(this.#name);
    this.#context.ahead.wait();
    removeFunctions(this.#context, [this.#name, ...this.#functionNames]);
  }
}

/** The step does not do what was recorded. */
export class Difference extends Error {
  override name = "Difference";
}

/** Compares a further run of the step's JavaScript with the recording, and takes its constants. */
export class Comparison<Source> {
  /** Constants whose values are not those of the run before, but for seeds. */
  readonly changed: Constant[] = [];
  readonly #recording: Recording<Source>;
  #position = 0;

  constructor(recording: Recording<Source>) {
    this.#recording = recording;
  }

  constant(shape: number[], dtype: number, values: HostValues): number {
    const event = this.#next("constant");
    requireSame(event.dtype === dtype && sameNumbers(event.shape, shape) && event.seed === isSeed(values));
    // What is known to vary is compared all the same: whether it still does decides if JavaScript must run.
    const unchanged = sameValues(event, values);
    if (!unchanged) {
      if (!event.seed) this.changed.push(event);
      event.values = copyOf(shape, dtype, values);
    }
    return event.id;
  }

  /** @param matches Whether the tensor is the one that `source` says. */
  input(matches: (source: Source) => boolean, shape: number[], dtype: number): number {
    const event = this.#next("input");
    requireSame(event.dtype === dtype && sameNumbers(event.shape, shape) && matches(event.source));
    return event.id;
  }

  operation(name: string, attributes: Attribute[], inputs: number[], outputCount: number): TensorMetadata[] {
    const event = this.#next("operation");
    requireSame(
      event.name === name &&
        event.outputs.length === outputCount &&
        sameNumbers(event.inputs, inputs) &&
        sameAttributes(event.attributes, attributes),
    );
    return event.outputs;
  }

  /** @throws Difference if the recording goes on. */
  finish(): void {
    requireSame(this.#position === this.#recording.events.length);
  }

  #next<Kind extends Event<Source>["kind"]>(kind: Kind): Extract<Event<Source>, { kind: Kind }> {
    const event = this.#recording.events[this.#position++];
    requireSame(event?.kind === kind);
    return event as Extract<Event<Source>, { kind: Kind }>;
  }
}

export function requireSame(same: boolean): void {
  if (!same) throw new Difference("The step does other operations than before.");
}

export function sameNumbers(a: readonly number[], b: readonly number[]): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return false;
  return true;
}

function sameAttributes(a: Attribute[], b: Attribute[]): boolean {
  if (a.length !== b.length) return false;
  return a.every(({ name, type, value }, index) => {
    const other = b[index];
    if (name !== other.name || type !== other.type) return false;
    if (!Array.isArray(value)) return Object.is(value, other.value);
    return Array.isArray(other.value) && sameNumbers(value, other.value);
  });
}

function copyOf(shape: number[], dtype: number, values: HostValues): HostValues {
  if (dtype === dataType.string) return Array.from(values as Uint8Array[]);
  const bytes = toBytes(dtype, tf.util.sizeFromShape(shape), values).slice();
  if (dtype === dataType.bool || dtype === dataType.uint8) return bytes;
  if (dtype === dataType.int64) return new BigInt64Array(bytes.buffer);
  return dtype === dataType.int32 ? new Int32Array(bytes.buffer) : new Float32Array(bytes.buffer);
}

function sameValues({ shape, dtype, values: before }: Constant, values: HostValues): boolean {
  if (dtype === dataType.string) {
    const [a, b] = [before as Uint8Array[], values as Uint8Array[]];
    return a.length === b.length && a.every((text, index) => Buffer.compare(text, b[index]) === 0);
  }
  const size = tf.util.sizeFromShape(shape);
  return Buffer.compare(toBytes(dtype, size, before), toBytes(dtype, size, values)) === 0;
}
