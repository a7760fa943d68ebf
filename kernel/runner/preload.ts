// The one place where the kernel meets the library: `tf` and `dl`, loaded when a cell first needs them, show their
// figures in the notebook and stop when it is interrupted.

import { inspect } from "node:util";
import { loadFont } from "../../lib/plot/render/canvas.ts";
import { comms } from "./comms.ts";
import { displayBundle } from "./display.ts";
import { interruptSignal } from "./interrupts.ts";
import { withoutNewGlobals } from "./variables.ts";

type TensorFlow = typeof import("@tensorflow/tfjs");

const LARGE = 1_000_000;

let tensorflow: TensorFlow | undefined;
let library: object | undefined;
let replyStates: typeof import("../widgets/widget.ts").replyStates | undefined;
let widgets: typeof import("../widgets/index.ts") | undefined;
let loading: Promise<void> | undefined;

/** Whether a source names `tf` or `dl`, or imports what they are. */
function mentionsLibrary(source: string): boolean {
  return /\b(?:tf|dl)\b|@tensorflow\/|\bnablab\b/.test(source);
}

/** Loads which of the lazy globals a source names: a promise only where there is something to wait for. */
export function preload(source: string): Promise<unknown> | undefined {
  const loads = [
    ...(mentionsLibrary(source) ? [loadLibrary()] : []),
    ...(/\bwidgets\b/.test(source) && !widgets ? [loadWidgets()] : []),
  ];
  return loads.length > 0 ? Promise.all(loads) : undefined;
}

async function loadWidgets(): Promise<void> {
  ({ replyStates } = await import("../widgets/widget.ts"));
  widgets = await import("../widgets/index.ts");
}

/** A front end that connects asks on a comm of its own for all widgets that there are. */
export function answerWidgetControl(): void {
  comms.registerTarget("jupyter.widget.control", (comm) =>
    comm.on("message", () => {
      if (replyStates) replyStates(comm);
      else comm.send({ method: "update_states", states: {}, buffer_paths: [] });
    }),
  );
}

/** Loads the library, with its backend ready, once. A failure is told to everyone who waits, and tried again later. */
export function loadLibrary(): Promise<void> {
  loading ??= withoutNewGlobals(load).catch((error) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

/** What a package needs before a cell can work with it: text on a canvas looks the same on every machine. */
export function prepare(specifier: string): void {
  if (specifier === "canvas") loadFont();
}

async function load(): Promise<void> {
  const { setDisplayTarget } = await import("../../lib/plot/display.ts");
  setDisplayTarget({ show: displayBundle, interruptSignal });
  library = await import("../../lib/index.ts");
  // The CommonJS build is the default export; the namespace around it has no names that appear later.
  const loaded = (await import("@tensorflow/tfjs")) as TensorFlow & { default?: TensorFlow };
  tensorflow = loaded.default ?? loaded;
  describeTensors(tensorflow);
}

/** Tensors and models print themselves readably, also inside other values. */
function describeTensors(tf: TensorFlow): void {
  function tensorText(this: import("@tensorflow/tfjs").Tensor): string {
    if (this.isDisposed) return `Tensor ${this.dtype} [${this.shape}] (disposed)`;
    if (this.size > LARGE) return `Tensor ${this.dtype} [${this.shape}] (${this.size} values)`;
    return this.toString(true);
  }
  function modelText(this: import("@tensorflow/tfjs").LayersModel): string {
    const lines = [`${this.getClassName()} "${this.name}"`];
    try {
      this.summary(undefined, undefined, (line) => lines.push(line));
    } catch {
      lines.push("Its layers are not built yet: it has not seen an input shape.");
    }
    return lines.join("\n");
  }
  for (const [prototype, value] of [
    [tf.Tensor.prototype, tensorText],
    [tf.LayersModel.prototype, modelText],
  ] as const) {
    Object.defineProperty(prototype, inspect.custom, { value, configurable: true, writable: true });
  }
}

/** `tf`, `dl` and `widgets`, until a cell declares a variable of that name. */
export function defineLibraryGlobals(): void {
  const global = (name: string, get: () => unknown): void => {
    const set = (value: unknown): void => {
      Object.defineProperty(globalThis, name, {
        value,
        configurable: true,
        writable: true,
        enumerable: true,
      });
    };
    Object.defineProperty(globalThis, name, { get, set, configurable: true, enumerable: true });
  };
  global("tf", () => tensorflow);
  global("dl", () => library);
  global("widgets", () => widgets);
}

/** TensorFlow.js, where a cell has needed it already. */
export function loadedTensorFlow(): TensorFlow | undefined {
  return tensorflow;
}

interface Engine {
  state: { scopeStack: unknown[]; gradientDepth: number; kernelDepth: number; activeTape: unknown };
  endScope(): void;
}

function engine(): Engine | undefined {
  return tensorflow?.engine() as unknown as Engine | undefined;
}

/** How many of TensorFlow.js's memory scopes (`tf.tidy`) are open. */
export function scopeDepth(): number {
  return engine()?.state.scopeStack.length ?? 0;
}

/** Ends the scopes that an interrupt left open, where no `finally` ran: their tensors are freed. */
export function closeScopes(depth: number): void {
  const open = engine();
  if (!open || open.state.scopeStack.length <= depth) return;
  while (open.state.scopeStack.length > depth) open.endScope();
  Object.assign(open.state, { gradientDepth: 0, kernelDepth: 0, activeTape: null });
}
