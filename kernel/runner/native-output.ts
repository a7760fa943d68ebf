// What native code and child processes write to the runner's stdout and stderr. It belongs to the cell that runs, and
// the marks that the runner writes at a cell's end tell when all of it has arrived.

import type { Readable } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import { endMark } from "./messages.ts";

/** What Node and V8 print when they abort, which nobody can read, begins so. */
const LAST_WORDS =
  /\n?(<--- Last few GCs --->|----- Native stack trace -----|FATAL ERROR: |#\n# Fatal| +# +\S+\[\d+\]: )/;

export class NativeOutput {
  /** V8's report on its own death; empty while it lives. */
  lastWords = "";
  readonly closed: Promise<void>;
  readonly #token: string;
  readonly #onText: (text: string) => void;
  readonly #decoder = new StringDecoder("utf8");
  #held = "";
  #reached = 0;
  #waiting: (() => void)[] = [];

  constructor(stream: Readable, options: { token: string; onText: (text: string) => void }) {
    this.#token = options.token;
    this.#onText = options.onText;
    stream.on("data", (chunk: Buffer) => this.#read(this.#decoder.write(chunk)));
    stream.on("error", () => undefined);
    this.closed = new Promise((resolve) =>
      stream.once("close", () => {
        this.#emit(this.#held);
        this.#held = "";
        this.#reached = Number.POSITIVE_INFINITY;
        this.#wake();
        resolve();
      }),
    );
  }

  /** Resolves when everything before the end mark of this number has been passed on. */
  async reached(number: number): Promise<void> {
    while (this.#reached < number) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  #read(text: string): void {
    this.#held += text;
    for (;;) {
      const mark = endMark(this.#token, this.#reached + 1);
      const start = this.#held.indexOf(mark);
      if (start < 0) break;
      this.#emit(this.#held.slice(0, start));
      this.#held = this.#held.slice(start + mark.length);
      this.#reached += 1;
      this.#wake();
    }
    // A mark may be cut in two.
    const last = this.#held.lastIndexOf("\u0000");
    const isCut = last >= 0 && endMark(this.#token, this.#reached + 1).startsWith(this.#held.slice(last));
    const end = isCut ? last : this.#held.length;
    this.#emit(this.#held.slice(0, end));
    this.#held = this.#held.slice(end);
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #emit(text: string): void {
    if (text === "") return;
    if (this.lastWords !== "") {
      this.lastWords += text;
      return;
    }
    const found = LAST_WORDS.exec(text);
    const shown = found ? text.slice(0, found.index) : text;
    if (found) this.lastWords = text.slice(found.index);
    if (shown !== "") this.#onText(shown);
  }
}
