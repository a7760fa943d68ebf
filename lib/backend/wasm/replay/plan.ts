// The calls of a step with the same shapes and types as a list of kernels. It is recorded while the step runs as it is,
// and replayed from when two recordings are equal until a number changes that the step depends on.
import * as tf from "@tensorflow/tfjs";
import {
  type Call,
  dataIdOf,
  isPassing,
  type Plan,
  reasonOf,
  type StepOptions,
  sameState,
  withDraws,
} from "../../recording/plan.ts";
import { Refusal } from "../../recording/refusal.ts";
import { withTensors } from "../../recording/structure.ts";
import type { WasmBackend } from "../data-types.ts";
import { record } from "./recorder.ts";
import { type Recording, ShapeChange } from "./recording.ts";

/** Recordings in the same state that differ, after which no more are made. */
const largestDifferences = 4;

const withoutXla = 'The step runs without XLA, which the backend "wasm" does not have.';

export class ReplayPlan implements Plan {
  readonly #options: StepOptions;
  readonly #obstacle: string | undefined;
  #refusal: string | undefined;
  #recording: Recording | undefined;
  /** The host's numbers when the JavaScript ran last. */
  #state: readonly unknown[] | undefined;
  /** The last two recordings are equal. */
  #confirmed = false;
  #attempts = 0;
  #differences = 0;
  #engine: Plan["engine"] = "eager";

  constructor(options: StepOptions) {
    this.#options = options;
    this.#obstacle = options.engine === "xla" ? withoutXla : undefined;
    if (!options.state) {
      this.#refuse(
        new Refusal(
          "its JavaScript has to run at each call, as it may depend on more than arguments and variables, and on the " +
            'backend "wasm" only that would be saved',
        ),
      );
    }
  }

  get engine(): Plan["engine"] {
    return this.#engine;
  }

  get reason(): string | undefined {
    return this.#refusal ?? this.#obstacle;
  }

  get isRecorded(): boolean {
    return this.#recording !== undefined;
  }

  recheck(): void {
    this.#state = undefined;
  }

  dispose(): void {
    this.#recording?.dispose();
  }

  run(call: Call): unknown {
    this.#engine = "eager";
    if (this.#refusal) return call.step();
    const state = this.#options.state?.(call.given);
    if (!this.#confirmed || !sameState(this.#state, state) || !this.#isComplete())
      return this.#record(call, state);
    return this.#replay(call, this.#recording as Recording);
  }

  #record(call: Call, state: readonly unknown[] | undefined): unknown {
    this.#attempts++;
    const { finish, recording } = record(call.step, call.tensors);
    const before = this.#recording;
    this.#recording = undefined;
    if (recording instanceof Refusal) {
      before?.dispose();
      if (!isPassing(recording, this.#attempts)) this.#refuse(recording);
      return finish();
    }
    this.#recording = recording;
    this.#confirmed = before?.equals(recording) ?? false;
    before?.dispose();
    if (
      before &&
      !this.#confirmed &&
      sameState(this.#state, state) &&
      ++this.#differences >= largestDifferences
    ) {
      this.#recording = undefined;
      this.#refuse(new Refusal("it does other operations from call to call, as its JavaScript decides"));
    }
    this.#state = state;
    // This run was to check what the next ones do.
    if (this.#confirmed) this.#engine = "graph";
    return finish();
  }

  #replay(call: Call, recording: Recording): unknown {
    const { outcome } = recording;
    const draws: number[] = [];
    let dataIds: object[];
    const { random } = Math;
    Math.random = () => {
      const number = random();
      draws.push(number);
      return number;
    };
    try {
      dataIds = recording.run(recording.inputs.map(({ source }) => dataIdOf(source, call.tensors)));
    } catch (error) {
      if (error instanceof ShapeChange) {
        recording.dispose();
        this.#recording = undefined;
        this.#refuse(error);
      }
      Math.random = random;
      // It fails there too, and says at which operation.
      return withDraws(draws, call.step);
    } finally {
      Math.random = random;
    }
    this.#engine = "graph";
    const outputs = outcome.outputs.map(({ shape, dtype }, index) =>
      tf.engine().makeTensorFromTensorInfo({ dataId: dataIds[index] as object, shape, dtype }),
    );
    outcome.assigned.forEach(([variable], index) => {
      setVariable(variable, dataIds[outcome.outputs.length + index] as object);
    });
    return withTensors(outcome.result, outputs);
  }

  #isComplete(): boolean {
    const backend = tf.backend() as WasmBackend;
    return (this.#recording as Recording).inputs.every(({ source }) => {
      if (source.kind === "other") return backend.refCount(source.dataId) > 0;
      return source.kind === "argument" || !source.variable.isDisposed;
    });
  }

  #refuse(error: Error): void {
    this.#refusal = reasonOf(error);
  }
}

/** Put data in the place of a variable's, without TensorFlow.js's engine where nothing else refers to either. */
function setVariable(variable: tf.Variable, dataId: object): void {
  const backend = tf.backend() as WasmBackend;
  if (backend.refCount(variable.dataId) === 1 && backend.refCount(dataId) === 1) {
    const { dataIdMap } = backend;
    const data = dataIdMap.get(dataId);
    backend.disposeData(variable.dataId);
    dataIdMap.delete(dataId);
    dataIdMap.set(variable.dataId, data);
    return;
  }
  const { shape, dtype } = variable;
  const value = tf.engine().makeTensorFromTensorInfo({ dataId, shape, dtype });
  variable.assign(value);
  value.dispose();
}
