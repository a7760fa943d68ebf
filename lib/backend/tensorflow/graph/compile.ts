// A function of tensors that runs as one function of TensorFlow. It is run as it is at the first call, recorded at
// the second with these shapes and types, and from then on its JavaScript is run without computing, to take
// the constants and to notice when it does something else.
import * as tf from "@tensorflow/tfjs";
import type { Pointer } from "../c-api.ts";
import { TensorFlowError } from "../context.ts";
import { tensorFlowEngine } from "../register.ts";
import { createHandle } from "../tensors.ts";
import { free, type KeptRecordings } from "./kept.ts";
import {
  Comparison,
  type Constant,
  Difference,
  type RecordedFunction,
  Recording,
  requireSame,
  sameNumbers,
} from "./recording.ts";
import { Refusal } from "./refusal.ts";
import { drawSeed } from "./seeds.ts";
import {
  idOf,
  nodeBackend,
  registeredVariables,
  separateVariables,
  setVariable,
  withTensors,
} from "./tensors.ts";
import { isPlain, type Listener, type NodeBackend, type Trace, tensorsIn, trace } from "./trace.ts";
import { Tuning } from "./tuning.ts";

export interface StepOptions {
  /** Run the recorded operations as they are, or compiled by XLA, or by what is faster. */
  engine: "auto" | "graph" | "xla";
  /**
   * The numbers that the function depends on besides tensors, with these arguments. Where it is given, the function's
   * JavaScript runs only when one of them has changed; without it, at every call.
   */
  state?: (given: readonly unknown[]) => readonly unknown[];
  /** Takes the recordings at the end, and gives those of a step before that did the same. */
  kept?: KeptRecordings;
}

/** Where a recorded function finds a tensor from outside: an argument, a variable or any other. */
type Source =
  | { kind: "argument"; index: number }
  | { kind: "variable"; variable: tf.Variable }
  | { kind: "other"; dataId: object };

/** What is known of the calls with certain shapes and types. */
interface Plan {
  /** Why these calls are not recorded. */
  refusal?: string;
  attempts: number;
  calls: number;
  recorded?: Recorded;
}

/** A recording with its function, and what is known of it. */
export interface Recorded {
  recording: Recording<Source>;
  run: RecordedFunction;
  xla: boolean;
  tuning: Tuning | undefined;
  outputs: number[];
  assigned: [variable: tf.Variable, output: number][];
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
}

const largestPlanCount = 32;
const fewPlans = 4;
/** Calls before a recording where there are more plans than few. */
const callsOfMany = 4;
const largestAttempts = 4;
const largestBuilds = 8;

type Function = (...given: never[]) => unknown;

/** What a recorded function does at present. */
export interface StepReport {
  /** How it runs once it is recorded; `"eager"` before, and where it can't be. */
  engine: "eager" | "graph" | "xla";
  /** Why it runs eagerly, or why XLA is not used; one sentence. */
  reason: string | undefined;
  /** How many recordings it holds, one for each combination of shapes and types. */
  recordings: number;
}

export class RecordedStep<Step extends Function> {
  readonly #step: Step;
  readonly #options: StepOptions;
  readonly #plans = new Map<string, Plan>();
  #reason: string | undefined;
  #last: StepReport["engine"] = "eager";

  constructor(step: Step, options: StepOptions) {
    this.#step = step;
    this.#options = options;
  }

