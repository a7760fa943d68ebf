// The debugger: answers the requests of the Debug Adapter Protocol, as Jupyter extends it
// (https://jupyter-client.readthedocs.io/en/stable/messaging.html#debug-request), by asking V8's inspector in the runner.
// It lives in the kernel, so it answers also while the runner stands still.

import { readFileSync } from "node:fs";
import type { Debugger as Inspected, Runtime } from "node:inspector";
import { stripTypes } from "../language/strip.ts";
import type { RunnerHost } from "../runner/host.ts";
import { Breakpoints } from "./breakpoints.ts";
import { cellPath, naming } from "./cell-path.ts";
import { MainThread } from "./main-thread.ts";
import type { Arguments, DebugEvent, DebugRequest, DebugResponse, SourceBreakpoint } from "./protocol.ts";
import { Scripts } from "./scripts.ts";
import { asStackFrame, scopesOf } from "./stack.ts";
import { SESSION_GROUP, Values } from "./values.ts";

interface DebuggerOptions {
  cwd: string;
  runner: Pick<RunnerHost, "inspector" | "cell" | "declare" | "expression">;
  onEvent(event: DebugEvent): void;
  /** A session variable of this name was made, of which no cell tells. */
  onDeclare(name: string): void;
}

type Handler = (args: Arguments) => object | Promise<object>;
/** The main thread's number; JupyterLab takes it for granted. */
const THREAD = 1;
const IDENTIFIER = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u;

const EXCEPTION_FILTERS = [
  { filter: "all", label: "All Exceptions", default: false },
  { filter: "uncaught", label: "Uncaught Exceptions", default: false },
];

export class Debugger {
  readonly #options: DebuggerOptions;
  readonly #scripts: Scripts;
  readonly #breakpoints: Breakpoints;
  readonly #values: Values;
  readonly #thread: MainThread;
  /** Code of cells that a front end has shown us, by path. */
  readonly #dumped = new Map<string, string>();
  readonly #handlers: Readonly<Record<string, Handler>>;
  #isStarted = false;
  #isAttached = false;
  #sequence = 0;

