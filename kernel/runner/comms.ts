// `comms`, the global by which a session and a front end talk: each comm is a channel that either side opens, for a
// target that the other side knows. Widgets are built on it.

import { randomUUID } from "node:crypto";
import type { CommMessage } from "./messages.ts";
import { publish } from "./output.ts";

type Data = Record<string, unknown>;
type Binary = ArrayBuffer | ArrayBufferView;

/** What one side sends to the other. */
export interface Received {
  /** JSON. */
  data: Data;
  metadata: Data;
  /** Binary data beside it, each in memory of its own. */
  buffers: Uint8Array[];
}

type Listener = (message: Received) => unknown;
type Event = "message" | "close";

/** A channel between the session and the front end. */
export class Comm {
  readonly id: string;
  /** The name by which the other side chose what answers. */
  readonly target: string;
  readonly #listeners: Record<Event, Set<Listener>> = { message: new Set(), close: new Set() };
  #isOpen = true;

  constructor(id: string, target: string) {
    this.id = id;
    this.target = target;
    open.set(id, this);
  }

  /** Whether neither side has closed it. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Send JSON, and binary data beside it. Throws an Error where the comm is closed. */
  send(data: object, metadata: Data = {}, buffers: readonly Binary[] = []): void {
    if (!this.#isOpen) throw new Error(`The comm of "${this.target}" is closed: nobody receives messages.`);
    sendMessage("comm_msg", this, { data, metadata, buffers });
  }

  /** Close it, with a last word. Does nothing where it is closed already. */
  close(data: object = {}, metadata: Data = {}, buffers: readonly Binary[] = []): void {
    if (!this.#isOpen) return;
    this.#end();
    sendMessage("comm_close", this, { data, metadata, buffers });
  }

  /**
   * Call `listener` with each message that comes, or when the other side closes the comm. What it shows belongs to
   * that message; what it returns is awaited before the front end is told that the message has been handled.
   * Gives a function that takes the listener away again.
   */
  on(event: Event, listener: Listener): () => void {
    const listeners = this.#listeners[event];
    if (!listeners) throw new TypeError(`A comm has the events "message" and "close", but not "${event}".`);
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }

  /** Pass on what the other side sent; gives what the listeners returned. */
  receive(event: Event, message: Received): unknown[] {
    if (event === "close") this.#end();
    return [...this.#listeners[event]].map((listener) => settled(() => listener(message)));
  }

  #end(): void {
    this.#isOpen = false;
    open.delete(this.id);
  }
}

type TargetHandler = (comm: Comm, message: Received) => unknown;

const open = new Map<string, Comm>();
const targets = new Map<string, TargetHandler>();

/** Comms between cells and the front end. */
export const comms = {
  /** Open a comm to what the front end has registered as `target`. A client without that target closes it. */
  open(target: string, data: object = {}, metadata: Data = {}, buffers: readonly Binary[] = []): Comm {
    const comm = new Comm(randomUUID(), target);
    sendMessage("comm_open", comm, { data, metadata, buffers });
    return comm;
  },
  /** Call `handler` when the front end opens a comm for `name`. The latest handler of a name holds. */
  registerTarget(name: string, handler: TargetHandler): void {
    targets.set(name, handler);
  },
  /** Refuse comms for `name` from now on. */
  unregisterTarget(name: string): void {
    targets.delete(name);
  },
};

/** Passes a message of the front end on; gives what the handlers returned. */
export function receive({ kind, comm: id, target = "", ...rest }: CommMessage): unknown[] {
  const { data, metadata } = rest;
  const buffers = rest.buffers.map((text) => Uint8Array.from(Buffer.from(text, "base64")));
  const message = { data, metadata, buffers };
  if (kind !== "comm_open") {
    return open.get(id)?.receive(kind === "comm_msg" ? "message" : "close", message) ?? [];
  }
  const comm = new Comm(id, target);
  const handler = targets.get(target);
  if (handler) return [settled(() => handler(comm, message))];
  comm.close();
  return [];
}

function sendMessage(
  kind: CommMessage["kind"],
  { id, target }: Comm,
  { data, metadata, buffers }: { data: object; metadata: Data; buffers: readonly Binary[] },
): void {
  const message: CommMessage = {
    kind,
    comm: id,
    ...(kind === "comm_open" && { target }),
    data: data as Data,
    metadata,
    buffers: buffers.map(base64),
  };
  publish({ type: "comm", message });
}

function base64(binary: Binary): string {
  const bytes = ArrayBuffer.isView(binary)
    ? Buffer.from(binary.buffer, binary.byteOffset, binary.byteLength)
    : Buffer.from(binary);
  return bytes.toString("base64");
}

/** One handler's failure must not keep the others from their work. */
function settled(handler: () => unknown): unknown {
  try {
    return handler();
  } catch (error) {
    return Promise.reject(error);
  }
}
