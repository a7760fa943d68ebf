// The two engines behind a kernel: the language service and the runner. They are loaded only after the kernel
// listens, so that a client has its first answer before they are there.

import type { Language } from "../language/index.ts";
import type { Cell, Outcome, Output } from "../runner/messages.ts";
import type { Content } from "./transport.ts";

/** What the shell asks of a runner; RunnerHost is the real one. */
export interface Runner {
  start(): void;
  /** Resolves when the cell has ended and all of its output was given to `onOutput`. */
  execute(cell: Cell): Promise<Outcome>;
  interrupt(): void;
  stop(): Promise<void>;
}

export interface EngineEvents {
  onOutput(output: Output): void;
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
  language: Language;
  runner: Runner;
  /** Loaded only when a client asks for it; `onEvent` is told of events of the protocol. */
  openDebugger(onEvent: (event: object) => void): Promise<DebugAdapter>;
}

export type LoadEngines = (events: EngineEvents) => Promise<Engines>;

/** The real engines for a notebook in the folder `cwd`; their processes start in parallel. */
export function engineLoader(cwd: string): LoadEngines {
  return async ({ onOutput, onRestart, onNotice }) => {
    const runnerLoaded = import("../runner/host.ts").then(({ RunnerHost }) => {
      const runner = new RunnerHost({ cwd, onOutput, onRestart });
      runner.start();
      return runner;
    });
    const languageLoaded = import("../language/index.ts").then(({ createLanguage }) => {
      const language = createLanguage({ cwd, onNotice });
      language.start();
      return language;
    });
    const [runner, language] = await Promise.all([runnerLoaded, languageLoaded]);
    const openDebugger: Engines["openDebugger"] = async (onEvent) => {
      const { Debugger } = await import("../debugger/index.ts");
      const onDeclare = (name: string) => language.commit(`let ${name}: any;`);
      return new Debugger({ cwd, runner, onEvent, onDeclare });
    };
    return { runner, language, openDebugger };
  };
}
