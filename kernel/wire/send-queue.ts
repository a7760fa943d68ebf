// One queue a socket: zeromq.js rejects a send while another one waits, and a burst of some 512
// makes one wait until the event loop turns. So every send is awaited before the next one starts.

/** The sending half of a ZeroMQ socket. */
interface Sender {
  send(frames: Uint8Array[]): Promise<void>;
}

export class SendQueue {
  readonly #socket: Sender;
  readonly #onError: (error: Error) => void;
  #waiting: Uint8Array[][] = [];
  #draining: Promise<void> | undefined;

  constructor(socket: Sender, onError: (error: Error) => void) {
    this.#socket = socket;
    this.#onError = onError;
  }

  /** Send `frames` after all that was put here before. */
  push(frames: Uint8Array[]): void {
    this.#waiting.push(frames);
    this.#draining ??= this.#drain();
  }

  /** Resolves when everything pushed so far, and meanwhile, has left. */
  async flush(): Promise<void> {
    while (this.#draining) await this.#draining;
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      for (const frames of batch) {
        try {
          await this.#socket.send(frames);
        } catch (error) {
          this.#onError(error as Error); // one message that can't be sent must not hold up the others
        }
      }
    }
    this.#draining = undefined;
  }
}
