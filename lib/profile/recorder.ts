// Listens to TensorFlow.js while code runs: every operation with its time and memory, and the layer that asked for it,
// also for gradients, which run later.

import * as tf from "@tensorflow/tfjs";
import { listenToLayers, suspendRecording } from "../backend/index.ts";

/** A stretch of time: of a layer, of the gradient of a layer's operations, or of an operation. */
export interface Span {
  kind: "layer" | "gradient" | "operation";
  /** The layer's or operation's name. */
  name: string;
  /** Milliseconds since the profile began. */
  start: number;
  end: number;
  /** How many others it is inside of. */
  depth: number;
  /** Milliseconds without those inside it. */
  self: number;
  /** Bytes that it left behind; less than 0 where it freed more. */
  bytes: number;
  /** The layer it belongs to. */
  layer: string | undefined;
  /** The layer's class; of an operation, the shapes of its inputs and outputs. */
  detail: string;
}

export interface Recorded {
  spans: Span[];
  milliseconds: number;
  /** Most bytes that tensors took at one time, and those before. */
  peakBytes: number;
  startBytes: number;
}

/** What of TensorFlow.js's engine is listened to. */
interface Engine {
  runKernelFunc(call: { kernelName?: string; inputs: tf.NamedTensorMap }): tf.Tensor | tf.Tensor[];
  addTapeNode(...given: unknown[]): void;
  state: { numBytes: number; activeScope?: { name: string } | null; activeTape: TapeNode[] };
}

interface TapeNode {
  gradient?: (given: unknown) => unknown;
}

let stop: (() => void) | undefined;

/**
 * Run `body` and record what it does; TensorFlow.js is as before afterwards. Compiled steps run operation by operation.
 * A recording that goes on already ends with that: an interrupted one could not end itself.
 *
 * @throws whatever `body` throws.
 */
export async function record(body: () => unknown): Promise<Recorded> {
  stop?.();
  const engine = tf.engine() as unknown as Engine;
  const recording = new Recording(engine);
  const undo = [suspendRecording(), listenToOperations(engine, recording), measureLayers(recording)];
  const stopThis = () => {
    for (const each of undo.splice(0)) each();
    stop = undefined;
  };
  stop = stopThis;
  try {
    await body();
  } finally {
    if (stop === stopThis) stopThis();
  }
  return recording.finish();
}

class Recording {
  readonly spans: Span[] = [];
  readonly #engine: Engine;
  readonly #open: Span[] = [];
  readonly #begin = performance.now();
  readonly #startBytes: number;
  #peak: number;

  constructor(engine: Engine) {
    this.#engine = engine;
    this.#startBytes = engine.state.numBytes;
    this.#peak = this.#startBytes;
  }

  /** The layer that is at work. */
  get layer(): string | undefined {
    return this.#open.at(-1)?.layer;
  }

  measure<Result>(
    what: Pick<Span, "kind" | "name" | "layer" | "detail">,
    body: () => Result,
    describe?: (result: Result) => string,
  ): Result {
    const bytes = this.#engine.state.numBytes;
    const depth = this.#open.length;
    const span: Span = { ...what, start: this.#now(), end: 0, depth, self: 0, bytes: 0 };
    this.spans.push(span);
    this.#open.push(span);
    try {
      const result = body();
      if (describe) span.detail = describe(result);
      return result;
    } finally {
      this.#open.length = depth;
      span.end = this.#now();
      span.self += span.end - span.start;
      span.bytes = this.#engine.state.numBytes - bytes;
      this.#peak = Math.max(this.#peak, this.#engine.state.numBytes);
      const around = this.#open.at(-1);
      if (around) around.self -= span.end - span.start;
    }
  }

  finish(): Recorded {
    return {
      spans: this.spans,
      milliseconds: this.#now(),
      peakBytes: this.#peak,
      startBytes: this.#startBytes,
    };
  }

  #now(): number {
    return performance.now() - this.#begin;
  }
}

/** @returns what ends the listening. */
function listenToOperations(engine: Engine, recording: Recording): () => void {
  const { runKernelFunc, addTapeNode } = engine;
  engine.runKernelFunc = function (call) {
    // A function with a gradient of its own goes by the name of the operation that it stands for.
    const name = call.kernelName ?? this.state.activeScope?.name.replace(/__op$/, "") ?? "function";
    const inputs = shapes(Object.values(call.inputs ?? {}));
    return recording.measure(
      { kind: "operation", name, layer: recording.layer, detail: inputs },
      () => runKernelFunc.call(this, call),
      (result) => `${inputs} → ${shapes([result].flat())}`,
    );
  };
  engine.addTapeNode = function (...given) {
    addTapeNode.apply(this, given);
    const node = this.state.activeTape.at(-1) as TapeNode;
    const { layer } = recording;
    const { gradient } = node;
    if (!gradient || layer === undefined) return;
    node.gradient = (upstream) =>
      recording.measure({ kind: "gradient", name: layer, layer, detail: "gradient" }, () =>
        gradient(upstream),
      );
  };
  return () => Object.assign(engine, { runKernelFunc, addTapeNode });
}

/** @returns what ends the listening. */
function measureLayers(recording: Recording): () => void {
  return listenToLayers((layer, body) => {
    const { name } = layer;
    return recording.measure({ kind: "layer", name, layer: name, detail: layer.getClassName() }, body);
  });
}

function shapes(tensors: (tf.Tensor | null | undefined)[]): string {
  return tensors
    .flat()
    .filter((tensor) => tensor !== null && tensor !== undefined)
    .map(({ shape }) => `[${shape}]`)
    .join(" ");
}
