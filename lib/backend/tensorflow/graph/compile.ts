// A function of tensors that runs as one function of TensorFlow. It is run as it is at the first call, recorded at
// the second with these shapes and types, and from then on its JavaScript is run without computing, to take
// the constants and to notice when it does something else.
import * as tf from "@tensorflow/tfjs";
import type { TensorMetadata } from "../binding.ts";
import { TensorFlowError } from "../context.ts";
import { tensorFlowEngine } from "../register.ts";
import { Comparison, type Constant, Difference, Recording, requireSame, sameNumbers } from "./recording.ts";
import { Refusal } from "./refusal.ts";
import { drawSeed } from "./seeds.ts";
import { type RecordedStepParts, type Source, StepFunction } from "./step-function.ts";
import { nodeBackend, registeredVariables, separateVariables, withTensors } from "./tensors.ts";
import { isPlain, type Listener, type Trace, tensorsIn, trace } from "./trace.ts";
import { Tuning } from "./tuning.ts";

export interface StepOptions {
  /** Run the recorded operations as they are, or compiled by XLA, or by what is faster. */
  engine: "auto" | "graph" | "xla";
  /**
   * The numbers that the function depends on besides tensors, with these arguments. Where it is given, the function's
   * JavaScript runs only when one of them has changed; without it, at every call.
   */
  state?: (given: readonly unknown[]) => readonly unknown[];
}

/** What is known of the calls with certain shapes and types. */
interface Plan {
  /** Why these calls are not recorded. */
  refusal?: string;
  attempts: number;
  calls: number;
  recorded?: Recorded;
}

interface Recorded extends RecordedStepParts {
  run: StepFunction;
  tuning: Tuning<StepFunction, tf.Tensor, TensorMetadata> | undefined;
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

  /** Free the recordings. The step may be called on, and then records anew. */
  dispose(): void {
    for (const { recorded } of this.#plans.values()) if (recorded) free(recorded);
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
      if (!plan.recorded) this.#record(plan, given, tensors, draws);
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
    const comparison = new Comparison(recorded.recording);
    const variables = recorded.recording.inputs.flatMap(({ source }) =>
      source.kind === "variable" ? [source.variable] : [],
    );
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
    try {
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
      this.#takeConstants(recorded, comparison.changed, this.#options.state?.(given));
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
    const tunable =
      this.#options.engine === "auto" && !xla && Tuning.suits(engine().context, recorded.recording);
    recorded.tuning = tunable
      ? new Tuning<StepFunction, tf.Tensor, TensorMetadata>(recorded.recording)
      : undefined;
  }

  #run(plan: Plan, tensors: tf.Tensor[]): ReturnType<Step> {
    const recorded = plan.recorded as Recorded;
    let results: TensorMetadata[];
    try {
      results = run(recorded, tensors);
    } catch (error) {
      if (recorded.ran || !(error instanceof TensorFlowError)) throw error;
      recorded.run.dispose();
      if (!recorded.run.xla) {
        plan.recorded = undefined;
        this.#refuse(plan, error);
      }
      this.#reason = `The step runs without XLA, which can't compile it: ${error.message}`;
      this.#build(recorded, false);
      return this.#run(plan, tensors);
    }
    recorded.ran = true;
    this.#last = recorded.run.xla ? "xla" : "graph";
    return withTensors(recorded.result, results) as ReturnType<Step>;
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

function run(recorded: Recorded, tensors: tf.Tensor[]): TensorMetadata[] {
  if (!recorded.tuning) return recorded.run.run(tensors);
  const makeXla = () => new StepFunction(engine().context, recorded, { xla: true });
  const { outputs, winner } = recorded.tuning.run(recorded.run, tensors, makeXla);
  if (winner) {
    recorded.run = winner;
    recorded.tuning = undefined;
  }
  return outputs;
}

function free({ run, tuning }: Recorded): void {
  run.dispose();
  tuning?.dispose();
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