  get report(): StepReport {
    const recordings = [...this.#plans.values()].filter(({ recorded }) => recorded).length;
    return { engine: this.#last, reason: this.#reason, recordings };
  }

  /** Run the JavaScript at the next call: user code may have changed what it depends on. */
  recheck(): void {
    for (const { recorded } of this.#plans.values()) if (recorded) recorded.state = undefined;
  }

  /**
   * Free the recordings, or leave them to the next step. This one may be called on, and then does all as it did it at
   * first.
   */
  dispose(): void {
    const { kept, engine } = this.#options;
    for (const [key, { recorded }] of this.#plans) {
      if (!recorded) continue;
      // Where XLA could not compile it, the next step tells so again.
      if (kept && (recorded.xla || engine !== "xla")) kept.add(engine + key, recorded);
      else free(recorded);
    }
    this.#plans.clear();
  }

  call(given: Parameters<Step>): ReturnType<Step> {
    if (!canRecord()) {
      this.#last = "eager";
      return this.#eager(given);
    }
    const tensors = [...tensorsIn(given)];
    const key = keyOf(given, tensors);
    const plan = this.#plans.get(key);
    if (!plan) {
      // The first time as it is: optimizers make their variables now.
      this.#makeRoom();
      this.#plans.set(key, { attempts: 0, calls: 1 });
      return this.#eager(given);
    }
    // Recording costs as much as some calls, which sentences of all lengths, say, don't make up for.
    if (this.#plans.size > fewPlans && plan.calls++ < callsOfMany) return this.#eager(given);
    if (plan.refusal) {
      this.#last = "eager";
      return this.#eager(given);
    }
    const draws: number[] = [];
    try {
      if (!plan.recorded) this.#begin(plan, key, given, tensors, draws);
      else if (this.#unchanged(plan.recorded, given)) drawSeeds(plan.recorded.recording);
      else this.#compare(plan, given, tensors, draws);
      return this.#run(plan, tensors);
    } catch (error) {
      if (!(error instanceof Retry)) throw error;
      try {
        return withDraws(draws, () => this.#eager(given));
      } catch (failure) {
        // Not the recording's fault: the next call may do better.
        plan.refusal = undefined;
        throw failure;
      }
    }
  }

  #eager(given: Parameters<Step>): ReturnType<Step> {
    return this.#step(...given) as ReturnType<Step>;
  }

  /** Go on with the recording of a step before, if this one does the same to the last constant, or record. */
  #begin(plan: Plan, key: string, given: Parameters<Step>, tensors: tf.Tensor[], draws: number[]): void {
    const { kept, engine, state } = this.#options;
    const recorded = kept?.take(engine + key);
    if (!recorded) {
      this.#record(plan, given, tensors, draws);
      return;
    }
    recorded.volatile = false;
    try {
      requireSame(this.#retrace(recorded, given, tensors, draws).length === 0);
      plan.attempts++;
      recorded.state = state?.(given);
      recorded.confirmed = false;
      recorded.tuning = recorded.xla ? undefined : this.#tuningOf(recorded);
      plan.recorded = recorded;
    } catch {
      free(recorded);
      const again = draws.splice(0);
      withDraws(again, () => this.#record(plan, given, tensors, draws));
    }
  }

  #record(plan: Plan, given: Parameters<Step>, tensors: tf.Tensor[], draws: number[]): void {
    plan.attempts++;
    const { context } = engine();
    const recording = new Recording<Source>(context);
    try {
      const variables = separateVariables(registeredVariables());
      const byData = new Map<object, Source>(
        variables.map((variable) => [variable.dataId, { kind: "variable", variable }]),
      );
      tensors.forEach((tensor, index) => {
        if (!byData.has(tensor.dataId)) byData.set(tensor.dataId, { kind: "argument", index });
      });
      const listener: Listener = {
        constant: (...values) => recording.constant(...values),
        input: (dataId, shape, dtype) =>
          recording.input(byData.get(dataId) ?? { kind: "other", dataId }, shape, dtype),
        operation: (...values) => recording.operation(...values),
      };
      const traced = trace(() => this.#step(...given), listener, draws);
      const recorded = { recording, state: this.#options.state?.(given) } as Recorded;
      Object.assign(recorded, {
        ...resultsOf(traced),
        confirmed: false,
        volatile: false,
        builds: 0,
        ran: false,
      });
      this.#build(recorded, this.#options.engine === "xla");
      plan.recorded = recorded;
    } catch (error) {
      this.#refuse(plan, error);
    } finally {
      recording.close();
    }
  }

  /** Run the JavaScript against the recording, which is made anew if they differ. */
  #compare(plan: Plan, given: Parameters<Step>, tensors: tf.Tensor[], draws: number[]): void {
    const recorded = plan.recorded as Recorded;
    try {
      const changed = this.#retrace(recorded, given, tensors, draws);
      this.#takeConstants(recorded, changed, this.#options.state?.(given));
    } catch (error) {
      plan.recorded = undefined;
      free(recorded);
      if (!(error instanceof Difference) || plan.attempts >= largestAttempts) {
        const often = "it does other operations from call to call, as its JavaScript decides";
        this.#refuse(plan, error instanceof Difference ? new Refusal(often) : error);
      }
      const again = draws.splice(0);
      withDraws(again, () => this.#record(plan, given, tensors, draws));
    }
  }

  /**
   * Run the JavaScript against a recording.
   * @returns The constants that have changed.
   * @throws Difference if it does other operations, and what it throws itself.
   */
  #retrace(recorded: Recorded, given: Parameters<Step>, tensors: tf.Tensor[], draws: number[]): Constant[] {
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
    const traced = trace(() => this.#step(...given), listener, draws);
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
    this.#build(recorded, recorded.xla && this.#options.engine === "xla");
  }

  #build(recorded: Recorded, xla: boolean): void {
    if (recorded.builds++ >= largestBuilds)
      throw new Refusal("ever more numbers in it change from call to call");
    recorded.xla = xla;
    recorded.ran = false;
    recorded.run = makeFunction(recorded, xla);
    recorded.tuning = xla ? undefined : this.#tuningOf(recorded);
  }

  #tuningOf({ recording }: Recorded): Tuning | undefined {
    const { context } = engine();
    const isTunable = this.#options.engine === "auto" && Tuning.suits(context, recording);
    return isTunable ? new Tuning(context, recording) : undefined;
  }

  #run(plan: Plan, tensors: tf.Tensor[]): ReturnType<Step> {
    const recorded = plan.recorded as Recorded;
    const { context } = engine();
    const backend = nodeBackend();
    const { binding } = backend;
    const temporary: Pointer[] = [];
    let handles: Pointer[];
    try {
      const inputs = recorded.recording.inputs.map(({ source }) =>
        binding.handle(idOf(backend, dataIdOf(source, tensors))),
      );
      for (const { shape, dtype, values, varies } of recorded.recording.constants) {
        if (varies) temporary.push(createHandle(context, shape, dtype, values));
      }
      handles = execute(recorded, [...inputs, ...temporary]);
    } catch (error) {
      if (recorded.ran || !(error instanceof TensorFlowError)) throw error;
      recorded.run.dispose();
      if (!recorded.xla) {
        plan.recorded = undefined;
        this.#refuse(plan, error);
      }
      this.#reason = `The step runs without XLA, which can't compile it: ${error.message}`;
      this.#build(recorded, false);
      return this.#run(plan, tensors);
    } finally {
      for (const handle of temporary) context.api.TFE_DeleteTensorHandle(handle);
    }
    const { outputs, assigned, result } = recorded;
    recorded.ran = true;
    const results = outputs.map((id, index) => adopt(backend, recorded, id, handles[index]));
    assigned.forEach(([variable, id], index) => {
      setVariable(backend, variable, adopt(backend, recorded, id, handles[outputs.length + index]));
    });
    this.#last = recorded.xla ? "xla" : "graph";
    return withTensors(result, results) as ReturnType<Step>;
  }

  #unchanged({ recording, state, confirmed, volatile }: Recorded, given: Parameters<Step>): boolean {
    const now = this.#options.state?.(given);
    if (!now || !confirmed || volatile || !sameState(state, now)) return false;
    return recording.inputs.every(({ source }) => {
      if (source.kind === "other") return nodeBackend().tensorMap.has(source.dataId);
      return source.kind === "argument" || !source.variable.isDisposed;
    });
  }

  #isNamed(dataId: object, tensors: tf.Tensor[]): boolean {
    return [...registeredVariables(), ...tensors].some((tensor) => tensor.dataId === dataId);
  }

  /** @throws Retry, so that the call is done eagerly. */
  #refuse(plan: Plan, error: unknown): never {
    const passing = error instanceof Refusal && error.passing && plan.attempts < largestAttempts;
    const reason = `The step was not recorded because ${(error as Error).message.replace(/\.$/, "")}.`;
    this.#last = "eager";
    if (!passing) {
      plan.refusal = reason;
      this.#reason = reason;
    }
    throw new Retry();
  }

  #makeRoom(): void {
    if (this.#plans.size < largestPlanCount) return;
    const [oldest, { recorded }] = this.#plans.entries().next().value as [string, Plan];
    if (recorded) free(recorded);
    this.#plans.delete(oldest);
  }
}

function drawSeeds({ constants }: Recording<Source>): void {
  for (const constant of constants) if (constant.seed) constant.values = drawSeed();
}

function makeFunction({ recording, outputs, assigned }: Recorded, xla: boolean): RecordedFunction {
  return recording.build([...outputs, ...assigned.map(([, output]) => output)], { xla });
}

function execute(recorded: Recorded, inputs: Pointer[]): Pointer[] {
  if (!recorded.tuning) return recorded.run.run(inputs);
  const { outputs, winner } = recorded.tuning.run(recorded.run, inputs, () => makeFunction(recorded, true));
  if (winner) {
    recorded.xla = winner !== recorded.run;
    recorded.run = winner;
    recorded.tuning = undefined;
  }
  return outputs;
}

/** Do this call eagerly. */
class Retry extends Error {}

let suspensions = 0;

/** Have all steps run eagerly until the returned function is called. */
export function suspendRecording(): () => void {
  suspensions++;
  return () => {
    suspensions--;
  };
}

/** Not inside another recording, nor where a gradient is taken through the call. */
function canRecord(): boolean {
  if (tf.getBackend() !== "tensorflow" || suspensions > 0) return false;
  const tape = tf.engine() as unknown as { isTapeOn(): boolean };
  return nodeBackend().binding.listener === undefined && !tape.isTapeOn();
}

function engine() {
  return tensorFlowEngine() as NonNullable<ReturnType<typeof tensorFlowEngine>>;
}

/** Shapes, types, and which arguments are the same tensor or a variable: what a recording depends on. */
function keyOf(given: readonly unknown[], tensors: tf.Tensor[]): string {
  const first = new Map<object, number>();
  tensors.forEach(({ dataId }, index) => {
    if (!first.has(dataId)) first.set(dataId, index);
  });
  const describe = (value: unknown): string => {
    if (value instanceof tf.Tensor) {
      const name = value instanceof tf.Variable ? ` ${value.name}` : "";
      return `${value.dtype}[${value.shape}]${first.get(value.dataId)}${name}`;
    }
    if (Array.isArray(value)) return `[${value.map(describe)}]`;
    if (value !== null && typeof value === "object" && isPlain(value)) {
      return `{${Object.entries(value).map(([name, each]) => `${name}:${describe(each)}`)}}`;
    }
    // Other numbers are other constants of the same recording.
    return typeof value === "number" || typeof value === "object" ? typeof value : JSON.stringify(value);
  };
  return describe(given);
}

function dataIdOf(source: Source, tensors: tf.Tensor[]): object {
  if (source.kind === "argument") return tensors[source.index].dataId;
  return source.kind === "variable" ? source.variable.dataId : source.dataId;
}

function adopt(backend: NodeBackend, { recording }: Recorded, id: number, handle: Pointer) {
  const { shape, dtype } = recording.metadata(id);
  return { id: backend.binding.keep(handle), shape, dtype };
}

function resultsOf({ outputs, assigned, result }: Trace): Pick<Recorded, "outputs" | "assigned" | "result"> {
  return { outputs, assigned: [...assigned], result };
}

function sameState(a: readonly unknown[] | undefined, b: readonly unknown[]): boolean {
  return a !== undefined && a.length === b.length && a.every((value, index) => Object.is(value, b[index]));
}

/** Run `body` with Math.random giving `draws` first, so that a step that is run anew draws the same numbers. */
function withDraws<Result>(draws: number[], body: () => Result): Result {
  const original = Math.random;
  let next = 0;
  Math.random = () => (next < draws.length ? draws[next++] : original());
  try {
    return body();
  } finally {
    Math.random = original;
  }
}
