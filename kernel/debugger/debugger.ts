// The debugger: answers the requests of the Debug Adapter Protocol, as Jupyter extends it
// (https://jupyter-client.readthedocs.io/en/stable/messaging.html#debug-request), by asking V8's inspector in the runner.
// It lives in the kernel, so it answers also while the runner stands still.

import { readFileSync } from "node:fs";
import type { Debugger as Inspected, Runtime } from "node:inspector";
import { stripTypes } from "../language/strip.ts";
import type { RunnerHost } from "../runner/host.ts";
import type { InspectorEvent } from "../runner/messages.ts";
import { Breakpoints } from "./breakpoints.ts";
import { cellPath, naming } from "./cell-path.ts";
import { isCaught } from "./exceptions.ts";
import type { Arguments, DebugEvent, DebugRequest, DebugResponse, SourceBreakpoint } from "./protocol.ts";
import { hiddenCode, Scripts } from "./scripts.ts";
import { asStackFrame, type Frame, scopesOf, visibleFrames } from "./stack.ts";
import { SESSION_GROUP, Values } from "./values.ts";

interface DebuggerOptions {
  cwd: string;
  runner: Pick<RunnerHost, "inspector" | "cell" | "declare" | "expression">;
  onEvent(event: DebugEvent): void;
  /** A session variable of this name was made, of which no cell tells. */
  onDeclare(name: string): void;
}

type Handler = (args: Arguments) => object | Promise<object>;
type StepKind = "stepOver" | "stepInto" | "stepOut" | "pause";

/** A step that is under way. */
interface Step {
  kind: StepKind;
  /** Where it began. */
  from: Frame | undefined;
  /** How often it went on by itself. */
  count: number;
}

interface Pause {
  frames: Frame[];
  /** What was thrown, where that is why. */
  exception: Runtime.RemoteObject | undefined;
}

