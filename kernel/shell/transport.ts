// What the shell needs to talk with clients, whatever carries the messages.

import type { Content, Header } from "../wire/message.ts";

export type { Content, Header } from "../wire/message.ts";

/** The channels on which a client asks and gets a reply; on "stdin" the kernel asks. */
export type ReplyChannel = "shell" | "control" | "stdin";

export interface Request {
  channel: ReplyChannel;
  /** Whom the reply goes to. */
  identities: Uint8Array[];
  header: Header;
  /** The header of the message that this one answers, where it answers one. */
  parent?: Header | Record<string, never>;
  metadata: Content;
  content: Content;
  buffers: Uint8Array[];
}

export interface Outgoing {
  type: string;
  content: Content;
  /** The header of the request that caused this message. */
  parent?: Header;
  metadata?: Content;
  buffers?: Uint8Array[];
}

export interface Transport {
  /** Send to all clients; messages leave in the order of the calls. */
  publish(message: Outgoing): void;
  /** Answer the client that sent `request`. */
  reply(request: Request, message: Outgoing): void;
  /** Ask the client that sent `request`, on "stdin"; gives the message's id. Absent where no client can be asked. */
  ask?(request: Request, message: Outgoing): string;
}
