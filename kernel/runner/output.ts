// The way out: messages to the kernel, written synchronously, each attributed to the cell that caused it, also when a
// timer or a promise of the cell comes back after its end.

import { AsyncLocalStorage } from "node:async_hooks";
import { writeSync } from "node:fs";
import { Writable } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import type { FromRunner, Output } from "./messages.ts";

const TO_KERNEL = 3;

// What user code may replace is kept as it was.
const { stringify } = JSON;
const { from } = Buffer;
const { wait } = Atomics;
const pause = new Int32Array(new SharedArrayBuffer(4));

/** An execution as its output knows it. */
export interface Execution {
  id: string;
  name: string;
  sequence: number;
  /** Interrupted while it waited for something: what it still prints is labelled. */
  isAbandoned: boolean;
  isLabelled: boolean;
  /** Displays whose representations are still being made. */
  pending: Set<Promise<void>>;
  /** Takes what the execution shows, in the kernel's place. */
  sink?: Sink;
  /** Called when the cell's code has run, before its value is shown. */
  beforeResult?: () => void;
}

/** Takes outputs for another place than the cell's. */
export type Sink = (output: WithoutCell<Output>) => void;

export const executions = new AsyncLocalStorage<Execution>();

let latest: Execution | undefined;

/** From now on, output of unknown origin belongs to `execution`. */
export function setLatest(execution: Execution): void {
  latest = execution;
}

/** The execution that the running code belongs to. */
export function currentExecution(): Execution | undefined {
  return executions.getStore() ?? latest;
}

export function send(message: FromRunner): void {
  // The newline before it ends whatever else was written there.
  writeAll(TO_KERNEL, `\n${stringify(message)}\n`);
}

/** Writes everything, also where the other end is slow to read. */
export function writeAll(descriptor: number, text: string): void {
  const bytes = from(text);
  let patience = 0.05;
  for (let written = 0; written < bytes.length; ) {
    try {
      written += writeSync(descriptor, bytes, written);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
      // Some 300 short lines fill the socket, and they are read in a fraction of a millisecond.
      wait(pause, 0, 0, patience);
      patience = Math.min(2, patience * 2);
    }
  }
}

const displays = new Map<string, Sink>();

/** From now on updates of this display go to `sink`, wherever they come from. */
export function ownDisplay(displayId: string, sink: Sink | undefined): void {
  if (sink) displays.set(displayId, sink);
  else displays.delete(displayId);
}

type WithoutCell<T> = T extends unknown ? Omit<T, "cell"> : never;

/** Publishes something of `execution`, by default of the running code's. */
export function publish(output: WithoutCell<Output>, execution = currentExecution()): void {
  if (!execution) return;
  const owner = output.type === "display" && output.update ? displays.get(output.displayId ?? "") : undefined;
  const sink = owner ?? execution.sink;
  if (sink && output.type !== "comm") {
    sink(output);
    return;
  }
  if (execution.isAbandoned && !execution.isLabelled && output.type !== "comm") {
    execution.isLabelled = true;
    const text = `[${execution.name} was interrupted, but what it started goes on:]\n`;
    send({ type: "stream", cell: execution.id, name: "stderr", text });
  }
  send({ ...output, cell: execution.id } as Output);
}

function outputStream(name: "stdout" | "stderr", descriptor: number): Writable {
  const decoder = new StringDecoder("utf8");
  const stream = new Writable({
    decodeStrings: false,
    write(chunk: string | Buffer, encoding, callback) {
      const isText = typeof chunk === "string" && /^utf-?8$/i.test(encoding);
      const text = isText
        ? decoder.end() + chunk
        : decoder.write(typeof chunk === "string" ? from(chunk, encoding) : chunk);
      if (text) publish({ type: "stream", name, text });
      callback();
    },
  });
  return Object.assign(stream, { fd: descriptor, isTTY: false });
}

/** Makes `process.stdout` and `process.stderr`, and with them `console`, publish to the kernel. */
export function redirectStreams(): void {
  for (const [name, descriptor] of [
    ["stdout", 1],
    ["stderr", 2],
  ] as const) {
    const stream = outputStream(name, descriptor);
    Object.defineProperty(process, name, { value: stream, configurable: true, enumerable: true });
  }
}
