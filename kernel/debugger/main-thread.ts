// The runner's main thread, in which all of the user's code runs: whether it is paused and where, and how it goes on.

import type { Debugger as Inspected, Runtime } from "node:inspector";
import type { Inspector } from "../runner/inspector.ts";
import type { InspectorEvent } from "../runner/messages.ts";
import type { Breakpoints } from "./breakpoints.ts";
import { isCaught } from "./exceptions.ts";
import { hiddenCode, type Scripts } from "./scripts.ts";
import { type Frame, visibleFrames } from "./stack.ts";

type StepKind = "stepOver" | "stepInto" | "stepOut";
export type ExceptionMode = "none" | "uncaught" | "all";

interface Pause {
  reason: "breakpoint" | "exception" | "step" | "pause";
  frames: Frame[];
  /** What was thrown, where that is the reason. */
  exception: Runtime.RemoteObject | undefined;
  hitBreakpointIds: number[];
}

/** A step that is under way, or the wish to pause. */
interface Step {
  kind: StepKind | "pause";
  /** Where it began. */
  from: Frame | undefined;
  /** How often it went on by itself. */
  count: number;
  /** The cell where it began has ended. */
  isStale: boolean;
}

/** A step that ends where there is nothing of the user's goes on, but not for ever. */
const STEPS = 1000;

interface MainThreadOptions {
  cwd: string;
  inspector: Inspector;
  scripts: Scripts;
  breakpoints: Breakpoints;
  onPause(pause: Pause): void;
  onResume(): void;
}

export class MainThread {
  readonly #options: MainThreadOptions;
  #pause: Pause | undefined;
  #step: Step | undefined;
  #exceptions: ExceptionMode = "none";
  #frameCount = 0;
  /** Counts what happened, so that a late answer is not taken for news. */
  #events = 0;

  constructor(options: MainThreadOptions) {
    this.#options = options;
  }

  get isPaused(): boolean {
    return this.#pause !== undefined;
  }

  /** Frames of the user's, the innermost first; none while the thread runs. */
  get frames(): Frame[] {
    return this.#pause?.frames ?? [];
  }

  /** @throws Error while it runs, or where it is not an exception why it is paused. */
  get exception(): Runtime.RemoteObject {
    const { exception } = this.#requirePause();
    if (!exception) throw new Error("It is not an exception why the code is paused.");
    return exception;
  }

  /** @throws Error while it runs, and where it went on since the frame was told of. */
  frame(id: number): Frame {
    const frame = this.#requirePause().frames.find((each) => each.id === id);
    if (!frame) throw new Error(`There is no frame ${id} any more.`);
    return frame;
  }

