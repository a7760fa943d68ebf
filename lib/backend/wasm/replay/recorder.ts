// Recording a step while it runs as it is: the kernels that TensorFlow.js calls on the backend, with what they take and
// give. A kernel that is made of other kernels is recorded as those.
import * as tf from "@tensorflow/tfjs";
import { restoreIfAbandoned } from "../../recording/abandoned.ts";
import { beginRecording, type Source, sourcesOf } from "../../recording/plan.ts";
import { atUserLine, Refusal } from "../../recording/refusal.ts";
import { isSeed } from "../../recording/seeds.ts";
import { isPromise, registeredVariables, tensorsIn, withoutTensors } from "../../recording/structure.ts";
import type { WasmBackend } from "../data-types.ts";
import { type Event, type Operation, Recording, type Value } from "./recording.ts";

/** Parts of tfjs's engine that its types keep back. */
interface Engine {
  startScope(): void;
  endScope(result?: tf.TensorContainer): void;
  makeVariable(...given: unknown[]): tf.Variable;
  state: { activeScope: { track: tf.Tensor[] } };
}

/** A kernel at work, or the step itself. */
interface Frame {
  events: Event[];
  kernels: number;
  /** Whether it does nothing but call other kernels. */
  isComposed: boolean;
}

export interface Recorded {
  /** What the step returned, or threw. */
  finish(): unknown;
  /** A recording, or why there is none. */
  recording: Recording | Refusal;
}

/** Run `step`, whose arguments hold `tensors`, and record it. */
export function record(step: () => unknown, tensors: readonly tf.Tensor[]): Recorded {
  const engine = tf.engine() as unknown as Engine;
  const variables = registeredVariables();
  separate(variables, tensors);
  const before = new Map(variables.map((variable) => [variable, variable.dataId]));
  const recorder = new Recorder(sourcesOf(variables, tensors));
  engine.startScope();
  let result: unknown;
  let failure: { error: unknown } | undefined;
  const restore = recorder.listen();
  try {
    result = step();
  } catch (error) {
    failure = { error };
  } finally {
    restore();
  }
  if (failure || isPromise(result)) {
    // A promise still needs what was made.
    engine.endScope(failure ? undefined : [...engine.state.activeScope.track]);
    const finish = () => {
      if (failure) throw failure.error;
      return result;
    };
    return { finish, recording: recorder.refusal ?? new Refusal("it is asynchronous: it returns a promise") };
  }
  const kept = [...tensorsIn(result)];
  engine.endScope(kept);
  const finish = () => result;
  try {
    return { finish, recording: recorder.recording(result, before) };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { finish, recording: error };
  }
}

/** Give each variable that shares its data data of its own, so that a recording can tell which of the two is used. */
function separate(variables: readonly tf.Variable[], tensors: readonly tf.Tensor[]): void {
  const backend = tf.backend() as WasmBackend;
  const taken = new Set(
    tensors.filter((tensor) => !(tensor instanceof tf.Variable)).map(({ dataId }) => dataId),
  );
  for (const variable of variables) {
    if (!taken.has(variable.dataId)) {
      taken.add(variable.dataId);
      continue;
    }
    tf.tidy(() =>
      variable.assign(
        tf.tensor(backend.readSync(variable.dataId) as Float32Array, variable.shape, variable.dtype),
      ),
    );
  }
}

class Recorder {
  refusal: Refusal | undefined;
  readonly #backend = tf.backend() as WasmBackend;
  readonly #sources: ReadonlyMap<object, Source>;
  readonly #frames: Frame[] = [{ events: [], kernels: 0, isComposed: true }];
  /** The values behind data, by their numbers. */
  readonly #values = new Map<object, number>();
  readonly #made = new Set<object>();
  readonly #written = new Set<object>();
  readonly #outside = new Set<object>();
  #nextValue = 0;
  #draws = 0;

  constructor(sources: ReadonlyMap<object, Source>) {
    this.#sources = sources;
  }

  /** Listen to the kernels until the returned function is called. */
  listen(): () => void {
    const backend = this.#backend;
    const engine = tf.engine() as unknown as Engine;
    const kernels = tf.getKernelsForBackend("wasm").map((config) => ({ config, kernel: config.kernelFunc }));
    const { write, makeOutput, read, readSync, typedArrayFromHeap } = backend;
    const { makeVariable } = engine;
    const { random } = Math;
    for (const { config, kernel } of kernels) {
      config.kernelFunc = (given) => this.#kernel(config.kernelName, kernel, given);
    }
    let isOutput = false;
    backend.write = (values, shape, dtype) => {
      const dataId = write.call(backend, values, shape, dtype);
      if (!isOutput) this.#constant(dataId, { values, shape, dtype });
      return dataId;
    };
    backend.makeOutput = (...given) => {
      this.#frame.isComposed = false;
      isOutput = true;
      try {
        return makeOutput.apply(backend, given);
      } finally {
        isOutput = false;
      }
    };
    backend.typedArrayFromHeap = (tensor) => {
      this.#frame.isComposed = false;
      return typedArrayFromHeap.call(backend, tensor);
    };
    backend.readSync = (dataId, ...range) => {
      this.#noteRead(dataId);
      return readSync.call(backend, dataId, ...range);
    };
    backend.read = (dataId) => {
      this.#noteRead(dataId);
      return read.call(backend, dataId);
    };
    engine.makeVariable = (...given) => {
      this.refusal ??= new Refusal(`it makes a new variable${atUserLine()}`, { passing: true });
      return makeVariable.apply(engine, given);
    };
    Math.random = () => {
      this.#draws++;
      return random();
    };
    const endRecording = beginRecording();
    const restore = () => {
      finished();
      endRecording();
      for (const { config, kernel } of kernels) config.kernelFunc = kernel;
      Object.assign(backend, { write, makeOutput, read, readSync, typedArrayFromHeap });
      engine.makeVariable = makeVariable;
      Math.random = random;
    };
    const finished = restoreIfAbandoned(restore);
    return restore;
  }

