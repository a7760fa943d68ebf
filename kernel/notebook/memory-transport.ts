// A transport inside one process: makes requests, and hands on what the kernel publishes.

import type { Outgoing, Request, Transport } from "../shell/index.ts";
import { HeaderFactory } from "../wire/message.ts";

export class MemoryTransport implements Transport {
  readonly #headers = new HeaderFactory();
  readonly #onPublish: (message: Outgoing) => void;
  readonly #awaited = new Map<string, (reply: Outgoing) => void>();

  constructor(onPublish: (message: Outgoing) => void) {
    this.#onPublish = onPublish;
  }

  /** A request for the kernel to handle. */
  request(type: string, content: Request["content"]): Request {
    const header = this.#headers.create(type);
    return { channel: "shell", identities: [], header, metadata: {}, content, buffers: [] };
  }

  /** The reply to `request`. */
  replyTo(request: Request): Promise<Outgoing> {
    return new Promise((resolve) => this.#awaited.set(request.header.msg_id, resolve));
  }

  publish(message: Outgoing): void {
    this.#onPublish(message);
  }

  reply(request: Request, message: Outgoing): void {
    this.#awaited.get(request.header.msg_id)?.(message);
    this.#awaited.delete(request.header.msg_id);
  }
}
