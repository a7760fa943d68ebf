// The kernel's side of the runner: starts it, hands it cells, passes its output on, and starts a new one
// when it dies, which user code may bring about in many ways.

import type { ChildProcess } from "node:child_process";
import type { Duplex, Readable, Writable } from "node:stream";
import { type Death, explainDeath } from "./death.ts";
import { Inspector } from "./inspector.ts";
import { readMessages } from "./lines.ts";
import {
  type Answer,
  type Ask,
  type Cell,
  type CommMessage,
  type FromRunner,
  isFromRunner,
  type Outcome,
  type Output,
  type Sight,
  type ToRunner,
  type ToWatchdog,
} from "./messages.ts";
import { NativeOutput } from "./native-output.ts";
import { killGroup } from "./process-group.ts";
import { Rewriter } from "./rewrite.ts";
import { type RunnerProcess, type RunnerProcessOptions, spawnRunner } from "./runner-process.ts";
import { scriptName } from "./script-name.ts";
import { Sights } from "./sights.ts";

/** Time for a stopped runner to end by itself, and for the output of a dead one to arrive. */
const STOP_MS = 1000;
/** A pipe ends a moment before its process does. */
const CUT_OFF_MS = 100;

interface RunnerHostOptions extends RunnerProcessOptions {
  onOutput(output: Output): void;
  /** A cell asks its reader something: `answer` tells it what became of that. */
  onAsk(question: Ask): void;
  /** A new runner took the place of one that died: all variables are gone. */
  onRestart(): void;
  /** A runner that starts already; by default the host starts its first one itself. */
  first?: RunnerProcess | undefined;
}

/** A running process with what belongs to its life alone. */
interface Runner {
  child: ChildProcess;
  requests: Writable;
  watchdog: Writable;
  native: Record<"stdout" | "stderr", NativeOutput>;
  rewriter: Rewriter;
  /** What ran, by the name of its script. */
  cells: Map<string, TracedCell>;
  sequence: number;
  interrupts: number;
  wasCutOff: boolean;
  isReady: boolean;
  /** Resolves when a debugger of the runner before has set itself up again. */
  prepared: Promise<void> | undefined;
  /** Resolves when the process has ended and all its output has been passed on. */
  ended: Promise<void>;
}

/** A cell that ran, as a debugger must know it. */
export interface TracedCell {
  name: string;
  source: string;
  /** Source map (version 3, JSON) from the script to `source`. */
  map: string;
}

export class RunnerHost {
  /** V8's inspector in the runner, for a debugger. */
  readonly inspector = new Inspector();
  readonly #options: RunnerHostOptions;
  #first: RunnerProcess | undefined;
  readonly #sights = new Sights();
  #runner: Runner | undefined;
  /** Executions that have not ended, by the ids of their cells. */
  readonly #running = new Map<string, (outcome: Outcome) => void>();
  /** What is told when a comm message has been handled, by the message's id. */
  readonly #comms = new Map<string, () => void>();
  #latestCell = "";
  /** The runner died while no cell ran: the next cell tells. */
  #unnoticed: Death | undefined;
  #isStopped = false;

  constructor(options: RunnerHostOptions) {
    this.#options = options;
    this.#first = options.first;
  }

