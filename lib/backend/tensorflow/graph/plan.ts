// The calls of a step with the same shapes and types as one function of TensorFlow. It is recorded at the second call, and
// from then on its JavaScript is run without computing, to take the constants and to notice when it does something else.
import type * as tf from "@tensorflow/tfjs";
import {
  type Call,
  isPassing,
  largestAttempts,
  type Plan,
  reasonOf,
  type Source,
  type StartedCall,
  type StepOptions,
  sameState,
  settled,
  sourcesOf,
  withDraws,
} from "../../recording/plan.ts";
import { Refusal } from "../../recording/refusal.ts";
import { drawSeed } from "../../recording/seeds.ts";
import { registeredVariables, withTensors } from "../../recording/structure.ts";
import type { TensorMetadata } from "../binding.ts";
import { TensorFlowError } from "../context.ts";
import { tensorFlowEngine } from "../register.ts";
import { free } from "./kept.ts";
import { Comparison, type Constant, Difference, Recording, requireSame, sameNumbers } from "./recording.ts";
import { type RecordedStepParts, StepFunction } from "./step-function.ts";
import { nodeBackend, separateVariables } from "./tensors.ts";
import { type Listener, type Trace, trace } from "./trace.ts";
import { Tuning } from "./tuning.ts";

type StepTuning = Tuning<StepFunction, tf.Tensor, TensorMetadata>;

/** A recording with its function, and what is known of it. */
export interface Recorded extends RecordedStepParts {
  run: StepFunction;
  tuning: StepTuning | undefined;
  result: unknown;
  /** The host's numbers when the JavaScript ran last. */
  state: readonly unknown[] | undefined;
  /** The JavaScript ran twice in the same state and gave the same constants. */
  confirmed: boolean;
  /** It gave other constants although the state was the same, or drew random numbers that are no seeds. */
  volatile: boolean;
  builds: number;
  /** The function ran without a failure, at least once. */
  ran: boolean;
  /** When the last call that was started was over; 0 before there is one. */
  settled: number;
}

const largestBuilds = 8;

export class GraphPlan implements Plan {
  readonly #options: StepOptions;
  /** What calls of this plan have in common, for the recordings that are kept. */
  readonly #key: string;
  /** Why these calls are not recorded. */
  #refusal: string | undefined;
  /** Why XLA is not used. */
  #obstacle: string | undefined;
  #attempts = 0;
  #recorded: Recorded | undefined;
  #engine: Plan["engine"] = "eager";

