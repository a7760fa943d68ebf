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
import { type Follower, findFollowers } from "./rates.ts";
import { record } from "./recorder.ts";
import { type Recording, ShapeChange } from "./recording.ts";

/** Recordings in the same state that differ, after which no more are made. */
const largestDifferences = 4;

const withoutXla = 'The step runs without XLA, which the backend "wasm" does not have.';

interface Recorded {
  recording: Recording;
  /** The host's numbers when the JavaScript ran last; undefined if it has to run again. */
  state: readonly unknown[] | undefined;
  /** Those at the recording. */
  rates: readonly number[];
  /** Those that it has now. */
  currentRates: readonly number[];
  /** What changes with the rates; undefined as long as no two recordings were the same but for that. */
  followers: readonly Follower[] | undefined;
}

export class ReplayPlan implements Plan {
  readonly #options: StepOptions;
  readonly #obstacle: string | undefined;
  #refusal: string | undefined;
  #recorded: Recorded | undefined;
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
    return this.#recorded !== undefined;
  }

  recheck(): void {
    if (this.#recorded) this.#recorded.state = undefined;
  }

  dispose(): void {
    this.#recorded?.recording.dispose();
  }

  run(call: Call): unknown {
    this.#engine = "eager";
    if (this.#refusal) return call.step();
    const state = this.#options.state?.(call.given);
    const rates = this.#options.rates?.() ?? [];
    const recorded = this.#recorded;
    const isReady = recorded && sameState(recorded.state, state) && follow(recorded, rates);
    if (isReady && isComplete(recorded.recording)) return this.#replay(call, recorded.recording);
    return this.#record(call, state, rates);
  }

  #record(call: Call, state: Recorded["state"], rates: readonly number[]): unknown {
    this.#attempts++;
    const { finish, recording } = record(call.step, call.tensors);
    const before = this.#recorded;
    before?.recording.dispose();
    this.#recorded = undefined;
    if (recording instanceof Refusal) {
      if (!isPassing(recording, this.#attempts)) this.#refuse(recording);
      return finish();
    }
    const followers = before && commonFollowers(before, recording, rates);
    const isDifferent =
      before && !followers && sameState(before.state, state) && sameState(before.rates, rates);
    if (isDifferent && ++this.#differences >= largestDifferences) {
      this.#refuse(new Refusal("it does other operations from call to call, as its JavaScript decides"));
      return finish();
    }
    this.#recorded = { recording, state, rates, currentRates: rates, followers };
    // This run was to check what the next ones do.
    if (followers) this.#engine = "graph";
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
        this.#recorded = undefined;
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

  #refuse(error: Error): void {
    this.#refusal = reasonOf(error);
  }
}

/** Give a confirmed recording these rates; whether that could be done. */
function follow(recorded: Recorded, rates: readonly number[]): boolean {
  const { recording, followers, currentRates } = recorded;
  if (!followers) return false;
  const followed = new Set(followers.map(({ rate }) => rate));
  // A rate of 0 may decide what is computed.
  const isKnown = (rate: number, index: number) =>
    rate === recorded.rates[index] || (rate !== 0 && followed.has(index));
  if (!rates.every(isKnown)) return false;
  for (const follower of followers) {
    const rate = rates[follower.rate] as number;
    if (rate !== currentRates[follower.rate]) recording.setNumber(follower, follower.sign * rate);
  }
  recorded.currentRates = rates;
  return true;
}

/** What changes with the rates in both recordings, if nothing else does. */
function commonFollowers(
  before: Recorded,
  recording: Recording,
  rates: readonly number[],
): readonly Follower[] | undefined {
  if (!recording.endsLike(before.recording)) return undefined;
  const found = findFollowers(
    { events: before.recording.events, rates: before.rates },
    { events: recording.events, rates },
  );
  const known = before.followers?.filter(({ rate }) => rates[rate] === before.rates[rate]) ?? [];
  return found && [...known, ...found];
}

/** Whether all that it takes from outside is still there. */
function isComplete({ inputs }: Recording): boolean {
  const backend = tf.backend() as WasmBackend;
  return inputs.every(({ source }) => {
    if (source.kind === "other") return backend.refCount(source.dataId) > 0;
    return source.kind === "argument" || !source.variable.isDisposed;
  });
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
