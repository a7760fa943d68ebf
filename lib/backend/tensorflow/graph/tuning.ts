// Graph or XLA? Which is faster shows only by trying: XLA gains much where operations are small and many, and loses
// much on a CPU's convolutions. It takes seconds to compile, so a step must have run for a while before.
import type { Pointer } from "../c-api.ts";
import { type Context, TensorFlowError } from "../context.ts";
import type { RecordedFunction, Recording } from "./recording.ts";

/** Operations from which on compiling takes too long. */
const mostOperations = 600;
/** Runs of each that are compared. */
const rounds = 5;
/** By how much XLA must be faster, for the sake of noise. */
const gain = 0.9;

export class Tuning {
  readonly #context: Context;
  readonly #patience: number;
  readonly #times = { graph: [] as number[], xla: [] as number[] };
  #spent = 0;
  #xla: RecordedFunction | undefined;

  /** @param patience Milliseconds that the step runs before XLA is tried, lest compiling be most of a short training. */
  constructor(context: Context, patience = 5000) {
    this.#context = context;
    this.#patience = patience;
  }

  /** Whether XLA may be worth a try. On a CPU its convolutions are several times slower than TensorFlow's own. */
  static suits(context: Context, recording: Recording<unknown>): boolean {
    const names = recording.events.flatMap((event) => (event.kind === "operation" ? [event.name] : []));
    const gpu = context.devices.some(({ type }) => type === "GPU");
    return names.length <= mostOperations && (gpu || !names.some((name) => name.includes("Conv")));
  }

  /**
   * Run the step once, by `graph` or by what `makeXla` gives.
   * @returns The outputs, and the winner once it is known.
   */
  run(
    graph: RecordedFunction,
    inputs: Pointer[],
    makeXla: () => RecordedFunction,
  ): { outputs: Pointer[]; winner?: RecordedFunction } {
    if (this.#spent < this.#patience) {
      const start = performance.now();
      const outputs = graph.run(inputs);
      this.#spent += performance.now() - start;
      return { outputs };
    }
    if (!this.#xla) {
      try {
        this.#xla = makeXla();
        // Compiles; what it gives is thrown away.
        for (const handle of this.#xla.run(inputs)) this.#context.api.TFE_DeleteTensorHandle(handle);
      } catch (error) {
        if (!(error instanceof TensorFlowError)) throw error;
        this.dispose();
        return { outputs: graph.run(inputs), winner: graph };
      }
    }
    const { graph: graphTimes, xla: xlaTimes } = this.#times;
    const outputs =
      graphTimes.length <= xlaTimes.length
        ? this.#timed(graph, inputs, graphTimes)
        : this.#timed(this.#xla, inputs, xlaTimes);
    if (xlaTimes.length < rounds) return { outputs };
    if (median(xlaTimes) >= gain * median(graphTimes)) {
      this.dispose();
      return { outputs, winner: graph };
    }
    graph.dispose();
    return { outputs, winner: this.#xla };
  }

  /** Free XLA's function. */
  dispose(): void {
    this.#xla?.dispose();
    this.#xla = undefined;
  }

  #timed(step: RecordedFunction, inputs: Pointer[], times: number[]): Pointer[] {
    const { api, status } = this.#context;
    const start = performance.now();
    const outputs = step.run(inputs);
    // A GPU is done when a result can be had.
    if (outputs.length > 0) api.TF_DeleteTensor(api.TFE_TensorHandleResolve(outputs[0], status));
    times.push(performance.now() - start);
    return outputs;
  }
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}
