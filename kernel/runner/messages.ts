// What the kernel and its runner say to each other: newline-delimited JSON over two pipes.
// The runner writes synchronously (fd 3), so its output is in order, live while a cell spins,
// and already out when the process dies. It reads requests on fd 4 and interrupts on fd 5.

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
  | { type: "display"; cell: string; data: MimeBundle; metadata: MimeBundle; displayId?: string; update: boolean }
  | { type: "clear"; cell: string; wait: boolean }
  | { type: "result"; cell: string; data: MimeBundle; metadata: MimeBundle }
  | ({ type: "error"; cell: string } & ErrorContent);

/** How a cell ended; its output has been delivered before this is known. */
export type Outcome = { status: "ok" } | ({ status: "error" } & ErrorContent);

export type ToRunner = { type: "execute"; cell: Cell };

export type FromRunner = { type: "ready" } | Output | { type: "done"; cell: string; outcome: Outcome };