  constructor(options: StepOptions, key: string) {
    this.#options = options;
    this.#key = `${options.engine} ${key}`;
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
    const { kept, engine } = this.#options;
    const recorded = this.#recorded;
    if (!recorded) return;
    // Where XLA could not compile it, the next step tells so again.
    if (kept && (recorded.run.xla || engine !== "xla")) kept.add(this.#key, recorded);
    else free(recorded);
  }

  run(call: Call): unknown {
    return this.#perform(call, run).result;
  }

  start(call: Call): StartedCall<unknown> {
    return this.#perform(call, start);
  }

  #perform(call: Call, execute: Execute): StartedCall<unknown> {
    this.#engine = "eager";
    if (this.#refusal) return settled(call.step());
    const draws: number[] = [];
    try {
      if (!this.#recorded) this.#begin(call, draws);
      else if (this.#unchanged(this.#recorded, call)) drawSeeds(this.#recorded.recording);
      else this.#compare(this.#recorded, call, draws);
      return this.#execute(call, execute);
    } catch (error) {
      if (!(error instanceof Retry)) throw error;
      try {
        return settled(withDraws(draws, call.step));
      } catch (failure) {
        // Not the recording's fault: the next call may do better.
        this.#refusal = undefined;
        throw failure;
      }
    }
  }

  /** Go on with the recording of a step before, if this one does the same to the last constant, or record. */
  #begin(call: Call, draws: number[]): void {
    const recorded = this.#options.kept?.take(this.#key);
    if (!recorded) {
      this.#record(call, draws);
      return;
    }
    recorded.volatile = false;
    try {
      requireSame(this.#retrace(recorded, call, draws).length === 0);
      this.#attempts++;
      recorded.state = this.#stateOf(call.given);
      recorded.confirmed = false;
      recorded.tuning = recorded.run.xla ? undefined : this.#tuningOf(recorded);
      this.#recorded = recorded;
    } catch {
      free(recorded);
      const again = draws.splice(0);
      withDraws(again, () => this.#record(call, draws));
    }
  }

  #record({ step, given, tensors }: Call, draws: number[]): void {
    this.#attempts++;
    const { context } = engine();
    const recording = new Recording<Source>(context);
    try {
      const variables = separateVariables(registeredVariables());
      const byData = sourcesOf(variables, tensors);
      const listener: Listener = {
        constant: (...values) => recording.constant(...values),
        input: (dataId, shape, dtype) =>
          recording.input(byData.get(dataId) ?? { kind: "other", dataId }, shape, dtype),
        operation: (...values) => recording.operation(...values),
        layer: (name) => {
          recording.layer = name;
        },
      };
      const traced = trace(step, listener, draws);
      const recorded = { recording, state: this.#stateOf(given) } as Recorded;
      Object.assign(recorded, {
        ...resultsOf(traced),
        confirmed: false,
        volatile: false,
        builds: 0,
        ran: false,
        settled: 0,
      });
      this.#build(recorded, this.#options.engine === "xla");
      this.#recorded = recorded;
    } catch (error) {
      this.#refuse(error);
    } finally {
      recording.close();
    }
  }

  /** Run the JavaScript against the recording, which is made anew if they differ. */
  #compare(recorded: Recorded, call: Call, draws: number[]): void {
    try {
      const changed = this.#retrace(recorded, call, draws);
      this.#takeConstants(recorded, changed, this.#stateOf(call.given));
    } catch (error) {
      this.#recorded = undefined;
      free(recorded);
      if (!(error instanceof Difference) || this.#attempts >= largestAttempts) {
        const often = "it does other operations from call to call, as its JavaScript decides";
        this.#refuse(error instanceof Difference ? new Refusal(often) : error);
      }
      const again = draws.splice(0);
      withDraws(again, () => this.#record(call, draws));
    }
  }

  /**
   * Run the JavaScript against a recording.
   * @returns The constants that have changed.
   * @throws Difference if it does other operations, and what it throws itself.
   */
  #retrace(recorded: Recorded, { step, tensors }: Call, draws: number[]): Constant[] {
    const comparison = new Comparison(recorded.recording);
    const variables = recorded.recording.inputs.flatMap(({ source }) =>
      source.kind === "variable" ? [source.variable] : [],
    );
    requireSame(variables.every(({ isDisposed }) => !isDisposed));
    separateVariables(variables);
    const before = new Map(variables.map((variable) => [variable, variable.dataId]));
    const others = new Map<Source, object>();
    const listener: Listener = {
      constant: (...values) => comparison.constant(...values),
      input: (dataId, shape, dtype) =>
        comparison.input(
          (source) => {
            if (source.kind === "argument") return tensors[source.index].dataId === dataId;
            if (source.kind === "variable") return before.get(source.variable) === dataId;
            // Another tensor may have taken its place, but not one that is known under another name.
            if (source.dataId !== dataId && this.#isNamed(dataId, tensors)) return false;
            others.set(source, dataId);
            return true;
          },
          shape,
          dtype,
        ),
      operation: (...values) => comparison.operation(...values),
    };
    const traced = trace(step, listener, draws);
    comparison.finish();
    const { outputs, assigned, result } = resultsOf(traced);
    requireSame(
      sameNumbers(outputs, recorded.outputs) &&
        sameNumbers(
          assigned.map(([, output]) => output),
          recorded.assigned.map(([, output]) => output),
        ) &&
        assigned.every(([variable], index) => variable === recorded.assigned[index][0]),
    );
    recorded.result = result;
    for (const [source, dataId] of others) (source as { dataId: object }).dataId = dataId;
    const seeds = recorded.recording.constants.filter(({ seed }) => seed);
    // What else it drew may have decided something.
    recorded.volatile ||= draws.length !== seeds.length;
    return comparison.changed;
  }

  #takeConstants(recorded: Recorded, changed: Constant[], state: Recorded["state"]): void {
    const same = state !== undefined && sameState(recorded.state, state);
    recorded.volatile ||= same && changed.length > 0;
    recorded.confirmed = same && changed.length === 0;
    recorded.state = state;
    const fresh = changed.filter(({ varies }) => !varies);
    if (fresh.length === 0) return;
    for (const constant of fresh) constant.varies = true;
    free(recorded);
    // What was found to be faster is remembered, and XLA compiles in the background again.
    this.#build(recorded, recorded.run.xla && this.#options.engine === "xla");
  }

  #build(recorded: Recorded, xla: boolean): void {
    if (recorded.builds++ >= largestBuilds)
      throw new Refusal("ever more numbers in it change from call to call");
    recorded.ran = false;
    recorded.run = new StepFunction(engine().context, recorded, { xla });
    recorded.tuning = xla ? undefined : this.#tuningOf(recorded);
  }

  #tuningOf({ recording }: Recorded): StepTuning | undefined {
    const isTunable = this.#options.engine === "auto" && Tuning.suits(engine().context, recording);
    return isTunable ? new Tuning(recording) : undefined;
  }

  #execute(call: Call, execute: Execute): StartedCall<unknown> {
    const recorded = this.#recorded as Recorded;
    let started: StartedCall<TensorMetadata[]>;
    try {
      started = execute(recorded, call.tensors);
    } catch (error) {
      if (recorded.ran || !(error instanceof TensorFlowError)) throw error;
      recorded.run.dispose();
      if (!recorded.run.xla) {
        this.#recorded = undefined;
        this.#refuse(error);
      }
      this.#obstacle = `The step runs without XLA, which can't compile it: ${error.message}`;
      this.#build(recorded, false);
      return this.#execute(call, execute);
    }
    recorded.ran = true;
    this.#engine = recorded.run.xla ? "xla" : "graph";
    const backend = nodeBackend();
    const results = started.result.map((result) => backend.createOutputTensor(result));
    return { result: withTensors(recorded.result, results), settle: started.settle };
  }

