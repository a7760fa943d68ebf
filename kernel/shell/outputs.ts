// Turns a runner's outputs into messages under the request that caused them, also long after its cell ended.

import type { ErrorContent, MimeBundle, Output } from "../runner/messages.ts";
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
  #latest: ExecutionContext | undefined;

  constructor(iopub: Iopub) {
    this.#iopub = iopub;
  }

  /** From now on outputs of cell `id` belong to `execution`. */
  begin(id: string, execution: ExecutionContext): void {
    this.#executions.set(id, execution);
    this.#latest = execution;
    for (const oldest of this.#executions.keys()) {
      if (this.#executions.size <= REMEMBERED) break;
      this.#executions.delete(oldest);
    }
  }

  readonly receive = (output: Output): void => {
    const execution = this.#executions.get(output.cell) ?? this.#latest;
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

function asMessage(
  output: Exclude<Output, { type: "stream" }>,
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
