// Turns a runner's outputs into messages under the request that caused them, also long after its cell ended.

import type { CommMessage, ErrorContent, MimeBundle, Output } from "../runner/messages.ts";
import { asOutgoing } from "./comms.ts";
import type { Iopub } from "./iopub.ts";
import type { Content, Header } from "./transport.ts";

/** Executions that are remembered for their late output; the output of older ones goes to the latest cell. */
const REMEMBERED = 1000;

export interface ExecutionContext {
  parent: Header;
  executionCount: number;
  /** Publish nothing. */
  silent: boolean;
  /** Takes what the front end is asked to do, as `payload` in the reply tells it. */
  onPayload?: (payload: Content) => void;
  /** Told of results and errors in any case, for the history and for user expressions. */
  onResult?: (data: MimeBundle, metadata: MimeBundle) => void;
}

export class Outputs {
  readonly #iopub: Iopub;
  readonly #executions = new Map<string, ExecutionContext>();
  readonly #callbacks = new Map<string, ExecutionContext>();
  #latest: ExecutionContext | undefined;

  /** Told of each comm message that leaves. */
  readonly #onComm: (message: CommMessage) => void;

  constructor(iopub: Iopub, onComm: (message: CommMessage) => void) {
    this.#iopub = iopub;
    this.#onComm = onComm;
  }

  /** From now on outputs of cell `id` belong to `execution`. */
  begin(id: string, execution: ExecutionContext): void {
    remember(this.#executions, id, execution);
    this.#latest = execution;
  }

  /** From now on outputs of cell `parent.msg_id` belong to that comm message, which handlers in the session answer. */
  beginCallback(parent: Header): void {
    const executionCount = this.#latest?.executionCount ?? 0;
    remember(this.#callbacks, parent.msg_id, { parent, executionCount, silent: false });
  }

  readonly receive = (output: Output): void => {
    const execution = this.#executions.get(output.cell) ?? this.#callbacks.get(output.cell) ?? this.#latest;
    if (output.type === "comm") {
      this.#onComm(output.message);
      this.#iopub.publish({ ...asOutgoing(output.message), parent: execution?.parent });
      return;
    }
    if (output.type === "result") execution?.onResult?.(output.data, output.metadata);
    if (execution?.silent) return;
    const parent = execution?.parent;
    if (output.type === "stream") {
      const { cell, name, text } = output;
      this.#iopub.stream({ cell, parent, name, text });
    } else {
      this.#iopub.publish({ ...asMessage(output, execution?.executionCount ?? 0), parent });
    }
  };

  /** Show text that the kernel itself has to say, on stderr of the latest cell. */
  notice(message: string): void {
    if (this.#latest) this.write(this.#latest, "stderr", `${message}\n`);
    else console.error(`nablab kernel: ${message}`);
  }

  /** Show text of the kernel's own under `execution`. */
  write({ parent, silent }: ExecutionContext, name: "stdout" | "stderr", text: string): void {
    if (!silent) this.#iopub.stream({ cell: "", parent, name, text });
  }

  error(execution: ExecutionContext, error: ErrorContent): void {
    if (execution.silent) return;
    const { ename, evalue, traceback } = error;
    this.#iopub.publish({ type: "error", content: { ename, evalue, traceback }, parent: execution.parent });
  }
}

function remember(known: Map<string, ExecutionContext>, id: string, execution: ExecutionContext): void {
  known.set(id, execution);
  for (const oldest of known.keys()) {
    if (known.size <= REMEMBERED) break;
    known.delete(oldest);
  }
}

function asMessage(
  output: Exclude<Output, { type: "stream" | "comm" }>,
  executionCount: number,
): { type: string; content: Content } {
  switch (output.type) {
    case "display": {
      const { data, metadata, displayId, update } = output;
      const transient = displayId === undefined ? {} : { display_id: displayId };
      return {
        type: update ? "update_display_data" : "display_data",
        content: { data, metadata, transient },
      };
    }
    case "clear":
      return { type: "clear_output", content: { wait: output.wait } };
    case "result": {
      const { data, metadata } = output;
      return { type: "execute_result", content: { execution_count: executionCount, data, metadata } };
    }
    case "error": {
      const { ename, evalue, traceback } = output;
      return { type: "error", content: { ename, evalue, traceback } };
    }
  }
}