  constructor(options: DebuggerOptions) {
    this.#options = options;
    const { inspector } = options.runner;
    this.#scripts = new Scripts({ cwd: options.cwd, cellOf: (script) => options.runner.cell(script) });
    const codeOf = (path: string) => this.#dumped.get(path);
    this.#breakpoints = new Breakpoints({ inspector, scripts: this.#scripts, codeOf });
    this.#values = new Values(inspector);
    this.#thread = new MainThread({
      cwd: options.cwd,
      inspector,
      scripts: this.#scripts,
      breakpoints: this.#breakpoints,
      onPause: ({ reason, exception, hitBreakpointIds }) => {
        const text = exception && { text: exception.description?.split("\n")[0] ?? "" };
        const thread = { threadId: THREAD, allThreadsStopped: true, preserveFocusHint: false };
        this.#emit("stopped", { reason, ...text, hitBreakpointIds, ...thread });
      },
      onResume: () => {
        this.#values.clear();
        this.#emit("continued", { threadId: THREAD, allThreadsContinued: true });
      },
    });
    inspector.onEvent = (event) => void this.#thread.receive(event);
    inspector.onReconnect = () => this.#onNewRunner();
    this.#handlers = {
      initialize: () => this.#initialize(),
      attach: () => this.#attach(),
      configurationDone: () => ({}),
      disconnect: () => this.#disconnect(),
      debugInfo: () => this.#info(),
      dumpCell: ({ code }) => this.#dumpCell(String(code)),
      source: ({ source }) => this.#source((source as { path: string }).path),
      setBreakpoints: (args) => this.#setBreakpoints(args),
      setExceptionBreakpoints: ({ filters }) => this.#setExceptionBreakpoints(filters as string[]),
      exceptionInfo: () => this.#exceptionInfo(),
      threads: () => ({ threads: [{ id: THREAD, name: "main" }] }),
      stackTrace: (args) => this.#stackTrace(args),
      scopes: ({ frameId }) => this.#scopes(Number(frameId)),
      variables: (args) => this.#variables(args),
      evaluate: (args) => this.#evaluate(args),
      inspectVariables: () => this.#inspectVariables(),
      richInspectVariables: (args) => this.#richInspectVariables(args),
      copyToGlobals: (args) => this.#copyToGlobals(args),
      modules: (args) => this.#modules(args),
      continue: () => this.#continue(),
      pause: () => this.#requestPause(),
      next: () => this.#step("stepOver"),
      stepIn: () => this.#step("stepInto"),
      stepOut: () => this.#step("stepOut"),
    };
  }

  /** Answer a request, whatever it holds. */
  async request(content: object): Promise<DebugResponse> {
    const { seq = 0, command = "", arguments: args = {} } = content as Partial<DebugRequest>;
    const respond = (success: boolean, rest: { body: object; message?: string }): DebugResponse => {
      this.#sequence += 1;
      return { type: "response", seq: this.#sequence, request_seq: seq, success, command, ...rest };
    };
    try {
      const handler = Object.hasOwn(this.#handlers, command) ? this.#handlers[command] : undefined;
      if (!handler) throw new Error(`The debugger does not know the request ${JSON.stringify(command)}.`);
      return respond(true, { body: await handler(args) });
    } catch (error) {
      return respond(false, { message: (error as Error).message, body: {} });
    }
  }

  #emit(event: string, body: object): void {
    this.#sequence += 1;
    this.#options.onEvent({ type: "event", seq: this.#sequence, event, body });
  }

  #ask<Result = object>(method: string, params: object = {}): Promise<Result> {
    return this.#options.runner.inspector.post<Result>(method, params);
  }

  #initialize(): object {
    this.#isStarted = true;
    return {
      supportsConfigurationDoneRequest: true,
      supportsConditionalBreakpoints: true,
      supportsEvaluateForHovers: true,
      supportsExceptionInfoRequest: true,
      supportsModulesRequest: true,
      exceptionBreakpointFilters: EXCEPTION_FILTERS,
    };
  }

  async #attach(): Promise<object> {
    this.#isStarted = true;
    if (!this.#isAttached) {
      this.#isAttached = true;
      await this.#thread.enable();
    }
    this.#emit("initialized", {});
    return {};
  }

  async #onNewRunner(): Promise<void> {
    this.#thread.forget();
    this.#values.clear();
    this.#scripts.clear();
    if (!this.#isAttached) return;
    await this.#thread.enable();
    await this.#breakpoints.renew();
  }

  async #disconnect(): Promise<object> {
    const wasAttached = this.#isAttached;
    this.#isStarted = false;
    this.#isAttached = false;
    await this.#breakpoints.clear();
    if (wasAttached) await this.#thread.pauseOnExceptions("none");
    if (this.#thread.isPaused) await this.#thread.resume();
    this.#options.runner.inspector.detach();
    this.#thread.forget();
    this.#values.clear();
    this.#scripts.clear();
    return {};
  }

  #info(): object {
    return {
      isStarted: this.#isStarted,
      ...naming,
      breakpoints: this.#breakpoints.list(),
      stoppedThreads: this.#thread.isPaused ? [THREAD] : [],
      richRendering: true,
      exceptionPaths: ["JavaScript Exceptions"],
      copyToGlobals: true,
    };
  }

  #dumpCell(code: string): object {
    const sourcePath = cellPath(code);
    this.#dumped.set(sourcePath, code);
    return { sourcePath };
  }

  #source(path: string): object {
    const code = this.#dumped.get(path);
    try {
      return { content: code ?? readFileSync(path, "utf8"), mimeType: "application/typescript" };
    } catch {
      throw new Error(`There is no source ${path}: it is neither a file nor a cell that was dumped.`);
    }
  }

  async #setBreakpoints({ source, breakpoints = [] }: Arguments): Promise<object> {
    this.#requireAttached();
    const { path } = source as { path: string };
    const wanted = (breakpoints as SourceBreakpoint[]).map(({ condition, ...rest }) =>
      condition ? { ...rest, condition: this.#javascript(condition) } : rest,
    );
    const set = await this.#breakpoints.set(path, wanted);
    return { breakpoints: set.map((each) => ({ ...each, source: { path } })) };
  }

  async #setExceptionBreakpoints(filters: string[] = []): Promise<object> {
    this.#requireAttached();
    const mode = (["all", "uncaught"] as const).find((each) => filters.includes(each)) ?? "none";
    await this.#thread.pauseOnExceptions(mode);
    return {};
  }

  async #exceptionInfo(): Promise<object> {
    const { exception } = this.#thread;
    const { result, type } = await this.#values.of(exception);
    return { exceptionId: type, description: exception.description ?? result, breakMode: "always" };
  }

  #stackTrace({ startFrame = 0, levels = 0 }: Arguments): object {
    const { frames } = this.#thread;
    const end = Number(levels) > 0 ? Number(startFrame) + Number(levels) : frames.length;
    return {
      stackFrames: frames.slice(Number(startFrame), end).map(asStackFrame),
      totalFrames: frames.length,
    };
  }

  async #scopes(frameId: number): Promise<object> {
    const frame = this.#thread.frame(frameId);
    const scopes = scopesOf(frame).map(({ name, objects }) => ({
      name,
      variablesReference: this.#values.scope(objects),
      expensive: false,
    }));
    // At the top level of a cell there may be nothing but the session's variables.
    const filled = await Promise.all(
      scopes.map(
        async ({ variablesReference }) => (await this.#values.variables(variablesReference)).length > 0,
      ),
    );
    const globals = { name: "Globals", variablesReference: this.#values.scope("session"), expensive: false };
    return { scopes: [...scopes.filter((_scope, index) => filled[index]), globals] };
  }

  async #variables({ variablesReference, start, count }: Arguments): Promise<object> {
    const some = { start: Number(start ?? 0), count: Number(count ?? 0) };
    return { variables: await this.#values.variables(Number(variablesReference), some) };
  }

  async #evaluate({ expression, frameId }: Arguments): Promise<object> {
    const code = this.#javascript(String(expression));
    return this.#values.of(await this.#valueOf(code, frameId));
  }

  /** The variables of the session, also where no debugger is attached. */
  async #inspectVariables(): Promise<object> {
    if (!this.#thread.isPaused) {
      this.#values.clear();
      await this.#ask("Runtime.releaseObjectGroup", { objectGroup: SESSION_GROUP });
    }
    return { variables: await this.#values.variables(this.#values.scope("session")) };
  }

  async #richInspectVariables({ variableName, frameId }: Arguments): Promise<object> {
    const name = String(variableName);
    if (!IDENTIFIER.test(name)) return { data: {}, metadata: {} };
    const value = await this.#valueOf(this.#javascript(name), frameId);
    const data = await this.#values.represent(value, { canWait: !this.#thread.isPaused });
    return { data, metadata: {} };
  }

  async #copyToGlobals({ srcVariableName, dstVariableName, srcFrameId }: Arguments): Promise<object> {
    const [source, target] = [String(srcVariableName), String(dstVariableName)];
    for (const name of [source, target]) {
      if (!IDENTIFIER.test(name)) throw new Error(`${JSON.stringify(name)} is not a name of a variable.`);
    }
    const { runner, onDeclare } = this.#options;
    const value = this.#javascript(source);
    await this.#valueOf(`globalThis[${JSON.stringify(runner.declare(target))}] = ${value}`, srcFrameId);
    onDeclare(target);
    return {};
  }

  #modules({ startModule = 0, moduleCount = 0 }: Arguments): object {
    const modules = this.#scripts.files().map((file, id) => ({ id, ...file }));
    const end = Number(moduleCount) > 0 ? Number(startModule) + Number(moduleCount) : modules.length;
    return { modules: modules.slice(Number(startModule), end), totalModules: modules.length };
  }

  async #continue(): Promise<object> {
    await this.#thread.resume();
    return { allThreadsContinued: true };
  }

  async #requestPause(): Promise<object> {
    this.#requireAttached();
    await this.#thread.requestPause();
    return {};
  }

  async #step(kind: "stepOver" | "stepInto" | "stepOut"): Promise<object> {
    await this.#thread.step(kind);
    return {};
  }

  #requireAttached(): void {
    if (!this.#isAttached) throw new Error("The debugger is not attached: initialize and attach come first.");
  }

  /** What an expression of the user's is for V8; one that is no TypeScript is left to V8 to complain about. */
  #javascript(expression: string): string {
    for (const source of [`(${expression}\n)`, expression]) {
      try {
        const { code } = stripTypes(source, "expression");
        return this.#options.runner.expression(code.trim().replace(/;$/, ""));
      } catch {
        // An object literal needs the brackets, a statement must not have them.
      }
    }
    return expression;
  }

  /** @throws Error with the text of what was thrown. */
  async #valueOf(expression: string, frameId: unknown): Promise<Runtime.RemoteObject> {
    const frame =
      this.#thread.isPaused && typeof frameId === "number" ? this.#thread.frame(frameId) : undefined;
    const { result, exceptionDetails } = frame
      ? await this.#ask<Inspected.EvaluateOnCallFrameReturnType>("Debugger.evaluateOnCallFrame", {
          callFrameId: frame.call.callFrameId,
          expression,
        })
      : await this.#ask<Runtime.EvaluateReturnType>("Runtime.evaluate", {
          expression,
          objectGroup: SESSION_GROUP,
        });
    if (exceptionDetails) {
      const [message = ""] = (exceptionDetails.exception?.description ?? exceptionDetails.text).split(
        "\n    at ",
      );
      throw new Error(message);
    }
    return result;
  }
}
