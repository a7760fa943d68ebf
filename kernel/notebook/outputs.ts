// Collects what a kernel publishes into a notebook's cells, as nbclient and JupyterLab do:
// adjacent text of one stream is one output, and an update reaches a display wherever it stands.

import type { Outgoing } from "../shell/index.ts";
import type { CellOutput, CodeCell, DataOutput, ErrorOutput } from "./document.ts";

export class OutputCollector {
  readonly #displays = new Map<string, Set<DataOutput>>();
  /** Cells to be cleared when their next output comes. */
  readonly #clearLater = new Set<CodeCell>();

  /** Take a message that belongs to `cell`. */
  collect({ type, content }: Outgoing, cell: CodeCell): void {
    switch (type) {
      case "execute_input":
        cell.execution_count = content.execution_count as number;
        break;
      case "stream":
        this.#stream(cell, content as { name: string; text: string });
        break;
      case "display_data":
      case "execute_result":
        this.#data(cell, type, content);
        break;
      case "update_display_data":
        this.#update(content);
        break;
      case "error": {
        const { ename, evalue, traceback } = content as unknown as ErrorOutput;
        this.#append(cell, { output_type: "error", ename, evalue, traceback });
        break;
      }
      case "clear_output":
        if (content.wait) this.#clearLater.add(cell);
        else this.#clear(cell);
    }
  }

  #stream(cell: CodeCell, { name, text }: { name: string; text: string }): void {
    this.#clearIfDue(cell);
    const last = cell.outputs.at(-1);
    if (last?.output_type === "stream" && last.name === name) last.text += text;
    else cell.outputs.push({ output_type: "stream", name, text });
  }

  #data(cell: CodeCell, type: "display_data" | "execute_result", content: Outgoing["content"]): void {
    const { data, metadata, execution_count } = content as unknown as DataOutput;
    const output: DataOutput = { output_type: type, data, metadata };
    if (type === "execute_result") output.execution_count = execution_count;
    this.#append(cell, output);
    const id = displayId(content);
    if (id === undefined) return;
    const sharing = this.#displays.get(id) ?? new Set();
    // Showing a display again brings the older ones up to date too.
    this.#update(content);
    this.#displays.set(id, sharing.add(output));
  }

  #update(content: Outgoing["content"]): void {
    const { data, metadata } = content as unknown as DataOutput;
    for (const output of this.#displays.get(displayId(content) ?? "") ?? []) {
      output.data = data;
      output.metadata = metadata;
    }
  }

  #append(cell: CodeCell, output: CellOutput): void {
    this.#clearIfDue(cell);
    cell.outputs.push(output);
  }

  #clearIfDue(cell: CodeCell): void {
    if (this.#clearLater.delete(cell)) this.#clear(cell);
  }

  #clear(cell: CodeCell): void {
    const gone = new Set<unknown>(cell.outputs);
    for (const outputs of this.#displays.values()) {
      for (const output of outputs) if (gone.has(output)) outputs.delete(output);
    }
    cell.outputs = [];
  }
}

function displayId(content: Outgoing["content"]): string | undefined {
  return (content.transient as { display_id?: string } | undefined)?.display_id;
}
