// Runs a notebook's cells one after the other in the same kernel that Jupyter uses, without sockets.

import { setTimeout } from "node:timers/promises";
import { type Content, Kernel, type LoadEngines, languageInfo, type Outgoing } from "../shell/index.ts";
import type { CodeCell, ErrorOutput, NotebookDocument } from "./document.ts";
import { MemoryTransport } from "./memory-transport.ts";
import { OutputCollector } from "./outputs.ts";

/** A second interrupt ends what the first could not, by ending the runner; this long after it, in ms. */
const SECOND_INTERRUPT = 1000;

interface NotebookRunOptions {
  loadEngines: LoadEngines;
  /** Seconds that one cell may take, default unlimited. */
  timeout?: number;
  /** Called before a cell runs; `index` counts the notebook's code cells from 1. */
  onStart?: (index: number, total: number) => void;
  /** Called when a cell has ended, after `seconds`. */
  onEnd?: (index: number, seconds: number) => void;
}

/** Where and why a run ended early. */
export interface Failure {
  /** Counts the notebook's code cells from 1. */
  cell: number;
  reason: "error" | "timeout" | "interrupted";
  error: Pick<ErrorOutput, "ename" | "evalue" | "traceback">;
}

export class NotebookRun {
  readonly #document: NotebookDocument;
  readonly #options: NotebookRunOptions;
  readonly #collector = new OutputCollector();
  readonly #cells = new Map<string, CodeCell>();
  readonly #transport: MemoryTransport;
  readonly #kernel: Kernel;
  #isInterrupted = false;

  /** A run of `document`, whose outputs it replaces. */
  constructor(document: NotebookDocument, options: NotebookRunOptions) {
    this.#document = document;
    this.#options = options;
    this.#transport = new MemoryTransport((message) => this.#collect(message));
    this.#kernel = new Kernel({ transport: this.#transport, loadEngines: options.loadEngines });
  }

  /** Run all cells, or as far as they go. The document holds the outputs when this resolves. */
  async run(): Promise<Failure | undefined> {
    const cells = this.#document.cells.filter((cell): cell is CodeCell => cell.cell_type === "code");
    for (const cell of cells) Object.assign(cell, { outputs: [], execution_count: null });
    this.#document.metadata.language_info = languageInfo;
    try {
      for (const [index, cell] of cells.entries()) {
        if (cell.source.trim() === "" || hasTag(cell, "skip-execution")) continue;
        const failure = await this.#runCell(cell, index + 1, cells.length);
        if (failure) return failure;
      }
      return undefined;
    } finally {
      await this.#kernel.stop();
    }
  }

  /** End the run with the cell that is running; a second call ends the runner where the first did not help. */
  interrupt(): void {
    this.#isInterrupted = true;
    this.#kernel.interrupt();
  }

  async #runCell(cell: CodeCell, index: number, total: number): Promise<Failure | undefined> {
    this.#options.onStart?.(index, total);
    const started = performance.now();
    const request = this.#transport.request("execute_request", { code: cell.source });
    this.#cells.set(request.header.msg_id, cell);
    const reply = this.#transport.replyTo(request);
    this.#kernel.handle(request);
    const isLate = await this.#interruptWhenLate(reply);
    const { content } = await reply;
    this.#options.onEnd?.(index, (performance.now() - started) / 1000);

    const error = asError(content);
    if (this.#isInterrupted) return { cell: index, reason: "interrupted", error };
    if (isLate) return { cell: index, reason: "timeout", error };
    if (content.status === "ok" || hasTag(cell, "raises-exception")) return undefined;
    return { cell: index, reason: "error", error };
  }

  /** Whether the time limit was over before the cell ended. */
  async #interruptWhenLate(reply: Promise<unknown>): Promise<boolean> {
    const { timeout } = this.#options;
    if (timeout === undefined) return false;
    if (!(await endsLaterThan(timeout * 1000, reply))) return false;
    this.#kernel.interrupt();
    if (await endsLaterThan(SECOND_INTERRUPT, reply)) this.#kernel.interrupt();
    return true;
  }

  #collect(message: Outgoing): void {
    const cell = this.#cells.get(message.parent?.msg_id ?? "");
    if (cell) this.#collector.collect(message, cell);
  }
}

async function endsLaterThan(milliseconds: number, event: Promise<unknown>): Promise<boolean> {
  const stopped = new AbortController();
  const late = setTimeout(milliseconds, true, { signal: stopped.signal }).catch(() => false);
  const isLate = await Promise.race([event.then(() => false), late]);
  stopped.abort();
  return isLate;
}

function hasTag(cell: CodeCell, tag: string): boolean {
  const { tags } = cell.metadata;
  return Array.isArray(tags) && tags.includes(tag);
}

function asError(content: Content): Failure["error"] {
  const { ename = "", evalue = "", traceback = [] } = content;
  return { ename: String(ename), evalue: String(evalue), traceback: traceback as string[] };
}
