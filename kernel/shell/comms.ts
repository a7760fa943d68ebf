// Comms: free channels between a notebook's session and a client, such as a widget and what shows it
// (https://jupyter-client.readthedocs.io/en/stable/messaging.html#custom-messages). The session in the runner owns
// them; here they are only known, for comm_info, and closed when that session is gone.

import type { CommMessage } from "../runner/messages.ts";
import { readObject, readString } from "./content.ts";
import type { Iopub } from "./iopub.ts";
import type { Content, Header, Outgoing, Request } from "./transport.ts";

const KINDS = ["comm_open", "comm_msg", "comm_close"] as const;

export class Comms {
  readonly #iopub: Iopub;
  /** Targets of the open comms by their ids. */
  readonly #open = new Map<string, string>();

  constructor(iopub: Iopub) {
    this.#iopub = iopub;
  }

  /** Take notice of a message that goes either way. */
  track({ kind, comm, target = "" }: CommMessage): void {
    if (kind === "comm_open") this.#open.set(comm, target);
    else if (kind === "comm_close") this.#open.delete(comm);
  }

  /** The content of a comm_info_reply. */
  info(content: Content): Content {
    const wanted = readString(content, "target_name", "");
    const comms = [...this.#open].filter(([, target]) => wanted === "" || target === wanted);
    return { comms: Object.fromEntries(comms.map(([id, target]) => [id, { target_name: target }])) };
  }

  /** Tell the clients that the session is gone, by the request `parent`. */
  closeAll(parent?: Header): void {
    for (const comm of this.#open.keys()) {
      this.#iopub.publish({ type: "comm_close", content: { comm_id: comm, data: {} }, parent });
    }
    this.#open.clear();
  }
}

/** A client's comm message. */
export function readCommMessage({ header, content, metadata, buffers }: Request): CommMessage {
  const kind = KINDS.find((each) => each === header.msg_type) ?? "comm_msg";
  return {
    kind,
    comm: readString(content, "comm_id"),
    ...(kind === "comm_open" && { target: readString(content, "target_name") }),
    data: readObject(content, "data", {}),
    metadata,
    buffers: buffers.map((buffer) => Buffer.from(buffer).toString("base64")),
  };
}

export function asOutgoing({ kind, comm, target, data, metadata, buffers }: CommMessage): Outgoing {
  return {
    type: kind,
    content: { comm_id: comm, ...(target !== undefined && { target_name: target }), data },
    metadata,
    buffers: buffers.map((buffer) => Buffer.from(buffer, "base64")),
  };
}