  /** Start the runner, so that it is ready when the first cell comes. */
  start(): void {
    if (this.#runner || this.#isStopped) return;
    const { child, token } = this.#first ?? spawnRunner(this.#options);
    this.#first = undefined;
    const [, stdout, stderr, messages, requests, watchdog] = child.stdio as unknown as Duplex[];
    if (!stdout || !stderr || !messages || !requests || !watchdog)
      throw new Error("The runner has no pipes.");
    const nativeOutput = (name: "stdout" | "stderr", stream: Readable) =>
      new NativeOutput(stream, {
        token,
        onText: (text) => this.#options.onOutput({ type: "stream", cell: this.#latestCell, name, text }),
      });
    const native = { stdout: nativeOutput("stdout", stdout), stderr: nativeOutput("stderr", stderr) };
    const closed = new Promise((resolve) => messages.once("close", resolve));
    const runner: Runner = {
      child,
      requests,
      watchdog,
      native,
      rewriter: new Rewriter(),
      cells: new Map(),
      sequence: 0,
      interrupts: 0,
      wasCutOff: false,
      isReady: false,
      prepared: undefined,
      ended: new Promise((resolve) => {
        const onEnd = async (code: number | null, signal: NodeJS.Signals | null) => {
          if (child.pid !== undefined) killGroup(child.pid);
          await within(STOP_MS, Promise.all([closed, native.stdout.closed, native.stderr.closed]));
          this.#onDeath(runner, code, signal);
          resolve();
        };
        child.once("exit", onEnd);
        child.once("error", () => child.pid === undefined && onEnd(1, null));
      }),
    };
    for (const stream of [requests, watchdog]) stream.on("error", () => undefined); // the exit is told elsewhere
    readMessages<unknown>(messages, (message) => {
      if (isFromRunner(message)) this.#onMessage(runner, message);
    });
    for (const pipe of [messages, requests, watchdog]) pipe.once("end", () => cutOff(runner));
    requests.resume(); // nothing comes but its end
    this.#runner = runner;
    runner.prepared = this.inspector.connect(watchdog)?.then(
      () => undefined,
      () => undefined, // it ended meanwhile
    );
  }

  /**
   * Run a cell. All its output has been passed on when this resolves. A cell that comes while another runs starts as
   * soon as that one awaits.
   */
  execute(cell: Cell): Promise<Outcome> {
    this.start();
    const runner = this.#runner;
    if (!runner) throw new Error("The runner was stopped.");
    this.#latestCell = cell.id;
    if (this.#unnoticed) {
      const { evalue } = explainDeath(this.#unnoticed);
      this.#unnoticed = undefined;
      const text = `Since the last cell: ${evalue}\n`;
      this.#options.onOutput({ type: "stream", cell: cell.id, name: "stderr", text });
    }
    return new Promise((resolve) => {
      const { id, name, source } = cell;
      try {
        const rewritten = runner.rewriter.rewrite(cell);
        runner.sequence += 1;
        runner.interrupts = 0;
        runner.cells.set(scriptName(runner.sequence), { name, source, map: rewritten.map });
        const request: ToRunner = {
          type: "execute",
          cell: { id, name, source, ...rewritten, sequence: runner.sequence },
        };
        this.#running.set(id, resolve);
        send(runner, request);
      } catch (error) {
        const { message } = error as Error;
        resolve({
          status: "error",
          ename: "SyntaxError",
          evalue: message,
          traceback: [`\u001b[31mSyntaxError\u001b[39m: ${message}`],
        });
      }
    });
  }

  /** Hand a client's comm message to the session. Resolves when it has been handled, also where the runner dies of it. */
  async handleComm(id: string, message: CommMessage): Promise<void> {
    this.start();
    const runner = this.#runner;
    if (!runner) return;
    if (!this.#isBusy) runner.interrupts = 0;
    await new Promise<void>((resolve) => {
      this.#comms.set(id, resolve);
      send(runner, { type: "comm", id, message });
    });
  }

  /** The cell that became the script of this name. */
  cell(script: string): TracedCell | undefined {
    return this.#runner?.cells.get(script);
  }

  /** The name among the globals of a session variable that is declared outside of any cell. */
  declare(name: string): string {
    return this.#runner?.rewriter.declare(name) ?? name;
  }

  /** JavaScript of an expression that is to be evaluated in the session, outside of any cell. */
  expression(code: string): string {
    return this.#runner?.rewriter.expression(code) ?? code;
  }

  /** What a variable, or what lies below it, holds now; undefined where it holds nothing or the runner is too busy. */
  async see([name = "", ...steps]: string[]): Promise<Sight | undefined> {
    const runner = this.#runner;
    if (!runner?.isReady) return undefined;
    return this.#sights.ask([runner.rewriter.globalName(name), ...steps], (request) =>
      runner.requests.write(`${JSON.stringify(request)}\n`),
    );
  }

  /** Interrupt what runs. A second time within two seconds ends the runner, and with it all variables. */
  interrupt(): void {
    const runner = this.#runner;
    if (!runner || !this.#isBusy) return;
    runner.interrupts += 1;
    const message: ToWatchdog = { type: "interrupt", sequence: runner.sequence };
    runner.watchdog.write(`${JSON.stringify(message)}\n`);
  }

  /** Tell the session what became of a question; one that it no longer asks is passed over. */
  answer(answer: Answer): void {
    const message: ToWatchdog = { type: "answer", answer };
    this.#runner?.watchdog.write(`${JSON.stringify(message)}\n`);
  }

  /** What the runner did not come to handle, nobody will. */
  #endComms(): void {
    for (const resolve of this.#comms.values()) resolve();
    this.#comms.clear();
  }

  /** Put a new runner in the place of this one: variables, and what cells started, are gone. */
  async restart(): Promise<void> {
    const runner = this.#runner;
    if (!runner || this.#isStopped) return;
    this.#runner = undefined;
    this.inspector.disconnect();
    if (runner.child.pid !== undefined) killGroup(runner.child.pid);
    await runner.ended;
    this.start();
    this.#options.onRestart();
    this.#endComms();
    const evalue = "The session was reset while this cell ran.";
    const reset: Outcome = { status: "error", ename: "Reset", evalue, traceback: [`Reset: ${evalue}`] };
    for (const cell of [...this.#running.keys()]) this.#finish(cell, reset);
  }

  /** End the runner and everything that its cells started. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    const runner = this.#runner;
    if (!runner) return;
    runner.requests.end();
    await within(STOP_MS, runner.ended);
    if (runner.child.pid !== undefined) killGroup(runner.child.pid);
    await runner.ended;
  }

  async #onMessage(runner: Runner, message: FromRunner): Promise<void> {
    if (message.type === "ready") {
      runner.isReady = true;
    } else if (message.type === "handled") {
      this.#comms.get(message.id)?.();
      this.#comms.delete(message.id);
    } else if (message.type === "sight") {
      this.#sights.receive(message);
    } else if (message.type === "ask") {
      this.#options.onAsk(message);
    } else if (message.type !== "done") {
      this.#options.onOutput(message);
    } else {
      await Promise.all(message.marked.map((name) => runner.native[name].reached(message.mark)));
      this.#finish(message.cell, message.outcome);
    }
  }

  get #isBusy(): boolean {
    return this.#running.size + this.#comms.size > 0;
  }

  #finish(cell: string, outcome: Outcome): void {
    const resolve = this.#running.get(cell);
    this.#running.delete(cell);
    resolve?.(outcome);
  }

  #onDeath(runner: Runner, code: number | null, signal: NodeJS.Signals | null): void {
    if (this.#runner !== runner) return;
    this.#runner = undefined;
    this.inspector.disconnect();
    const { lastWords } = runner.native.stderr;
    const death: Death = {
      code,
      signal,
      lastWords,
      wasInsisted: runner.interrupts > 1,
      wasCutOff: runner.wasCutOff,
    };
    // One that can't even start is tried again with the next cell only.
    if (runner.isReady && !this.#isStopped) this.start();
    if (this.#running.size === 0) this.#unnoticed = death;
    if (!this.#isStopped) this.#options.onRestart();
    this.#endComms();
    for (const cell of [...this.#running.keys()])
      this.#finish(cell, { status: "error", ...explainDeath(death) });
  }
}

function send(runner: Runner, message: ToRunner): void {
  const write = () => runner.requests.write(`${JSON.stringify(message)}\n`);
  if (runner.prepared) void runner.prepared.then(write);
  else write();
}

/** Ends a runner that lives on without one of its pipes: it is of no use any more. */
function cutOff(runner: Runner): void {
  setTimeout(() => {
    const { child } = runner;
    if (child.exitCode !== null || child.signalCode !== null) return;
    runner.wasCutOff = true;
    if (child.pid !== undefined) killGroup(child.pid);
  }, CUT_OFF_MS).unref();
}

async function within(milliseconds: number, promise: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([
    promise,
    new Promise((resolve) => {
      timer = setTimeout(resolve, milliseconds);
    }),
  ]);
  clearTimeout(timer);
}
