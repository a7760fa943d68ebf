// The two engines behind a kernel: the language service and the runner. They are loaded only after the kernel
// listens, so that a client has its first answer before they are there.

import type { ChildProcess } from "node:child_process";
import { setImmediate } from "node:timers/promises";
import type { Language } from "../language/index.ts";
import { spawnServer } from "../language/server-process.ts";
import type { Answer, Ask, Cell, CommMessage, Outcome, Output, Sight } from "../runner/messages.ts";
import { spawnRunner } from "../runner/runner-process.ts";
import type { Content } from "./transport.ts";

/** What the shell asks of a runner; RunnerHost is the real one. */
export interface Runner {
  start(): void;
  /** Resolves when the cell has ended and all of its output was given to `onOutput`. */
  execute(cell: Cell): Promise<Outcome>;
  /** Resolves when the session has handled a client's message; what it shows carries the cell `id`. */
  handleComm(id: string, message: CommMessage): Promise<void>;
  /** What a variable, or what lies below it by its keys, holds now; undefined where the runner has no time to tell. */
  see(path: string[]): Promise<Sight | undefined>;
  /** What became of a question that `onAsk` was told of. */
  answer(answer: Answer): void;
  interrupt(): void;
  /** Put a new runner in the place of this one; `onRestart` is called. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export interface EngineEvents {
  onOutput(output: Output): void;
  /** A cell asks its reader something. */
  onAsk(question: Ask): void;
  /** The runner is a new one, and the session's variables are gone. */
  onRestart(): void;
  /** Something the user should read. */
  onNotice(message: string): void;
}

/** What the shell asks of a debugger: answers to requests of the Debug Adapter Protocol. */
export interface DebugAdapter {
  request(content: Content): Promise<object>;
}

export interface Engines {
  /** The notebook's folder. */
  folder: string;
  language: Language;
  runner: Runner;
  /** Loaded only when a client asks for it; `onEvent` is told of events of the protocol. */
  openDebugger(onEvent: (event: object) => void): Promise<DebugAdapter>;
}

export type LoadEngines = (events: EngineEvents) => Promise<Engines>;

/** The real engines for a notebook in the folder `cwd`; their processes start before the code that speaks with them. */
export function engineLoader(cwd: string): LoadEngines {
  return async ({ onOutput, onAsk, onRestart, onNotice }) => {
    await setImmediate(); // a client that waits already is answered first
    // Unchecked cells leave TypeScript's server for the first completion.
    const isUnchecked = process.env.NABLAB_CHECK === "off";
    const server = isUnchecked ? undefined : early(() => spawnServer(cwd));
    const runnerProcess = early(() => spawnRunner({ cwd }));
    // Piece by piece, so that a client that connects meanwhile is answered in between.
    const { RunnerHost } = await piece(() => import("../runner/host.ts"));
    const first = runnerProcess && alive(runnerProcess.child) && runnerProcess;
    const runner = new RunnerHost({ cwd, onOutput, onAsk, onRestart, first });
    runner.start();
    await piece(() => import("vscode-jsonrpc/node"));
    const { createLanguage } = await piece(() => import("../language/index.ts"));
    const language = createLanguage({ cwd, onNotice, server: server && alive(server) });
    language.start();
    const openDebugger: Engines["openDebugger"] = async (onEvent) => {
      const { Debugger } = await import("../debugger/index.ts");
      const onDeclare = (name: string) => language.commit(`let ${name}: any;`);
      return new Debugger({ cwd, runner, onEvent, onDeclare });
    };
    return { folder: cwd, runner, language, openDebugger };
  };
}

/** Loads something after a turn of the event loop, in which requests are answered. */
async function piece<T>(load: () => Promise<T>): Promise<T> {
  await setImmediate();
  return load();
}

/** What can't start now is started once more by its owner, who tells why it failed. */
function early<T>(start: () => T): T | undefined {
  try {
    return start();
  } catch {
    return undefined;
  }
}

function alive(child: ChildProcess): ChildProcess | undefined {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null ? child : undefined;
}
