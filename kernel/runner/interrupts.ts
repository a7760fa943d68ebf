// The main thread's side of an interrupt (the other is watchdog.ts). Memory shared with the watchdog lets a loop that
// never returns to the event loop see that it is interrupted, and the watchdog that somebody looks.

import { type MessagePort, Worker } from "node:worker_threads";
import { clearAsyncStack } from "./async-stack.ts";
import { currentExecution } from "./output.ts";

/** Slots of the shared memory: numbers of executions, for ACKNOWLEDGED of interrupts; 0 is none. */
export const INTERRUPTED = 0;
export const ACKNOWLEDGED = 1;
/** The latest that ends by itself when it is interrupted, while it runs. */
export const COOPERATIVE = 2;

export type FromWatchdog =
  | { type: "interrupt"; sequence: number; number: number }
  | { type: "terminated"; sequence: number };

/** A cell that watches for interrupts but doesn't end is abandoned after this time. */
const GRACE_MS = 2000;

const { load, store } = Atomics;
const later = setTimeout;
const shared = new Int32Array(new SharedArrayBuffer(12));
/** Executions that have not ended: of the main shell and of its subshells. */
const running = new Map<number, Run>();

interface Run {
  controller: AbortController;
  abandon: () => void;
  /** Ends by itself when it is interrupted. */
  isCooperative: boolean;
}

let onOtherInterrupt: () => void = () => undefined;

/** Calls `listener` at an interrupt of what is not a cell. */
export function whenInterrupted(listener: () => void): void {
  onOtherInterrupt = listener;
}

/** How the watchdog hands answers to the main thread. */
export interface AnswerChannel {
  port: MessagePort;
  /** Counts the answers. */
  arrived: Int32Array;
}

/** Starts the watchdog; it does not keep the process alive. */
export function startWatchdog(answers: AnswerChannel): void {
  const watchdog = new Worker(new URL("./watchdog.js", import.meta.url), {
    workerData: { shared, answers },
    transferList: [answers.port],
  });
  watchdog.on("message", (message: FromWatchdog) => {
    if (message.type === "terminated") {
      clearAsyncStack();
      abandonAll(message.sequence);
      onOtherInterrupt(); // a callback may have held the cell up
      return;
    }
    store(shared, ACKNOWLEDGED, message.number);
    if (running.size === 0) onOtherInterrupt();
    for (const [sequence, run] of running) {
      if (sequence > message.sequence) continue;
      run.controller.abort(new DOMException("The cell was interrupted.", "AbortError"));
      if (run.isCooperative) later(() => running.get(sequence) === run && run.abandon(), GRACE_MS);
      else run.abandon();
    }
  });
  watchdog.unref();
}

/** An interrupt ends all that runs when it comes. */
function abandonAll(until: number): void {
  for (const [sequence, { abandon }] of running) if (sequence <= until) abandon();
}

/** From now on interrupts concern this execution; false where it was interrupted before it began. */
export function beginExecution(sequence: number, abandon: () => void): boolean {
  running.set(sequence, { controller: new AbortController(), abandon, isCooperative: false });
  return load(shared, INTERRUPTED) < sequence;
}

export function endExecution(sequence: number): void {
  running.delete(sequence);
  if (load(shared, COOPERATIVE) === sequence) store(shared, COOPERATIVE, 0);
}

/**
 * Aborted when the running cell is interrupted. Who asks for it promises to end soon after, and is not cut off
 * at once. `aborted` is up to date also within a loop that never awaits.
 */
export function interruptSignal(): AbortSignal | undefined {
  const sequence = currentExecution()?.sequence ?? 0;
  const run = running.get(sequence);
  if (!run) return undefined;
  run.isCooperative = true;
  store(shared, COOPERATIVE, sequence);
  const { signal } = run.controller;
  Object.defineProperty(signal, "aborted", {
    configurable: true,
    get: () => load(shared, INTERRUPTED) >= sequence,
  });
  return signal;
}
