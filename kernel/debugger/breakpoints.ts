// Breakpoints belong to the lines of a path. They are set in each script that comes from it: those that V8 has, and new
// ones before they run.

import { readFileSync } from "node:fs";
import type { Debugger as Inspected } from "node:inspector";
import { pathToFileURL } from "node:url";
import { stripTypes } from "../language/strip.ts";
import type { Inspector } from "../runner/inspector.ts";
import type { Breakpoint, SourceBreakpoint } from "./protocol.ts";
import { placeIn, type Script, type Scripts } from "./scripts.ts";
import { SourceLines } from "./source-lines.ts";

interface Wanted {
  id: number;
  /** As it was asked for, and as it is shown: a line that has code. */
  asked: number;
  line: number;
  /** JavaScript. */
  condition: string | undefined;
  /** V8's names of it, one a script. */
  bound: string[];
}

interface BreakpointsOptions {
  inspector: Inspector;
  scripts: Scripts;
  /** The code of a path that is no file: a cell's. */
  codeOf: (path: string) => string | undefined;
}

const JAVASCRIPT = /\.[cm]?js$/;

export class Breakpoints {
  readonly #options: BreakpointsOptions;
  readonly #wanted = new Map<string, Wanted[]>();
  #count = 0;

  constructor(options: BreakpointsOptions) {
    this.#options = options;
  }

  /** Make these the breakpoints of a path. */
  async set(path: string, requested: SourceBreakpoint[]): Promise<Breakpoint[]> {
    await this.#remove(path);
    const lines = this.#linesOf(path);
    const wanted: Wanted[] = requested.map(({ line, condition }) => {
      this.#count += 1;
      return { id: this.#count, asked: line, line: lines?.lineWithCode(line) ?? line, condition, bound: [] };
    });
    if (wanted.length > 0) this.#wanted.set(path, wanted);
    if (JAVASCRIPT.test(path)) await this.#bindJavaScript(path, wanted);
    else for (const script of this.#options.scripts.withPath(path)) await this.bind(script);
    return wanted.map(({ id, line }) => ({ id, verified: true, line }));
  }

  /** Set the breakpoints of a TypeScript that has none yet. */
  async bind(script: Script): Promise<void> {
    const { inspector, scripts } = this.#options;
    for (const wanted of this.#wanted.get(script.path) ?? []) {
      const line = script.lines?.lineWithCode(wanted.asked);
      const position = line === undefined ? undefined : script.lines?.positionOf(line);
      if (!position) continue;
      try {
        const { breakpointId, actualLocation } = await inspector.post<Inspected.SetBreakpointReturnType>(
          "Debugger.setBreakpoint",
          { location: { scriptId: script.id, ...position }, condition: wanted.condition },
        );
        wanted.bound.push(breakpointId);
        // A file may have changed since it was loaded; a cell is what it is.
        if (script.isCell) wanted.line = placeIn(script, actualLocation)?.line ?? wanted.line;
      } catch (error) {
        // There is another at this place, or the script is gone, which nobody will run again.
        if (/No script|not found/i.test((error as Error).message)) scripts.delete(script.id);
      }
    }
  }

  /** JavaScript runs as it is, so V8 can keep these itself, also for files that are still to be loaded. */
  async #bindJavaScript(path: string, wanted: Wanted[]): Promise<void> {
    const literal = pathToFileURL(path).href.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
    for (const each of wanted) {
      const { breakpointId, locations } =
        await this.#options.inspector.post<Inspected.SetBreakpointByUrlReturnType>(
          "Debugger.setBreakpointByUrl",
          {
            urlRegex: `^${literal}(\\?.*)?$`,
            lineNumber: each.line - 1,
            condition: each.condition,
          },
        );
      each.bound.push(breakpointId);
      each.line = (locations[0]?.lineNumber ?? each.line - 1) + 1;
    }
  }

  async clear(): Promise<void> {
    for (const path of [...this.#wanted.keys()]) await this.#remove(path);
  }

  /** V8 is a new one, and knows none of them. */
  async renew(): Promise<void> {
    for (const wanted of this.#wanted.values()) for (const each of wanted) each.bound = [];
    for (const [path, wanted] of this.#wanted) {
      if (JAVASCRIPT.test(path)) await this.#bindJavaScript(path, wanted);
    }
  }

  /** The breakpoints that V8 calls by these names. */
  idsOf(bound: string[]): number[] {
    const all = [...this.#wanted.values()].flat();
    return all.filter((wanted) => wanted.bound.some((name) => bound.includes(name))).map(({ id }) => id);
  }

  /** All, as debugInfo lists them. */
  list(): { source: string; breakpoints: { line: number; condition?: string }[] }[] {
    return Array.from(this.#wanted, ([source, wanted]) => ({
      source,
      breakpoints: wanted.map(({ line, condition }) => (condition ? { line, condition } : { line })),
    }));
  }

  async #remove(path: string): Promise<void> {
    const wanted = this.#wanted.get(path) ?? [];
    this.#wanted.delete(path);
    for (const breakpointId of wanted.flatMap(({ bound }) => bound)) {
      await this.#options.inspector
        .post("Debugger.removeBreakpoint", { breakpointId })
        .catch(() => undefined);
    }
  }

  /** The lines of a source, whether or not it has run; undefined where it can't be read, or is not TypeScript. */
  #linesOf(path: string): SourceLines | undefined {
    const latest = this.#options.scripts.withPath(path).at(-1);
    if (latest?.isCell) return latest.lines;
    if (!/\.[cm]?ts$/.test(path)) return undefined;
    try {
      const code = this.#options.codeOf(path) ?? readFileSync(path, "utf8");
      return new SourceLines(stripTypes(code, path).map);
    } catch {
      return undefined;
    }
  }
}
