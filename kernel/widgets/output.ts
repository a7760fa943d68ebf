// The Output widget: what functions show appears in it instead of under a cell, also what they show later.

import { currentExecution, type Execution, executions, ownDisplay, type Sink } from "../runner/output.ts";
import { placed, type WidgetOf } from "./styles.ts";
import { anything } from "./traits.ts";
import { type Definition, Widget } from "./widget.ts";

/** Text that comes in pieces is sent together after this time, in ms. */
const DELAY = 20;

/** An output as notebooks hold it (nbformat 4). */
interface NotebookOutput {
  output_type: "stream" | "display_data" | "error";
  [field: string]: unknown;
}

const traits = { outputs: anything<readonly NotebookOutput[]>([]), ...placed };

const definition: Definition = {
  name: "Output",
  module: ["@jupyter-widgets/output", "1.0.0"],
  model: "OutputModel",
  view: "OutputView",
  traits,
};

interface OutputExtras {
  /** Run `body`: what it shows, also what it shows later, appears here. Gives what `body` returns. */
  capture<Result>(body: () => Result): Result;
  /** Run `body` in the same way; what it shows takes the place of what was here before. */
  replace<Result>(body: () => Result | Promise<Result>): Promise<Result>;
  /** Remove what is shown; with `wait`, only when something new comes. */
  clear(options?: { wait?: boolean }): void;
}

class OutputModel extends Widget<object> implements OutputExtras {
  #outputs: NotebookOutput[] = [];
  readonly #displays = new Map<string, NotebookOutput[]>();
  #clearsNext = false;
  #timer: NodeJS.Timeout | undefined;

  capture<Result>(body: () => Result): Result {
    const execution = currentExecution();
    if (!execution) return body();
    // Everything else is the running execution's own, also that it was interrupted.
    const captured: Execution = Object.assign(Object.create(execution), { sink: this.#take });
    try {
      return executions.run(captured, body);
    } finally {
      this.#flush();
    }
  }

  async replace<Result>(body: () => Result | Promise<Result>): Promise<Result> {
    this.clear({ wait: true });
    try {
      return await this.capture(body);
    } finally {
      if (this.#clearsNext) this.clear();
      this.#flush();
    }
  }

  clear({ wait = false } = {}): void {
    this.#clearsNext = wait;
    if (wait) return;
    this.#empty();
    this.#flush();
  }

  readonly #take: Sink = (output) => {
    if (output.type === "clear") {
      this.clear(output);
      return;
    }
    if (this.#clearsNext) {
      this.#clearsNext = false;
      this.#empty();
    }
    if (output.type === "stream") {
      const { name, text } = output;
      const last = this.#outputs.at(-1);
      if (last?.output_type === "stream" && last.name === name) last.text += text;
      else this.#outputs.push({ output_type: "stream", name, text });
    } else if (output.type === "error") {
      const { ename, evalue, traceback } = output;
      this.#outputs.push({ output_type: "error", ename, evalue, traceback });
    } else if (output.type === "display") {
      this.#display(output);
    }
    this.#timer ??= setTimeout(() => this.#flush(), DELAY);
  };

  #display({
    data,
    metadata,
    displayId = "",
    update,
  }: Extract<Parameters<Sink>[0], { type: "display" }>): void {
    const known = this.#displays.get(displayId) ?? [];
    for (const each of known) Object.assign(each, { data, metadata });
    if (update) return;
    const output: NotebookOutput = { output_type: "display_data", data, metadata };
    this.#outputs.push(output);
    this.#displays.set(displayId, [...known, output]);
    ownDisplay(displayId, this.#take);
  }

  #empty(): void {
    this.#outputs = [];
    for (const id of this.#displays.keys()) ownDisplay(id, undefined);
    this.#displays.clear();
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.set({ outputs: structuredClone(this.#outputs) } as object);
  }
}

/** A place for what functions show: `output.capture(() => console.log("here"))`. */
export function Output(): WidgetOf<typeof traits> & OutputExtras {
  return new OutputModel(definition) as unknown as WidgetOf<typeof traits> & OutputExtras;
}
