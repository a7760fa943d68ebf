// Where figures and progress are shown. The library knows no front end: a notebook's kernel sets a
// target that publishes to Jupyter, and a plain Node script gets one that writes text to stderr.

/** Representations of one value by MIME type. */
export interface MimeBundle {
  [mimeType: string]: unknown;
}

/** Something on show that can be replaced in place. */
export interface DisplayHandle {
  /**
   * Show `bundle` instead. One that is `transient` will soon be replaced itself: a place that can't take
   * anything back, such as a log file, may leave it out.
   */
  update(bundle: MimeBundle, options?: { transient?: boolean }): void;
}

/** A place that shows MIME bundles. */
export interface DisplayTarget {
  show(bundle: MimeBundle): DisplayHandle;
  /** Aborted when the user interrupts the running cell; undefined where nothing can interrupt. */
  interruptSignal(): AbortSignal | undefined;
}

/** Method by which a value offers its representations, as in Deno's kernel; it may return a promise. */
export const displaySymbol: unique symbol = Symbol.for("Jupyter.display");

const terminal: DisplayTarget = {
  show(bundle) {
    // On a terminal a transient line is written over by the next one; in a file or a pipe it is left out.
    const canRewrite = process.stderr.isTTY === true;
    const write = (shown: MimeBundle, transient: boolean) => {
      const text = shown["text/plain"];
      if (typeof text !== "string" || (transient && !canRewrite)) return;
      process.stderr.write(`${canRewrite ? "\r\x1b[K" : ""}${text}${transient ? "" : "\n"}`);
    };
    write(bundle, false);
    return { update: (next, options) => write(next, options?.transient ?? false) };
  },
  interruptSignal: () => undefined,
};

let target = terminal;

/** Show everything on `next` from now on. */
export function setDisplayTarget(next: DisplayTarget): void {
  target = next;
}

/** The target in force. */
export function displayTarget(): DisplayTarget {
  return target;
}
