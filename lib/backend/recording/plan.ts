// What a backend does with the calls of a step that have the same shapes and types.
import type * as tf from "@tensorflow/tfjs";
import type { KeptRecordings } from "../tensorflow/graph/kept.ts";
import { Refusal } from "./refusal.ts";

export interface StepOptions {
  /** Run the recorded operations as they are, or compiled by XLA, or by what is faster. */
  engine: "auto" | "graph" | "xla";
  /**
   * The numbers that the function depends on besides tensors, with these arguments. Where it is given, the function's
   * JavaScript runs only when one of them has changed; without it, at every call.
   */
  state?: ((given: readonly unknown[]) => readonly unknown[]) | undefined;
  /**
   * Further such numbers that decide nothing, unless they are 0: they get into operations as they are or negated, as a
   * learning rate does.
   */
  rates?: (() => readonly number[]) | undefined;
  /** Takes the recordings at the end, and gives those of a step before that did the same. */
  kept?: KeptRecordings | undefined;
}

/** One call of a step. */
export interface Call {
  /** Runs the JavaScript. */
  step: () => unknown;
  given: readonly unknown[];
  /** Those in `given`, in order. */
  tensors: tf.Tensor[];
}

/** A call whose results may still be computed. */
export interface StartedCall<Result> {
  result: Result;
  /**
   * Go on when they are computed.
   * @throws What it or a call before it failed by. Variables are then as they were before.
   */
  settle(): void;
}

/** A call that is over. */
export function settled<Result>(result: Result): StartedCall<Result> {
  return { result, settle: () => {} };
}

export interface Plan {
  /** How the last call was run. */
  readonly engine: "eager" | "graph" | "xla";
  /** Why calls are not recorded, or why XLA is not used; one sentence. */
  readonly reason: string | undefined;
  readonly isRecorded: boolean;
  /** Do the call, in whatever way; the result is the step's. */
  run(call: Call): unknown;
  /** Do the call, if it can be while JavaScript goes on. */
  start?(call: Call): StartedCall<unknown>;
  /** Run the JavaScript at the next call. */
  recheck(): void;
  dispose(): void;
}

/** Recordings that a step's own changes have failed are tried again so often. */
export const largestAttempts = 4;

/** Where a recorded function finds a tensor from outside: an argument, a variable or any other. */
export type Source =
  | { kind: "argument"; index: number }
  | { kind: "variable"; variable: tf.Variable }
  | { kind: "other"; dataId: object };

/** Where the tensors from outside are by their data; variables come first. */
export function sourcesOf(
  variables: readonly tf.Variable[],
  tensors: readonly tf.Tensor[],
): Map<object, Source> {
  const byData = new Map<object, Source>(
    variables.map((variable) => [variable.dataId, { kind: "variable", variable }]),
  );
  tensors.forEach((tensor, index) => {
    if (!byData.has(tensor.dataId)) byData.set(tensor.dataId, { kind: "argument", index });
  });
  return byData;
}

export function dataIdOf(source: Source, tensors: readonly tf.Tensor[]): object {
  if (source.kind === "argument") return (tensors[source.index] as tf.Tensor).dataId;
  return source.kind === "variable" ? source.variable.dataId : source.dataId;
}

export function sameState(a: readonly unknown[] | undefined, b: readonly unknown[] | undefined): boolean {
  if (!a || !b) return false;
  return a.length === b.length && a.every((value, index) => Object.is(value, b[index]));
}

/** The sentence for an error that ended a recording. */
export function reasonOf(error: unknown): string {
  return `The step was not recorded because ${(error as Error).message.replace(/\.$/, "")}.`;
}

/** Whether another recording may do better. */
export function isPassing(error: unknown, attempts: number): boolean {
  return error instanceof Refusal && error.passing && attempts < largestAttempts;
}

/** Run `body` with Math.random giving `draws` first, so that a step that is run anew draws the same numbers. */
export function withDraws<Result>(draws: number[], body: () => Result): Result {
  const original = Math.random;
  let next = 0;
  Math.random = () => (next < draws.length ? (draws[next++] as number) : original());
  try {
    return body();
  } finally {
    Math.random = original;
  }
}

let recordings = 0;

/** Whether a step is recorded at this moment. */
export function isRecording(): boolean {
  return recordings > 0;
}

/** A recording begins; the returned function ends it. */
export function beginRecording(): () => void {
  recordings++;
  return () => {
    recordings--;
  };
}
