// One cell's way: do what its magics ask of the kernel, strip its types, check them, tell the language service that it
// runs, run it.

import { randomUUID } from "node:crypto";
import type { Diagnostic, Language, StrippedCell } from "../language/types.ts";
import type { Translation } from "../magics/index.ts";
import type { Cell, ErrorContent, MimeBundle, Outcome } from "../runner/messages.ts";
import type { Engines } from "./engines.ts";
import type { ExecutionContext, Outputs } from "./outputs.ts";
import type { Content } from "./transport.ts";
import type { Turns } from "./turns.ts";

const INTERRUPTED: ErrorContent = {
  ename: "Interrupted",
  evalue: "The cell was interrupted before it ran.",
  traceback: ["Interrupted: the cell was interrupted before it ran."],
};

export class CellExecutor {
  readonly #engines: Promise<Engines>;
  readonly #outputs: Outputs;
  readonly #starts: Turns;
  #beforeRun: AbortController | undefined;
  #interruptRun: (() => void) | undefined;

  /** `starts`: cells of several shells are checked in turn, since the later sees what the earlier declares. */
  constructor(engines: Promise<Engines>, { outputs, starts }: { outputs: Outputs; starts: Turns }) {
    this.#engines = engines;
    this.#outputs = outputs;
    this.#starts = starts;
  }

  /** Run `source` as the session's next cell; its output is published under `context`. Never rejects. */
  async execute(source: string, context: ExecutionContext): Promise<Outcome> {
    this.#outputs.begin(context.parent.msg_id, context);
    this.#beforeRun = new AbortController();
    try {
      const { signal } = this.#beforeRun;
      const { ended } = await this.#starts.run(() => this.#start(source, context, signal));
      return await ended;
    } catch (error) {
      return failure(asErrorContent(error));
    } finally {
      this.#beforeRun = undefined;
      this.#interruptRun = undefined;
    }
  }

  /** Interrupt the cell that runs, if one does. */
  interrupt(): void {
    if (this.#interruptRun) this.#interruptRun();
    else this.#beforeRun?.abort();
  }

  /** Values of expressions in the session, by name, as execute_request's `user_expressions` asks for them. */
  async evaluate(expressions: Content, context: ExecutionContext): Promise<Content> {
    const values: Content = {};
    for (const [name, source] of Object.entries(expressions)) {
      values[name] = await this.#evaluate(`expression ${name}`, String(source), context).catch((error) =>
        failure(asErrorContent(error)),
      );
    }
    return values;
  }

  async #evaluate(name: string, source: string, context: ExecutionContext): Promise<Content> {
    const engines = await this.#engines;
    let value: Content = { data: {}, metadata: {} };
    const onResult = (data: MimeBundle, metadata: MimeBundle) => {
      value = { data, metadata };
    };
    const id = randomUUID();
    this.#outputs.begin(id, { ...context, silent: true, onResult });
    const outcome = await this.#run({ id, name, source, ...engines.language.strip(source, name) }, engines);
    return outcome.status === "ok" ? { ...outcome, ...value } : { ...outcome };
  }

  /** Resolves when the cell runs, or will not. */
  async #start(
    source: string,
    context: ExecutionContext,
    interrupted: AbortSignal,
  ): Promise<{ ended: Promise<Outcome> | Outcome }> {
    if (source.trim() === "") return { ended: { status: "ok" } };
    const aborted = new Promise<"aborted">((resolve) => {
      interrupted.addEventListener("abort", () => resolve("aborted"), { once: true });
    });
    const name = `cell ${context.executionCount}`;
    const engines = await Promise.race([this.#engines, aborted]);
    if (engines === "aborted") return { ended: failure(INTERRUPTED) };
    const { language } = engines;
    const { CellSyntaxError, codeFrames } = await import("../language/index.ts");
    const { translate } = await import("../magics/index.ts");
    const report = (ename: string, diagnostics: Diagnostic[]): Outcome => {
      const evalue = diagnostics[0]?.message ?? "";
      return failure({ ename, evalue, traceback: codeFrames(diagnostics, { name, source }) });
    };
    const cell = translate(source, (word) => language.knows(word));
    const { view } = cell;
    const failed = await this.#prepare(cell, { engines, context, interrupted, report });
    if (failed) return { ended: failed };
    let stripped: StrippedCell;
    try {
      stripped = strip(cell, name, language);
    } catch (error) {
      if (error instanceof CellSyntaxError) return { ended: report("SyntaxError", error.diagnostics) };
      throw error;
    }
    const diagnostics = await Promise.race([language.check(view), aborted]);
    if (diagnostics === "aborted" || interrupted.aborted) return { ended: failure(INTERRUPTED) };
    if (diagnostics.length > 0) {
      if (language.checkLevel === "strict") return { ended: report("TypeCheckError", diagnostics) };
      this.#outputs.write(context, "stderr", `${codeFrames(diagnostics, { name, source }).join("\n")}\n`);
    }
    language.commit(view, name);
    return { ended: this.#run({ id: context.parent.msg_id, name, source, ...stripped }, engines) };
  }

  /** What the cell asks of the kernel itself; an outcome where that fails. */
  async #prepare(
    cell: Translation,
    { engines, context, interrupted, report }: Preparation,
  ): Promise<Outcome | undefined> {
    if (cell.magics.length === 0 && cell.packages.length === 0) return undefined;
    const { prepare, UsageError } = await import("../magics/index.ts");
    try {
      await prepare(cell, {
        folder: engines.folder,
        signal: interrupted,
        checker: engines.language,
        write: (name, text) => this.#outputs.write(context, name, text),
        reset: () => engines.runner.restart(),
        packagesChanged: (replaced) => engines.language.packagesChanged(replaced),
        replaceCell: (text) => context.onPayload?.({ source: "set_next_input", text, replace: true }),
      });
      return undefined;
    } catch (error) {
      if (interrupted.aborted) return failure(INTERRUPTED);
      const { name, message } = error as Error;
      if (error instanceof UsageError) return report(name, [error.diagnostic]);
      return failure({
        ename: name,
        evalue: message,
        traceback: [`\u001b[31m${name}\u001b[39m: ${message}`],
      });
    }
  }

  #run(cell: Cell, { runner }: Engines): Promise<Outcome> {
    this.#interruptRun = () => runner.interrupt();
    return runner.execute(cell);
  }
}

interface Preparation {
  engines: Engines;
  context: ExecutionContext;
  interrupted: AbortSignal;
  report(ename: string, diagnostics: Diagnostic[]): Outcome;
}

/** JavaScript of a cell; where it is wrong, the places of the errors are those of the cell. */
function strip({ view, code, mapped }: Translation, name: string, language: Language): StrippedCell {
  if (code !== view) language.strip(view, name);
  return mapped(language.strip(code, name));
}

function failure(error: ErrorContent): Outcome & Content {
  return { status: "error", ...error };
}

/** A fault of the kernel's own: its stack helps. */
function asErrorContent(thrown: unknown): ErrorContent {
  const { name, message, stack = message } = thrown instanceof Error ? thrown : new Error(String(thrown));
  return { ename: name, evalue: message, traceback: stack.split("\n") };
}
