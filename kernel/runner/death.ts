// Why a runner ended, in plain words.

import { DAMAGED, HANDLER_FAILED } from "./damage.ts";
import type { ErrorContent } from "./messages.ts";

export interface Death {
  code: number | null;
  signal: NodeJS.Signals | null;
  /** What V8 wrote at the end. */
  lastWords: string;
  /** The user insisted on an interrupt. */
  wasInsisted: boolean;
  /** It lived, but without its pipes. */
  wasCutOff: boolean;
}

const GONE = "All variables are gone; a new runner is ready: run the cells again from the top.";

const SIGNALS: Partial<Record<NodeJS.Signals, string>> = {
  SIGSEGV: "crashed with SIGSEGV: native code touched memory that is not its own",
  SIGBUS: "crashed with SIGBUS: native code touched memory that does not exist",
  SIGILL: "crashed with SIGILL: native code needs a processor instruction that this machine lacks",
  SIGFPE: "crashed with SIGFPE: native code divided by zero",
  SIGABRT: "was aborted (SIGABRT)",
  SIGKILL: "was killed (SIGKILL), often by the operating system when the machine's memory is exhausted",
};

/** The error of the cell that ran when the runner ended. */
export function explainDeath(death: Death): ErrorContent {
  const { ename, what, remedy } = reasonOf(death);
  const evalue = `${what} ${GONE}`;
  const traceback = [`\u001b[31m${ename}\u001b[39m: ${what}`, GONE, ...(remedy ? [remedy] : [])];
  return { ename, evalue, traceback };
}

function reasonOf({ code, signal, lastWords, wasInsisted, wasCutOff }: Death): {
  ename: string;
  what: string;
  remedy?: string;
} {
  if (wasInsisted && signal === "SIGKILL") {
    return { ename: "RunnerKilled", what: "A second interrupt ended the cell together with its process." };
  }
  if (wasCutOff || code === DAMAGED || code === HANDLER_FAILED) {
    return {
      ename: "RunnerDamaged",
      what:
        "The cell's process could not go on: a cell replaced or deleted something that it is built on " +
        "(such as JSON, Promise or a prototype), or closed its pipes.",
    };
  }
  if (/heap out of memory|Reached heap limit|OOM|allocation failed/i.test(lastWords)) {
    return {
      ename: "OutOfMemory",
      what: "JavaScript ran out of heap memory.",
      remedy:
        "Keep less alive at a time: process the data in batches, and use typed arrays or tensors, which live outside this heap. " +
        "NABLAB_HEAP_MB sets another limit in megabytes.",
    };
  }
  if (signal) {
    const what = SIGNALS[signal] ?? `was ended by ${signal}`;
    const firstLine = lastWords.split("\n").find((line) => /FATAL|Fatal|Assertion failed/.test(line));
    return { ename: "RunnerCrashed", what: `The cell's process ${what}.${firstLine ? ` ${firstLine}` : ""}` };
  }
  return {
    ename: "RunnerExited",
    what: `The cell's process ended with exit code ${code}, as after process.exit(${code}).`,
  };
}