/** The runner's main thread; the only one that the user's code runs in. */
const THREAD = 1;
/** A step that ends where there is nothing of the user's goes on, but not for ever. */
const STEPS = 1000;
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
  /** Code of cells that a front end has shown us, by path. */
  readonly #dumped = new Map<string, string>();
  readonly #handlers: Readonly<Record<string, Handler>>;
  #isStarted = false;
  #isAttached = false;
  #exceptions: "none" | "uncaught" | "all" = "none";
  #pause: Pause | undefined;
  #frameCount = 0;
  #sequence = 0;
  #step: Step | undefined;

  constructor(options: DebuggerOptions) {
    this.#options = options;
    const { inspector } = options.runner;
    this.#scripts = new Scripts({ cwd: options.cwd, cellOf: (script) => options.runner.cell(script) });
    const codeOf = (path: string) => this.#dumped.get(path);
    this.#breakpoints = new Breakpoints({ inspector, scripts: this.#scripts, codeOf });
    this.#values = new Values(inspector);
    inspector.onEvent = (event) => void this.#onInspector(event).catch(() => undefined); // the runner ended
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
      next: () => this.#go("stepOver"),
      stepIn: () => this.#go("stepInto"),
      stepOut: () => this.#go("stepOut"),
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
      await this.#enable();
    }
    this.#emit("initialized", {});
    return {};
  }

  async #enable(): Promise<void> {
    await this.#ask("Debugger.enable");
    await this.#ask("Debugger.setBlackboxPatterns", { patterns: hiddenCode(this.#options.cwd) });
    // Before a script that was made from TypeScript runs, so that its breakpoints can be set.
    await this.#ask("Debugger.setInstrumentationBreakpoint", {
      instrumentation: "beforeScriptWithSourceMapExecution",
    });
    await this.#watchExceptions();
  }

  /** V8 tells of all, since to it they are all caught (see exceptions.ts). */
  async #watchExceptions(): Promise<void> {
    const state = this.#exceptions === "none" ? "none" : "all";
    await this.#ask("Debugger.setPauseOnExceptions", { state });
    // The stack behind an `await` takes time to keep.
    await this.#ask("Debugger.setAsyncCallStackDepth", {
      maxDepth: this.#exceptions === "uncaught" ? 32 : 0,
    });
  }

  async #onNewRunner(): Promise<void> {
    this.#resumed();
    this.#values.clear();
    this.#scripts.clear();
    if (!this.#isAttached) return;
    await this.#enable();
    await this.#breakpoints.renew();
  }

  async #disconnect(): Promise<object> {
    this.#isStarted = false;
    this.#isAttached = false;
    this.#exceptions = "none";
    await this.#breakpoints.clear();
    if (this.#pause) await this.#ask("Debugger.resume").catch(() => undefined);
    this.#options.runner.inspector.detach();
    this.#resumed();
    this.#values.clear();
    this.#scripts.clear();
    return {};
  }

  #info(): object {
    return {
      isStarted: this.#isStarted,
      ...naming,
      breakpoints: this.#breakpoints.list(),
      stoppedThreads: this.#pause ? [THREAD] : [],
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
    this.#exceptions = filters.includes("all") ? "all" : filters.includes("uncaught") ? "uncaught" : "none";
    await this.#watchExceptions();
    return {};
  }

  async #exceptionInfo(): Promise<object> {
    const exception = this.#requirePause().exception;
    if (!exception) throw new Error("It is not an exception why the code is paused.");
    const { result, type } = await this.#values.of(exception);
    return { exceptionId: type, description: exception.description ?? result, breakMode: "always" };
  }

  #stackTrace({ startFrame = 0, levels = 0 }: Arguments): object {
    const frames = this.#pause?.frames ?? [];
    const end = Number(levels) > 0 ? Number(startFrame) + Number(levels) : frames.length;
    return {
      stackFrames: frames.slice(Number(startFrame), end).map(asStackFrame),
      totalFrames: frames.length,
    };
  }

  async #scopes(frameId: number): Promise<object> {
    const frame = this.#frame(frameId);
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
    if (!this.#pause) {
      this.#values.clear();
      await this.#ask("Runtime.releaseObjectGroup", { objectGroup: SESSION_GROUP });
    }
    return { variables: await this.#values.variables(this.#values.scope("session")) };
  }

  async #richInspectVariables({ variableName, frameId }: Arguments): Promise<object> {
    const name = String(variableName);
    if (!IDENTIFIER.test(name)) return { data: {}, metadata: {} };
    const value = await this.#valueOf(this.#javascript(name), frameId);
    const data = await this.#values.represent(value, { canWait: !this.#pause });
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
    this.#requirePause();
    await this.#ask("Debugger.resume");
    return { allThreadsContinued: true };
  }

  async #requestPause(): Promise<object> {
    this.#requireAttached();
    this.#step = { kind: "pause", from: undefined, count: 0 };
    await this.#ask("Debugger.pause");
    return {};
  }

  async #go(kind: StepKind): Promise<object> {
    const [from] = this.#requirePause().frames;
    this.#step = { kind, from, count: 0 };
    await this.#ask(`Debugger.${kind}`, { skipList: kind === "stepOut" ? [] : sameLine(from) });
    return {};
  }

  #requireAttached(): void {
    if (!this.#isAttached) throw new Error("The debugger is not attached: initialize and attach come first.");
  }

  #requirePause(): Pause {
    if (!this.#pause) throw new Error("The code is not paused.");
    return this.#pause;
  }

  #frame(id: number): Frame {
    const frame = this.#requirePause().frames.find((each) => each.id === id);
    if (!frame) throw new Error(`There is no frame ${id} any more.`);
    return frame;
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
    const frame = this.#pause && typeof frameId === "number" ? this.#frame(frameId) : undefined;
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

  async #onInspector({ method, params }: InspectorEvent): Promise<void> {
    if (method === "Debugger.scriptParsed") this.#scripts.add(params as Inspected.ScriptParsedEventDataType);
    else if (method === "Debugger.resumed") this.#resumed();
    else if (method === "Debugger.paused") await this.#paused(params as Inspected.PausedEventDataType);
  }

  async #paused(event: Inspected.PausedEventDataType): Promise<void> {
    const { reason, callFrames, hitBreakpoints = [], data } = event;
    if (reason === "instrumentation") {
      const script = this.#scripts.get((data as { scriptId: string }).scriptId);
      if (script) await this.#breakpoints.bind(script);
      await this.#ask("Debugger.resume");
      return;
    }
    const frames = visibleFrames(callFrames, this.#scripts, this.#frameCount + 1);
    const isException = reason === "exception" || reason === "promiseRejection";
    if (isException && this.#exceptions === "uncaught" && (await this.#isCaught(event))) {
      await this.#ask("Debugger.resume");
      return;
    }
    const onward = hitBreakpoints.length > 0 ? undefined : this.#onward(frames, callFrames[0], isException);
    if (onward) {
      if (onward === "Debugger.resume") this.#step = undefined;
      await this.#ask(onward, { skipList: sameLine(this.#step?.from) });
      return;
    }
    this.#frameCount += frames.length;
    this.#pause = { frames, exception: isException ? (data as Runtime.RemoteObject) : undefined };
    const hitBreakpointIds = this.#breakpoints.idsOf(hitBreakpoints);
    this.#emit("stopped", {
      reason: this.#reasonOf({ isException, isBreakpoint: hitBreakpoints.length > 0 }),
      ...(isException && { text: this.#pause.exception?.description?.split("\n")[0] ?? "" }),
      ...(hitBreakpointIds.length > 0 && { hitBreakpointIds }),
      threadId: THREAD,
      allThreadsStopped: true,
      preserveFocusHint: false,
    });
    this.#step = undefined;
  }

  #isCaught(event: Inspected.PausedEventDataType): Promise<boolean> {
    return isCaught(event, async (scriptId) => {
      if (!this.#scripts.get(scriptId)) return undefined;
      const { scriptSource } = await this.#ask<Inspected.GetScriptSourceReturnType>(
        "Debugger.getScriptSource",
        {
          scriptId,
        },
      );
      return scriptSource;
    });
  }

  #reasonOf({ isException, isBreakpoint }: { isException: boolean; isBreakpoint: boolean }): string {
    if (isException) return "exception";
    if (isBreakpoint) return "breakpoint";
    if (this.#step) return this.#step.kind === "pause" ? "pause" : "step";
    return "breakpoint"; // a `debugger` statement
  }

  /**
   * How to leave a place where the user has nothing to see; undefined where they have. V8 skips code by itself
   * (`hiddenCode`), but not what Node keeps in its snapshot, and the step is then lost there.
   */
  #onward([frame]: Frame[], top: Inspected.CallFrame | undefined, isException: boolean): string | undefined {
    const step = this.#step;
    if (!step || isException || step.count === STEPS) return frame ? undefined : "Debugger.resume";
    step.count += 1;
    // Node at work between two pieces of the user's code: the step may have been into the second.
    if (!frame)
      return step.kind === "pause" || step.kind === "stepInto" ? "Debugger.stepInto" : "Debugger.resume";
    if (step.kind === "pause") return undefined;
    if (frame.call !== top) return "Debugger.stepOut";
    const { kind, from, count } = step;
    const isBack = count > 1 && frame.script === from?.script && frame.line === from.line;
    return isBack && kind !== "stepOut" ? `Debugger.${kind}` : undefined;
  }

  #resumed(): void {
    if (!this.#pause) return;
    this.#pause = undefined;
    this.#values.clear();
    this.#emit("continued", { threadId: THREAD, allThreadsContinued: true });
  }
}

/** What was made from a frame's line: a step goes beyond it, however many statements these are. */
function sameLine(frame: Frame | undefined): object[] {
  const scriptId = frame?.script.id;
  return frame?.script.lines?.rangesOf(frame.line).map((range) => ({ scriptId, ...range })) ?? [];
}