  /** @throws Refusal if it can't be replayed. */
  recording(result: unknown, before: ReadonlyMap<tf.Variable, object>): Recording {
    if (this.refusal) throw this.refusal;
    const outputs: Value[] = [];
    const structure = withoutTensors(result, (tensor) => outputs.push(this.#valueOf(tensor)));
    const assigned = [...before.keys()]
      .filter((variable) => variable.dataId !== before.get(variable))
      .map((variable): [tf.Variable, Value] => {
        if (variable.isDisposed) throw new Refusal("it disposes a variable");
        return [variable, this.#valueOf(variable)];
      });
    const known = new Set([...tensorsIn(result), ...before.keys()].map(({ dataId }) => dataId));
    for (const dataId of this.#made) {
      const isKnown = known.has(dataId) || this.#outside.has(dataId);
      if (!isKnown && this.#backend.refCount(dataId) > 0) {
        throw new Refusal("it keeps a tensor that it does not return");
      }
    }
    const [{ events }] = this.#frames as [Frame];
    const recording = new Recording(events, { result: structure, outputs, assigned });
    if (this.#draws !== recording.seedCount) throw new Refusal("it draws random numbers in JavaScript");
    return recording;
  }

  get #frame(): Frame {
    return this.#frames.at(-1) as Frame;
  }

  #kernel(
    name: string,
    kernel: tf.KernelFunc,
    given: Parameters<tf.KernelFunc>[0],
  ): ReturnType<tf.KernelFunc> {
    const outer = this.#frame;
    const inputs = this.#inputs(given.inputs);
    const frame: Frame = { events: [], kernels: 0, isComposed: true };
    this.#frames.push(frame);
    let result: ReturnType<tf.KernelFunc>;
    try {
      result = kernel(given);
    } finally {
      this.#frames.pop();
    }
    outer.kernels++;
    const made = [result].flat();
    const data = new Set(Object.values(given.inputs).map((input) => input?.dataId));
    const isComposed =
      frame.kernels > 0 && frame.isComposed && made.every(({ dataId }) => this.#values.has(dataId));
    if (isComposed) outer.events.push(...frame.events);
    // A kernel that gives what it was given, in another shape, has nothing to do.
    else if (!made.every(({ dataId }) => data.has(dataId))) {
      const outputs = made.map(({ dataId, shape, dtype }) => ({ value: this.#number(dataId), shape, dtype }));
      for (const { dataId } of made) this.#made.add(dataId);
      const isList = Array.isArray(result);
      const { attrs: attributes } = given;
      outer.events.push({ kind: "operation", name, kernel, inputs, attributes, outputs, isList });
    }
    return result;
  }

  #inputs(inputs: tf.NamedTensorInfoMap): Operation["inputs"] {
    if (Array.isArray(inputs)) return inputs.map((input: tf.TensorInfo) => this.#valueOf(input));
    const entries = Object.entries(inputs);
    return Object.fromEntries(entries.map(([name, input]) => [name, input && this.#valueOf(input)]));
  }

  #valueOf({ dataId, shape, dtype }: tf.TensorInfo): Value {
    return { value: this.#values.get(dataId) ?? this.#input(dataId), shape, dtype };
  }

  #input(dataId: object): number {
    const value = this.#number(dataId);
    this.#outside.add(dataId);
    const source = this.#sources.get(dataId) ?? { kind: "other", dataId };
    // Whichever kernel is the first to need it, it is the step's.
    (this.#frames[0] as Frame).events.push({ kind: "input", value, source, number: this.#numberOf(source) });
    return value;
  }

  #numberOf(source: Source): number | undefined {
    if (source.kind !== "other") return undefined;
    const { shape, dtype, memoryOffset } = this.#backend.dataIdMap.get(source.dataId);
    if (dtype !== "float32" || shape.length > 0) return undefined;
    return new Float32Array(this.#backend.wasm.HEAPU8.buffer, memoryOffset, 1)[0];
  }

  #constant(
    dataId: object,
    { values, shape, dtype }: Pick<Value, "shape" | "dtype"> & { values: tf.BackendValues },
  ): void {
    this.#made.add(dataId);
    this.#written.add(dataId);
    // A copy: the user may fill the same array with other values for the next step.
    const copy = values.slice() as tf.BackendValues;
    const value = this.#number(dataId);
    this.#frame.events.push({ kind: "constant", value, values: copy, isSeed: isSeed(values), shape, dtype });
  }

  #number(dataId: object): number {
    const value = this.#nextValue++;
    this.#values.set(dataId, value);
    return value;
  }

  #noteRead(dataId: object): void {
    this.#frame.isComposed = false;
    if (this.#frames.length > 1 || this.#written.has(dataId)) return;
    this.refusal ??= new Refusal(
      `it reads the values of a tensor (data, dataSync, array, print, …)${atUserLine()}`,
    );
  }
}
