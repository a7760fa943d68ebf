// Runs a cell from a fresh turn of the event loop, so that an interrupt, which unwinds everything on the stack, never
// takes the driver with it. While a cell awaits, one of a subshell may run.

import vm from "node:vm";
import { tolerateUnbalance } from "./async-stack.ts";
import { endDamaged, guarded } from "./damage.ts";
import { messageOf, representations, textOf } from "./format.ts";
import { UnansweredError } from "./input.ts";
import { beginExecution, endExecution } from "./interrupts.ts";
import { endMark, type MimeBundle, type Outcome, type RunnerCell } from "./messages.ts";
import {
  currentExecution,
  type Execution,
  executions,
  publish,
  send,
  setLatest,
  writeAll,
} from "./output.ts";
import { closeScopes, preload, scopeDepth } from "./preload.ts";
import { scriptName } from "./script-name.ts";
import { errorContent, INTERRUPTED, registerSource } from "./traceback.ts";

const immediately = setImmediate;

/** Cells that have ended. */
let ends = 0;

/** Runs the cell and sends everything about it, "done" last. */
export function evaluate(cell: RunnerCell, { token }: { token: string }): void {
  const { id, name, sequence } = cell;
  const execution: Execution = {
    id,
    name,
    sequence,
    isAbandoned: false,
    isLabelled: false,
    pending: new Set(),
  };
  const depth = scopeDepth();
  let ended: Outcome | undefined;
  let marks: ReturnType<typeof markNativeStreams> | undefined;
  let isDone = false;

  function end(outcome: Outcome): void {
    if (ended) return;
    ended = outcome;
    // After the promises that were rejected meanwhile have been told.
    immediately(guarded(finish));
  }

  function finish(): void {
    if (isDone || !ended) return;
    marks ??= markNativeStreams(token);
    send({ type: "done", cell: id, outcome: ended, ...marks });
    isDone = true;
    endExecution(sequence);
  }

  function abandon(): void {
    // An interrupt that came late may have cut off the cell's end itself.
    if (ended) {
      immediately(guarded(finish));
      return;
    }
    execution.isAbandoned = true;
    closeScopes(depth);
    end({ status: "error", ...INTERRUPTED });
  }

  function start(): void {
    if (ended) return;
    executions.run(execution, () => {
      tolerateUnbalance();
      void runToEnd();
    });
  }

  /** Without `then`, which user code may replace. */
  async function runToEnd(): Promise<void> {
    try {
      await run(cell, execution);
      end({ status: "ok" });
    } catch (error) {
      try {
        const content = errorContent(error);
        if (!ended) end({ status: "error", ...content });
        else if (!(error instanceof UnansweredError)) publish({ type: "error", ...content }, execution);
      } catch {
        endDamaged();
      }
    }
  }

  setLatest(execution);
  registerSource(scriptName(sequence), { name, source: cell.source, map: cell.map });
  if (!beginExecution(sequence, abandon)) abandon();
  else {
    const loading = preload(cell.source);
    if (!loading) immediately(guarded(start));
    else
      loading.then(
        () => immediately(start),
        (error) => end({ status: "error", ...errorContent(error) }),
      );
  }
}

async function run(cell: RunnerCell, execution: Execution): Promise<void> {
  const script = new vm.Script(cell.script, {
    filename: scriptName(cell.sequence),
    importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  const completion = script.runInThisContext({ displayErrors: false });
  const value = cell.isAsync ? (await completion)?.value : completion;
  execution.beforeResult?.();
  if (cell.hasValue && value !== undefined) await showResult(value, execution);
  while (execution.pending.size > 0) await Promise.all(execution.pending);
}

/** A value whose own representations fail is shown as text, with the reason. */
async function showResult(value: unknown, execution: Execution): Promise<void> {
  let data: MimeBundle;
  try {
    data = await representations(value);
  } catch (error) {
    data = { "text/plain": textOf(value) };
    const text = `The value's own representation can't be shown: ${messageOf(error)}\n`;
    publish({ type: "stream", name: "stderr", text }, execution);
  }
  publish({ type: "result", data, metadata: {} }, execution);
}

function markNativeStreams(token: string): { mark: number; marked: ("stdout" | "stderr")[] } {
  ends += 1;
  const marked = (["stdout", "stderr"] as const).filter((_name, index) => {
    try {
      writeAll(index + 1, endMark(token, ends));
      return true;
    } catch {
      return false; // closed by user code
    }
  });
  return { mark: ends, marked };
}

/** Shows an error that no cell waits for at the cell that caused it. */
export function showLateError(error: unknown): void {
  publish({ type: "error", ...errorContent(error) }, currentExecution());
}
