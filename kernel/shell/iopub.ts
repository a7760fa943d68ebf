// What is published to all clients, in order. Streams are coalesced for a moment, since a message a line
// would drown a front end; anything else sends what waits first, so that no output changes places.

import type { Header, Outgoing, Transport } from "./transport.ts";

/** How long text may wait for more, in ms. */
const STREAM_DELAY = 10;
/** Text of this length does not wait, in UTF-16 code units. */
const STREAM_LIMIT = 65_536;

interface StreamText {
  /** The execution that the text belongs to. */
  cell: string;
  parent: Header | undefined;
  name: "stdout" | "stderr";
  text: string;
}

export class Iopub {
  readonly #transport: Transport;
  #waiting: StreamText | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  publish(message: Outgoing): void {
    this.flush();
    this.#transport.publish(message);
  }

  status(state: "starting" | "busy" | "idle", parent?: Header): void {
    this.publish({ type: "status", content: { execution_state: state }, parent });
  }

  stream(next: StreamText): void {
    const waiting = this.#waiting;
    if (waiting && waiting.cell === next.cell && waiting.name === next.name) {
      waiting.text += next.text;
    } else {
      this.flush();
      this.#waiting = { ...next };
    }
    if ((this.#waiting?.text.length ?? 0) >= STREAM_LIMIT) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), STREAM_DELAY);
  }

  /** Send the stream text that waits. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const waiting = this.#waiting;
    if (!waiting) return;
    this.#waiting = undefined;
    const { name, text, parent } = waiting;
    this.#transport.publish({ type: "stream", content: { name, text }, parent });
  }
}
