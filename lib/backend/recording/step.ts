// A function of tensors that is recorded where the backend can. It runs as it is at the first call with these shapes and
// types; from then on they have a plan, which is the backend's own.
import * as tf from "@tensorflow/tfjs";
import { GraphPlan } from "../tensorflow/graph/plan.ts";
import { ReplayPlan } from "../wasm/replay/plan.ts";
import { type Call, isRecording, type Plan, type StartedCall, type StepOptions, settled } from "./plan.ts";
import { keyOf, tensorsIn } from "./structure.ts";

const largestPlanCount = 32;
const fewPlans = 4;
/** Calls before a recording where there are more plans than few. */
const callsOfMany = 4;

const plans: Record<string, ((options: StepOptions, key: string) => Plan) | undefined> = {
  tensorflow: (options, key) => new GraphPlan(options, key),
  wasm: (options) => new ReplayPlan(options),
};

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
  readonly #plans = new Map<string, { plan: Plan; calls: number }>();
  #reason: string | undefined;
  /** The backend of the last call that records nothing. */
  #without: string | undefined;
  #last: StepReport["engine"] = "eager";

  constructor(step: Step, options: StepOptions) {
    this.#step = step;
    this.#options = options;
  }

  get report(): StepReport {
    const recordings = [...this.#plans.values()].filter(({ plan }) => plan.isRecorded).length;
    const reason = this.#without
      ? `The step was not recorded because the backend "${this.#without}" can't do that.`
      : this.#reason;
    return { engine: this.#last, reason, recordings };
  }

  /** Run the JavaScript at the next call: user code may have changed what it depends on. */
  recheck(): void {
    for (const { plan } of this.#plans.values()) plan.recheck();
  }

  /**
   * Free the recordings, or leave them to the next step. This one may be called on, and then does all as it did it at
   * first.
   */
  dispose(): void {
    for (const { plan } of this.#plans.values()) plan.dispose();
    this.#plans.clear();
  }

  call(given: Parameters<Step>): ReturnType<Step> {
    return this.#perform(given, (plan, call) => settled(plan.run(call))).result;
  }

  /**
   * The same, computed while JavaScript goes on where that is possible. Calls are computed one after the other. Reading the
   * result before it is settled waits for it.
   */
  start(given: Parameters<Step>): StartedCall<ReturnType<Step>> {
    return this.#perform(given, (plan, call) => plan.start?.(call) ?? settled(plan.run(call)));
  }

  #perform(
    given: Parameters<Step>,
    run: (plan: Plan, call: Call) => StartedCall<unknown>,
  ): StartedCall<ReturnType<Step>> {
    const step = () => this.#step(...given) as ReturnType<Step>;
    const backend = tf.getBackend();
    const makePlan = plans[backend];
    this.#without = makePlan ? undefined : backend;
    if (!makePlan || !canRecord()) {
      this.#last = "eager";
      return settled(step());
    }
    const tensors = [...tensorsIn(given)];
    const key = `${backend} ${keyOf(given, tensors)}`;
    const known = this.#plans.get(key);
    if (!known) {
      // The first time as it is: optimizers make their variables now.
      this.#makeRoom();
      this.#plans.set(key, { plan: makePlan(this.#options, key), calls: 1 });
      return settled(step());
    }
    // Recording costs as much as some calls, which sentences of all lengths, say, don't make up for.
    if (this.#plans.size > fewPlans && known.calls++ < callsOfMany) return settled(step());
    const { plan } = known;
    const started = run(plan, { step, given, tensors }) as StartedCall<ReturnType<Step>>;
    this.#last = plan.engine;
    this.#reason = plan.reason ?? this.#reason;
    return started;
  }

  #makeRoom(): void {
    if (this.#plans.size < largestPlanCount) return;
    const [oldest, { plan }] = this.#plans.entries().next().value as [string, { plan: Plan }];
    plan.dispose();
    this.#plans.delete(oldest);
  }
}

/** Whether the backend in use can record. */
export function recordsSteps(): boolean {
  return plans[tf.getBackend()] !== undefined;
}

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
  const tape = tf.engine() as unknown as { isTapeOn(): boolean };
  return suspensions === 0 && !isRecording() && !tape.isTapeOn();
}