  #unchanged({ recording, state, confirmed, volatile }: Recorded, { given }: Call): boolean {
    const now = this.#stateOf(given);
    if (!confirmed || volatile || !sameState(state, now)) return false;
    return recording.inputs.every(({ source }) => {
      if (source.kind === "other") return nodeBackend().tensorMap.has(source.dataId);
      return source.kind === "argument" || !source.variable.isDisposed;
    });
  }

  #stateOf(given: Call["given"]): Recorded["state"] {
    const { state, rates } = this.#options;
    return state && [...state(given), ...(rates?.() ?? [])];
  }

  #isNamed(dataId: object, tensors: tf.Tensor[]): boolean {
    return [...registeredVariables(), ...tensors].some((tensor) => tensor.dataId === dataId);
  }

  /** @throws Retry, so that the call is done eagerly. */
  #refuse(error: unknown): never {
    if (!isPassing(error, this.#attempts)) this.#refusal = reasonOf(error);
    throw new Retry();
  }
}

function drawSeeds({ constants }: Recording<Source>): void {
  for (const constant of constants) if (constant.seed) constant.values = drawSeed();
}

type Execute = (recorded: Recorded, tensors: tf.Tensor[]) => StartedCall<TensorMetadata[]>;

function run(recorded: Recorded, tensors: tf.Tensor[]): StartedCall<TensorMetadata[]> {
  if (!recorded.tuning) return settled(recorded.run.run(tensors));
  const makeXla = () => new StepFunction(engine().context, recorded, { xla: true });
  const { outputs, winner } = recorded.tuning.run(recorded.run, tensors, makeXla);
  if (winner) {
    recorded.run = winner;
    recorded.tuning = undefined;
  }
  return settled(outputs);
}

/** A function that has not run yet may be one that can't, and what is timed has to be alone. */
function start(recorded: Recorded, tensors: tf.Tensor[]): StartedCall<TensorMetadata[]> {
  const { tuning } = recorded;
  const isFree = recorded.ran && (!tuning || tuning.isWaiting) && recorded.run.canRunAhead;
  if (!isFree) return run(recorded, tensors);
  const began = performance.now();
  const { results, settle } = recorded.run.start(tensors);
  return {
    result: results,
    settle: () => {
      settle();
      const now = performance.now();
      // It began when the one before it was over.
      tuning?.spend(now - Math.max(began, recorded.settled));
      recorded.settled = now;
    },
  };
}

/** Do this call eagerly. */
class Retry extends Error {}

function engine() {
  return tensorFlowEngine() as NonNullable<ReturnType<typeof tensorFlowEngine>>;
}

function resultsOf({ outputs, assigned, result }: Trace): Pick<Recorded, "outputs" | "assigned" | "result"> {
  return { outputs, assigned: [...assigned], result };
}