  /** Take control of a runner that has just been found. */
  async enable(): Promise<void> {
    await this.#ask("Debugger.enable");
    await this.#ask("Debugger.setBlackboxPatterns", { patterns: hiddenCode(this.#options.cwd) });
    // Before a script that was made from TypeScript runs, so that its breakpoints can be set.
    await this.#ask("Debugger.setInstrumentationBreakpoint", {
      instrumentation: "beforeScriptWithSourceMapExecution",
    });
    await this.pauseOnExceptions(this.#exceptions);
  }

  async pauseOnExceptions(mode: ExceptionMode): Promise<void> {
    this.#exceptions = mode;
    // V8 must tell of all, since it takes them all for caught (see exceptions.ts).
    await this.#ask("Debugger.setPauseOnExceptions", { state: mode === "none" ? "none" : "all" });
    // To remember what waits behind an `await` takes time.
    await this.#ask("Debugger.setAsyncCallStackDepth", { maxDepth: mode === "uncaught" ? 32 : 0 });
  }

  async requestPause(): Promise<void> {
    this.#step = { kind: "pause", from: undefined, count: 0, isStale: false };
    await this.#ask("Debugger.pause");
  }

  /** @throws Error while it runs. */
  async resume(): Promise<void> {
    this.#requirePause();
    await this.#ask("Debugger.resume");
  }

  /** @throws Error while it runs. */
  async step(kind: StepKind): Promise<void> {
    const [from] = this.#requirePause().frames;
    this.#step = { kind, from, count: 0, isStale: false };
    await this.#ask(`Debugger.${kind}`, { skipList: kind === "stepOut" ? [] : sameLine(from) });
  }

  /** The runner is gone, or the debugger leaves it alone. */
  forget(): void {
    this.#step = undefined;
    this.#resumed();
  }

  async receive({ method, params }: InspectorEvent): Promise<void> {
    if (method === "Debugger.scriptParsed") {
      this.#options.scripts.add(params as Inspected.ScriptParsedEventDataType);
    } else if (method === "Debugger.resumed") {
      this.#resumed();
    } else if (method === "Debugger.paused") {
      // Whatever goes wrong, the thread must not stand still without the user knowing.
      const resume = () => this.#ask("Debugger.resume");
      await this.#paused(params as Inspected.PausedEventDataType)
        .catch(resume)
        .catch(() => undefined); // the runner is gone
    }
  }

  #ask<Result = object>(method: string, params: object = {}): Promise<Result> {
    return this.#options.inspector.post<Result>(method, params);
  }

  #requirePause(): Pause {
    if (!this.#pause) throw new Error("The code is not paused.");
    return this.#pause;
  }

  #resumed(): void {
    this.#events += 1;
    if (!this.#pause) return;
    this.#pause = undefined;
    this.#options.onResume();
  }

  async #paused(event: Inspected.PausedEventDataType): Promise<void> {
    this.#events += 1;
    const number = this.#events;
    if (event.reason === "instrumentation") {
      await this.#beforeScript((event.data as { scriptId: string }).scriptId);
      return;
    }
    const { scripts, breakpoints } = this.#options;
    const frames = visibleFrames(event.callFrames, scripts, this.#frameCount + 1);
    const onward = await this.#onward(event, frames);
    if (number !== this.#events) return;
    if (onward) {
      if (onward === "resume") this.#step = undefined;
      const skipList = onward === "stepOut" ? [] : sameLine(this.#step?.from);
      await this.#ask(`Debugger.${onward}`, onward === "resume" ? {} : { skipList });
      return;
    }
    const { hitBreakpoints = [] } = event;
    const exception = isException(event) ? (event.data as Runtime.RemoteObject) : undefined;
    const hitBreakpointIds = breakpoints.idsOf(hitBreakpoints);
    this.#frameCount += frames.length;
    this.#pause = { reason: this.#reasonOf(event), frames, exception, hitBreakpointIds };
    this.#step = undefined;
    this.#options.onPause(this.#pause);
  }

  async #beforeScript(scriptId: string): Promise<void> {
    const script = this.#options.scripts.get(scriptId);
    if (script) await this.#options.breakpoints.bind(script);
    // A step over the end of a cell is over, but V8 may still want to pause in the next one.
    if (script?.isCell && this.#step && this.#step.kind !== "pause") {
      this.#step = this.#step.isStale ? undefined : { ...this.#step, isStale: true };
    }
    await this.#ask("Debugger.resume");
  }

  #reasonOf(event: Inspected.PausedEventDataType): Pause["reason"] {
    if (isException(event)) return "exception";
    if (isBreakpoint(event) || !this.#step) return "breakpoint"; // or a `debugger` statement
    return this.#step.kind === "pause" ? "pause" : "step";
  }

  /**
   * How to leave a place where the user has nothing to see; undefined where they have. V8 skips code by itself
   * (`hiddenCode`), but not what Node keeps in its snapshot, and would lose the step there.
   */
  async #onward(
    event: Inspected.PausedEventDataType,
    [frame]: Frame[],
  ): Promise<StepKind | "resume" | undefined> {
    if (isBreakpoint(event)) return undefined;
    if (isException(event)) {
      const isUnwanted = this.#exceptions === "uncaught" && (await this.#isCaught(event));
      return frame && !isUnwanted ? undefined : "resume";
    }
    const step = this.#step;
    if (!step || step.count === STEPS) return frame ? undefined : "resume";
    if (step.isStale) return (await this.#isStatement(event)) ? undefined : "resume";
    step.count += 1;
    const { kind, from, count } = step;
    // Node at work between two pieces of the user's code: the step may have been into the second.
    if (!frame) return kind === "pause" || kind === "stepInto" ? "stepInto" : "resume";
    if (kind === "pause") return undefined;
    if (frame.call !== event.callFrames[0]) return "stepOut";
    const isBack = count > 1 && frame.script === from?.script && frame.line === from.line;
    return isBack && kind !== "stepOut" ? kind : undefined;
  }

  #isCaught(event: Inspected.PausedEventDataType): Promise<boolean> {
    return isCaught(event, async (id) => (this.#options.scripts.get(id) ? this.#sourceOf(id) : undefined));
  }

  /** Whether it is a `debugger` statement at which the code is paused. */
  async #isStatement({ callFrames }: Inspected.PausedEventDataType): Promise<boolean> {
    const [top] = callFrames;
    if (!top) return false;
    const { scriptId, lineNumber, columnNumber } = top.location;
    const line = (await this.#sourceOf(scriptId)).split("\n")[lineNumber] ?? "";
    return line.startsWith("debugger", columnNumber);
  }

  async #sourceOf(scriptId: string): Promise<string> {
    const method = "Debugger.getScriptSource";
    return (await this.#ask<Inspected.GetScriptSourceReturnType>(method, { scriptId })).scriptSource;
  }
}

function isException({ reason }: Inspected.PausedEventDataType): boolean {
  return reason === "exception" || reason === "promiseRejection";
}

function isBreakpoint({ hitBreakpoints = [] }: Inspected.PausedEventDataType): boolean {
  return hitBreakpoints.length > 0;
}

/** What was made from a frame's line: a step goes beyond it, however many statements these are. */
function sameLine(frame: Frame | undefined): object[] {
  const scriptId = frame?.script.id;
  return frame?.script.lines?.rangesOf(frame.line).map((range) => ({ scriptId, ...range })) ?? [];
}
