// comm_info and comm_open: no comm targets are registered here, and the protocol has an answer for that.

import { readString } from "./content.ts";
import type { Iopub } from "./iopub.ts";
import type { Content, Request } from "./transport.ts";

export function commInfo(): Content {
  return { comms: {} };
}

/** Close what a client opened: nobody here knows its target. */
export function refuseComm({ content, header }: Request, iopub: Iopub): undefined {
  const closed = { comm_id: readString(content, "comm_id"), data: {} };
  iopub.publish({ type: "comm_close", content: closed, parent: header });
}
