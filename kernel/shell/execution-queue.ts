// Cells run one after the other, in the order in which they came; those that wait can be called off.

import type { Request } from "./transport.ts";

interface Handlers {
  run(request: Request): Promise<void>;
  /** Answer a request that was called off. */
  abort(request: Request): Promise<void>;
}

export class ExecutionQueue {
  readonly #handlers: Handlers;
  readonly #waiting: { request: Request; aborted: boolean }[] = [];
  #isWorking = false;

  constructor(handlers: Handlers) {
    this.#handlers = handlers;
  }

  push(request: Request): void {
    this.#waiting.push({ request, aborted: false });
    if (!this.#isWorking) void this.#work();
  }

  /** Call off all that wait now; they are answered in their turn. */
  abortWaiting(): void {
    for (const entry of this.#waiting) entry.aborted = true;
  }

  async #work(): Promise<void> {
    this.#isWorking = true;
    for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) {
      if (next.aborted) await this.#handlers.abort(next.request);
      else await this.#handlers.run(next.request);
    }
    this.#isWorking = false;
  }
}
