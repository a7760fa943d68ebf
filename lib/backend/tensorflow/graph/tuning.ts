// Graph or XLA? Which is faster shows only by trying: XLA gains much where operations are small and many, and loses on
// a CPU's products and convolutions. It compiles in the background while the graph goes on; then both are timed on the
// user's own steps, and what is faster is remembered as long as the process lives. All results are the graph's until XLA
// has won: it rounds otherwise, and a training whose numbers depend on when it was tried could not be repeated.
import { createHash } from "node:crypto";
import { type Context, TensorFlowError } from "../context.ts";
import type { Recording } from "./recording.ts";
import type { Rehearsal } from "./rehearsal.ts";
import { updateRules } from "./updates.ts";

/**
 * Milliseconds that a step runs before XLA is tried, and those for each of its operations in addition: longer than compiling
 * takes (1.4 s for 150 operations, 5 s for 1,100, 8 s for 1,900 on two cores), also on a machine that is busy. So whenever a
 * training ends, compiling was not most of the work.
 */
const patience = 4000;
const patiencePerOperation = 4;
/**
 * Operations above which XLA is not tried: compiling would take tens of seconds, for which the end of a script would have
 * to wait; on a CPU it takes the cores from the steps meanwhile.
 */
const mostOperations = { cpu: 1000, gpu: 2000 };
/** Runs of each that are compared. */
const rounds = 7;
/** What XLA may take of the graph's time. Where the two are close, noise would decide, and with it the last digits. */
const gain = 2 / 3;

type Engine = "graph" | "xla";

/** A step as it can be run, in one way or another. */
export interface Runnable<Input, Output> {
  run(inputs: readonly Input[]): Output[];
  /** Go on when the outputs are computed. */
  wait(outputs: readonly Output[]): void;
  /** Run it to the end, change nothing, and forget what it gives. */
  trial(inputs: readonly Input[]): void;
  rehearse(inputs: readonly Input[]): Rehearsal;
  dispose(): void;
}

/** What was faster, by the digest of the recording. */
const verdicts = new Map<string, Engine>();

/** One at a time: the steps that go on need the cores too. */
let compiling: Rehearsal | undefined;

export class Tuning<Step extends Runnable<Input, Output>, Input, Output> {
  readonly #recording: Recording<unknown>;
  readonly #patience: number;
  readonly #times: Record<Engine, number[]> = { graph: [], xla: [] };
  #spent = 0;
  #digest: string | undefined;
  #xla: Step | undefined;
  #rehearsal: Rehearsal | undefined;

  constructor(recording: Recording<unknown>) {
    this.#recording = recording;
    this.#patience = patience + patiencePerOperation * countOperations(recording);
  }

  /**
   * Whether XLA may be worth a try. On a CPU its convolutions are several times slower than TensorFlow's own, and its
   * products slower enough to outweigh what it gains elsewhere: where a layer's step seemed to be faster, it was noise, by
   * which the same seed would have given other last digits.
   */
  static suits(context: Context, recording: Recording<unknown>): boolean {
    const isContraction = (event: { kind: string; name?: string }) => /Conv|MatMul/.test(event.name ?? "");
    const count = countOperations(recording);
    if (context.usesGpu) return count <= mostOperations.gpu;
    return count <= mostOperations.cpu && !recording.events.some(isContraction);
  }

  /** Whether the graph runs for now, so that it may be run without `run`, if its time is told to `spend`. */
  get isWaiting(): boolean {
    const rehearsal = this.#rehearsal;
    return rehearsal ? !rehearsal.ended && !rehearsal.failure : this.#spent < this.#patience;
  }

  /** The step took so many milliseconds. */
  spend(milliseconds: number): void {
    this.#spent += milliseconds;
  }

  /**
   * Run the step once, by `graph` or by what `makeXla` gives.
   * @returns The outputs, and the winner once it is known; the other is disposed then.
   */
  run(graph: Step, inputs: readonly Input[], makeXla: () => Step): { outputs: Output[]; winner?: Step } {
    if (this.#spent < this.#patience) {
      const start = performance.now();
      const outputs = graph.run(inputs);
      this.spend(performance.now() - start);
      return { outputs };
    }
    this.#digest ??= digestOf(this.#recording);
    const verdict = verdicts.get(this.#digest);
    if (verdict === "graph") return this.#choose("graph", graph, inputs);
    if (!this.#rehearsal) {
      const refused = (!compiling || compiling.ended) && !this.#compile(makeXla, inputs);
      return refused ? this.#choose("graph", graph, inputs) : { outputs: graph.run(inputs) };
    }
    if (this.#rehearsal.failure) return this.#choose("graph", graph, inputs);
    if (!this.#rehearsal.ended) return { outputs: graph.run(inputs) };
    if (verdict === "xla") return this.#choose("xla", graph, inputs);
    const times = this.#times;
    if (times.graph.length === rounds) {
      // A busy machine only adds to the time of a run.
      const isFaster = Math.min(...times.xla) < gain * Math.min(...times.graph);
      return this.#choose(isFaster ? "xla" : "graph", graph, inputs);
    }
    if (!this.#tryXla(inputs)) return this.#choose("graph", graph, inputs);
    return { outputs: this.#timed(graph, inputs) };
  }

  /** Free XLA's function, as soon as it is not being compiled. */
  dispose(): void {
    const xla = this.#xla;
    this.#rehearsal?.whenOver(() => xla?.dispose());
    this.#xla = undefined;
  }

  /** @returns Whether there is a function for XLA. */
  #compile(makeXla: () => Step, inputs: readonly Input[]): boolean {
    try {
      this.#xla = makeXla();
    } catch (error) {
      if (!(error instanceof TensorFlowError)) throw error;
      return false;
    }
    compiling = this.#rehearsal = this.#xla.rehearse(inputs);
    return true;
  }

  #choose(engine: Engine, graph: Step, inputs: readonly Input[]): { outputs: Output[]; winner: Step } {
    verdicts.set(this.#digest as string, engine);
    const winner = engine === "xla" ? (this.#xla as Step) : graph;
    const outputs = winner.run(inputs);
    if (engine === "xla") graph.dispose();
    else this.dispose();
    return { outputs, winner };
  }

  /** @returns Whether it can be run: there may not be memory for it beside the graph. */
  #tryXla(inputs: readonly Input[]): boolean {
    const start = performance.now();
    try {
      (this.#xla as Step).trial(inputs);
      this.#times.xla.push(performance.now() - start);
      return true;
    } catch (error) {
      if (!(error instanceof TensorFlowError)) throw error;
      return false;
    }
  }

  #timed(graph: Step, inputs: readonly Input[]): Output[] {
    const start = performance.now();
    const outputs = graph.run(inputs);
    // A GPU is done when a result can be had.
    graph.wait(outputs);
    this.#times.graph.push(performance.now() - start);
    return outputs;
  }
}

/** Those that XLA compiles. */
function countOperations({ events }: Recording<unknown>): number {
  const counts = events.map((event) =>
    event.kind === "operation" ? (updateRules[event.name]?.operations ?? 1) : 0,
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

/** The same for recordings that do the same with other numbers: those of another model of the same architecture, say. */
function digestOf({ events }: Recording<unknown>): string {
  const hash = createHash("sha1");
  for (const event of events) {
    const known =
      event.kind === "operation"
        ? [event.name, event.attributes, event.inputs, event.outputs]
        : [event.kind, event.shape, event.dtype];
    hash.update(JSON.stringify(known));
  }
  return hash.digest("hex");
}
