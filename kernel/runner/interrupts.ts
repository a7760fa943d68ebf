// The main thread's side of an interrupt (the other is watchdog.ts). Memory shared with the watchdog lets a loop that
// never returns to the event loop see that it is interrupted, and the watchdog that somebody looks.

import { Worker } from "node:worker_threads";
import { clearAsyncStack } from "./async-stack.ts";

/** Slots of the shared memory: numbers of executions, and for ACKNOWLEDGED of interrupts. */
export const INTERRUPTED = 0;
export const ACKNOWLEDGED = 1;
export const COOPERATIVE = 2;
export const ENDED = 3;

export type FromWatchdog =
  | { type: "interrupt"; sequence: number; number: number }
  | { type: "terminated"; sequence: number };

/** A cell that watches for interrupts but doesn't end is abandoned after this time. */
const GRACE_MS = 2000;

const { load, store } = Atomics;
const later = setTimeout;
const shared = new Int32Array(new SharedArrayBuffer(16));
let running: { sequence: number; controller: AbortController; abandon: () => void } | undefined;

let onOtherInterrupt: () => void = () => undefined;

/** Calls `listener` when what was interrupted is not a cell that runs. */
export function whenInterrupted(listener: () => void): void {
  onOtherInterrupt = listener;
}

/** Starts the watchdog; it does not keep the process alive. */
export function startWatchdog(): void {
  const watchdog = new Worker(new URL("./watchdog.js", import.meta.url), { workerData: shared });
  watchdog.on("message", (message: FromWatchdog) => {
    const isRunning = running?.sequence === message.sequence;
    if (message.type === "terminated") {
      clearAsyncStack();
      if (isRunning) running?.abandon();
      onOtherInterrupt(); // a callback may have held the cell up
      return;
    }
    store(shared, ACKNOWLEDGED, message.number);
    if (!isRunning || !running) {
      onOtherInterrupt();
      return;
    }
    running.controller.abort(new DOMException("The cell was interrupted.", "AbortError"));
    if (load(shared, COOPERATIVE) !== message.sequence) return running.abandon();
    const abandoned = running;
    later(() => running === abandoned && abandoned.abandon(), GRACE_MS);
  });
  watchdog.unref();
}

/** From now on interrupts concern this execution; false where it was interrupted before it began. */
export function beginExecution(sequence: number, abandon: () => void): boolean {
  running = { sequence, controller: new AbortController(), abandon };
  return load(shared, INTERRUPTED) < sequence;
}

export function endExecution(sequence: number): void {
  if (running?.sequence === sequence) running = undefined;
  store(shared, ENDED, sequence);
}

/**
 * Aborted when the running cell is interrupted. Who asks for it promises to end soon after, and is not cut off
 * at once. `aborted` is up to date also within a loop that never awaits.
 */
export function interruptSignal(): AbortSignal | undefined {
  if (!running) return undefined;
  const { sequence, controller } = running;
  store(shared, COOPERATIVE, sequence);
  const { signal } = controller;
  Object.defineProperty(signal, "aborted", {
    configurable: true,
    get: () => load(shared, INTERRUPTED) === sequence,
  });
  return signal;
}
