// `dl.compile`: what tf.function is in Python. The recording itself is in recording, tensorflow/graph and wasm/replay.
import * as tf from "@tensorflow/tfjs";
import { RecordedStep, type StepReport } from "./recording/step.ts";

export interface CompileOptions {
  /**
   * `"graph"` runs the recorded operations as one function of TensorFlow, `"xla"` compiles that function, which takes
   * seconds and pays for many calls of small operations. `"auto"` starts with the graph. Where XLA may be faster
   * (on a GPU, and on a CPU for functions without products and convolutions) it compiles in the background when the
   * function has run for a while, and is kept if it takes less than two thirds of the graph's time. Defaults to `"auto"`.
   */
  engine?: "auto" | "graph" | "xla";
  /**
   * The result depends on the arguments, on variables and on nothing else, such as a number that a loop counts up
   * outside. Then the function's JavaScript runs only for new shapes or other numbers among the arguments, instead of at
   * every call without computing. Defaults to `false`.
   */
  pure?: boolean;
}

/** A function that is recorded; it is called as before. */
export type Compiled<Step extends (...given: never[]) => unknown> = ((
  ...given: Parameters<Step>
) => ReturnType<Step>) & {
  /** How the last call was run, and why not otherwise. */
  readonly report: StepReport;
  /** Free the recordings; without it that happens when the function is forgotten. */
  dispose(): void;
};

const forgotten = new FinalizationRegistry((step: { dispose(): void }) => step.dispose());

/**
 * Make a function of tensors run as one function of TensorFlow, or on `wasm` as a list of kernels:
 * `const step = dl.compile((x, y) => …)`.
 *
 * The first call with new shapes and types runs as it is, the second is recorded, later ones run the recording. Variables
 * may be changed inside (`assign`, an optimizer's `minimize`); tensors made inside are disposed, but for those returned.
 * What the function can't have is a result that JavaScript waits for: values that are read, promises, shapes that depend
 * on values, new variables, tensors kept for later. Such a function runs as it is, and `report.reason` says why; so it
 * does on `cpu` and `webgpu`, on `wasm` if it is not `pure`, inside another compiled function, and where a gradient is
 * taken through it.
 *
 * Numbers may differ from call to call, those of arguments and those of the surroundings, such as a learning rate or an
 * annealed weight; random numbers of TensorFlow.js are fresh at every call and those of the same seed without `compile`.
 * TensorFlow draws them, unless a seed is given or a script has imported TensorFlow.js before this library.
 *
 * @param step Takes tensors, numbers, strings, booleans, arrays and plain objects of them, and returns such.
 */
export function compile<Step extends (...given: never[]) => unknown>(
  step: Step,
  { engine = "auto", pure = false }: CompileOptions = {},
): Compiled<Step> {
  const recorded = new RecordedStep(step, { engine, state: pure ? hostValues : undefined });
  const compiled = Object.defineProperties((...given: Parameters<Step>) => recorded.call(given), {
    report: { get: () => recorded.report },
    dispose: { value: () => recorded.dispose() },
  }) as Compiled<Step>;
  forgotten.register(compiled, recorded);
  return compiled;
}

/** What a call depends on besides tensors; booleans and strings have recordings of their own. */
function hostValues(value: unknown): unknown[] {
  if (value instanceof tf.Tensor) return [];
  if (Array.isArray(value)) return value.flatMap(hostValues);
  if (ArrayBuffer.isView(value)) return Array.from(value as Uint8Array);
  const plain =
    value !== null && typeof value === "object" && Object.getPrototypeOf(value) === Object.prototype;
  return plain ? Object.values(value).flatMap(hostValues) : [value];
}
