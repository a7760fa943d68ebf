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
  | ({ type: "error"; cell: string } & ErrorContent)
  | { type: "comm"; cell: string; message: CommMessage };

/** A message of a comm, as Jupyter's `comm_open`, `comm_msg` and `comm_close` carry it. */
export interface CommMessage {
  kind: "comm_open" | "comm_msg" | "comm_close";
  /** The comm's id. */
  comm: string;
  /** Who is to answer: of `comm_open` alone. */
  target?: string;
  data: Record<string, unknown>;
  metadata: Record<string, unknown>;
  /** Binary data, in base64. */
  buffers: string[];
}

/** A question of a cell to its reader. */
export interface Ask {
  /** Identifies the question, also among those of runners that have died. */
  id: string;
  /** The id of the execution that asks. */
  cell: string;
  prompt: string;
  /** Don't show what is typed. */
  password: boolean;
}

/** What became of a question. */
export type Answer = { id: string; value: string } | { id: string; refusal: string };

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

/**
 * `comm` is handled as soon as the event loop is free, also while a cell awaits; what it shows belongs to `id`.
 * `see` asks what a variable holds; it is answered between two steps of a running cell, never while that spins.
 */
export type ToRunner =
  | { type: "execute"; cell: RunnerCell }
  | { type: "comm"; id: string; message: CommMessage }
  | { type: "see"; id: number; path: string[] };

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
 * in the main thread, by the methods of the Chrome DevTools Protocol; or forget that it was asked; or hand an answer to
 * the main thread, which may be blocked until it comes.
 */
export type ToWatchdog =
  | { type: "interrupt"; sequence: number }
  | { type: "inspect"; id: number; method: string; params: object }
  | { type: "detach" }
  | { type: "answer"; answer: Answer };

/** From the watchdog, on the same pipe: what the inspector says. */
export type FromInspector =
  | { type: "result"; id: number; result: object }
  | { type: "failure"; id: number; message: string }
  | ({ type: "event" } & InspectorEvent);

export interface InspectorEvent {
  method: string;
  params: object;
}

/**
 * `handled`: all handlers of that comm message have come to their end. `marked` names the native streams that hold the
 * end mark of this cell, of number `mark`: what is before it belongs to the cell.
 */
export type FromRunner =
  | { type: "ready" }
  | { type: "sight"; id: number; sight: Sight | null }
  | Output
  | ({ type: "ask" } & Ask)
  | { type: "handled"; id: string }
  | { type: "done"; cell: string; outcome: Outcome; mark: number; marked: ("stdout" | "stderr")[] };

/** Whether a message has the fields of its type: cells can write to the pipe, too. */
export function isFromRunner(message: unknown): message is FromRunner {
  const each = message as Record<string, unknown>;
  const isObject = (value: unknown) => typeof value === "object" && value !== null;
  if (each.type === "ready") return true;
  if (each.type === "handled") return typeof each.id === "string";
  if (each.type === "sight") return typeof each.id === "number" && typeof each.sight === "object";
  if (typeof each.cell !== "string") return false;
  switch (each.type) {
    case "stream":
      return typeof each.text === "string" && (each.name === "stdout" || each.name === "stderr");
    case "display":
    case "result":
      return isObject(each.data) && isObject(each.metadata);
    case "clear":
      return true;
    case "ask":
      return (
        typeof each.id === "string" && typeof each.prompt === "string" && typeof each.password === "boolean"
      );
    case "error":
      return Array.isArray(each.traceback);
    case "comm":
      return isObject(each.message) && typeof (each.message as CommMessage).comm === "string";
    case "done":
      return isObject(each.outcome) && typeof each.mark === "number" && Array.isArray(each.marked);
    default:
      return false;
  }
}

/** What is written to the native streams at a cell's end, the first of a runner being 1; the token is the runner's own. */
export function endMark(token: string, number: number): string {
  return `\u0000${token}:${number}\n`;
}
