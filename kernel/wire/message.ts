// A Jupyter message and its frames on the wire:
// identities…, <IDS|MSG>, signature, header, parent header, metadata, content, buffers…
// https://jupyter-client.readthedocs.io/en/stable/messaging.html#the-wire-protocol (protocol 5.5)

import { createHmac, randomUUID, timingSafeEqual } from "node:crypto";
import { userInfo } from "node:os";

export const PROTOCOL_VERSION = "5.5";

export interface Header {
  msg_id: string;
  msg_type: string;
  session: string;
  username: string;
  date: string;
  version: string;
  /** Which of the kernel's subshells is asked (JEP 91); the main one where it is left out. */
  subshell_id?: string;
}

/** A JSON object whose fields are not known to be right. */
export type Content = Record<string, unknown>;

export interface Message {
  header: Header;
  /** The header of the message that this one answers; empty where it answers none. */
  parent: Header | Record<string, never>;
  metadata: Content;
  content: Content;
  buffers: Uint8Array[];
}

const DELIMITER = Buffer.from("<IDS|MSG>");

/** A message that can't be read; the sentence goes to the log. */
export class WireError extends Error {}

/** Signs and verifies messages with the connection file's key. An empty key turns authentication off. */
export class Signer {
  readonly #key: string;

  constructor(key: string, scheme = "hmac-sha256") {
    if (scheme !== "hmac-sha256") {
      throw new Error(`Signature scheme "${scheme}" is not supported; Jupyter's default is "hmac-sha256".`);
    }
    this.#key = key;
  }

  sign(frames: readonly Uint8Array[]): string {
    if (this.#key === "") return "";
    const hmac = createHmac("sha256", this.#key);
    for (const frame of frames) hmac.update(frame);
    return hmac.digest("hex");
  }

  verify(signature: Uint8Array, frames: readonly Uint8Array[]): boolean {
    const expected = Buffer.from(this.sign(frames));
    return signature.length === expected.length && timingSafeEqual(signature, expected);
  }
}

/** Makes the headers of one kernel's messages: they share a session and number their ids. */
export class HeaderFactory {
  readonly session: string = randomUUID();
  readonly #username = userName();
  #count = 0;

  create(type: string): Header {
    this.#count += 1;
    return {
      msg_id: `${this.session}_${this.#count}`,
      msg_type: type,
      session: this.session,
      username: this.#username,
      date: new Date().toISOString(),
      version: PROTOCOL_VERSION,
    };
  }
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return "kernel"; // a user id without a name, as in many containers
  }
}

export function encodeMessage(
  message: Message,
  identities: readonly Uint8Array[],
  signer: Signer,
): Uint8Array[] {
  const { header, parent, metadata, content, buffers } = message;
  const parts = [header, parent, metadata, content].map((part) => Buffer.from(JSON.stringify(part)));
  return [...identities, DELIMITER, Buffer.from(signer.sign(parts)), ...parts, ...buffers];
}

/** The message in `frames` and whom it came from. Throws a {@link WireError} where it is not genuine or not whole. */
export function decodeMessage(
  frames: readonly Uint8Array[],
  signer: Signer,
): { message: Message; identities: Uint8Array[] } {
  const start = frames.findIndex((frame) => DELIMITER.equals(frame));
  if (start === -1) throw new WireError("it has no <IDS|MSG> delimiter");
  const [signature, ...parts] = frames.slice(start + 1, start + 6);
  if (!signature || parts.length < 4) {
    throw new WireError(
      `it has ${frames.length - start - 1} frames behind the delimiter, expected at least 5`,
    );
  }
  if (!signer.verify(signature, parts)) throw new WireError("its signature is wrong");
  const [header, parent, metadata, content] = parts.map(parseObject) as [Content, Content, Content, Content];
  if (typeof header.msg_id !== "string" || typeof header.msg_type !== "string") {
    throw new WireError("its header has no msg_id or no msg_type");
  }
  return {
    message: {
      header: header as unknown as Header,
      parent: parent as unknown as Header,
      metadata,
      content,
      buffers: frames.slice(start + 6),
    },
    identities: frames.slice(0, start),
  };
}

function parseObject(frame: Uint8Array): Content {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength).toString());
  } catch (error) {
    throw new WireError(`one of its parts is not JSON (${(error as Error).message})`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new WireError("one of its parts is not a JSON object");
  }
  return value as Content;
}
