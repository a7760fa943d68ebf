// What the kernel and its runner say to each other: newline-delimited JSON over two pipes.
// The runner writes synchronously (fd 3), so its output is in order, live while a cell spins,
// and already out when the process dies. It reads requests on fd 4 and interrupts on fd 5, where its debugger answers.

/** Representations of one value by MIME type, as Jupyter's `data` field holds them. */
export interface MimeBundle {
  [mimeType: string]: unknown;
}

/** A cell whose types are stripped, ready to be rewritten and evaluated. */
export interface Cell {
  /** Identifies the execution; every output of the cell carries it. */
  id: string;
  /** The name that tracebacks show, such as `cell 3`. */
  name: string;
  /** What the user wrote, for code frames. */
  source: string;
  /** The same as JavaScript. */
  code: string;
  /** Source map (version 3, JSON) from `code` to `source`. */
  map: string;
}

/** An error as Jupyter's `error` message and `execute_reply` carry it; the traceback may hold ANSI colours. */
export interface ErrorContent {
  ename: string;
  evalue: string;
  traceback: string[];
}

/** Something a cell shows. `cell` is the id of the execution that it belongs to, also after that cell's end. */
export type Output =
  | { type: "stream"; cell: string; name: "stdout" | "stderr"; text: string }
  | {
      type: "display";
      cell: string;
      data: MimeBundle;
      metadata: MimeBundle;
      displayId?: string;
      update: boolean;
    }
  | { type: "clear"; cell: string; wait: boolean }
  | { type: "result"; cell: string; data: MimeBundle; metadata: MimeBundle }
  | ({ type: "error"; cell: string } & ErrorContent);

/** How a cell ended; its output has been delivered before this is known. */
export type Outcome = { status: "ok" } | ({ status: "error" } & ErrorContent);

/** A cell as the runner evaluates it: rewritten in the kernel, whose globals user code can't touch. */
export interface RunnerCell {
  id: string;
  name: string;
  source: string;
  /** A script; its value, a promise where `isAsync`, is the cell's where `hasValue`. */
  script: string;
  /** Source map (version 3, JSON) from `script` to `source`. */
  map: string;
  isAsync: boolean;
  hasValue: boolean;
  /** Counts the executions of a runner from 1. */
  sequence: number;
}

/** `see` asks what a variable holds; it is answered between two steps of a running cell, never while that spins. */
export type ToRunner = { type: "execute"; cell: RunnerCell } | { type: "see"; id: number; path: string[] };

/** What the session knows of a value by looking at it. */
export interface Sight {
  /** `number`, or the name of its class. */
  type: string;
  /** The value on one line. */
  text: string;
  members: { name: string; kind: "method" | "property"; type: string }[];
  /** Keys of a map, or of an object, that are strings. */
  keys: string[];
  /** JavaScript of a function or class. */
  source?: string;
}

/**
 * To the watchdog: interrupt the execution with this number, or what an ended one left behind; or ask V8's inspector
 * in the main thread, by the methods of the Chrome DevTools Protocol; or forget that it was asked.
 */
export type ToWatchdog =
  | { type: "interrupt"; sequence: number }
  | { type: "inspect"; id: number; method: string; params: object }
  | { type: "detach" };

/** From the watchdog, on the same pipe: what the inspector says. */
export type FromInspector =
  | { type: "result"; id: number; result: object }
  | { type: "failure"; id: number; message: string }
  | ({ type: "event" } & InspectorEvent);

export interface InspectorEvent {
  method: string;
  params: object;
}

/** `marked` names the native streams that hold the end mark of this cell: what is before it belongs to the cell. */
export type FromRunner =
  | { type: "ready" }
  | { type: "sight"; id: number; sight: Sight | null }
  | Output
  | { type: "done"; cell: string; sequence: number; outcome: Outcome; marked: ("stdout" | "stderr")[] };

/** What is written to the native streams at a cell's end; the token is the runner's own. */
export function endMark(token: string, sequence: number): string {
  return `\u0000${token}:${sequence}\n`;
}
