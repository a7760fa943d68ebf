// What V8 has parsed, as far as it is the user's business: cells, their local files, packages.

import type { Debugger as Inspected } from "node:inspector";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import type { TracedCell } from "../runner/host.ts";
import { cellPath } from "./cell-path.ts";
import type { Source } from "./protocol.ts";
import { type Place, type Position, SourceLines } from "./source-lines.ts";

const OWN_CODE = new URL("../../", import.meta.url).href;
const INLINE_MAP = "data:application/json;base64,";

export interface Script {
  id: string;
  /** As the user knows it: a cell's number or a file's name. */
  name: string;
  path: string;
  isCell: boolean;
  /** Undefined for JavaScript, which is shown as it is. */
  lines: SourceLines | undefined;
}

/** Patterns of URLs whose code is stepped over and not shown: ours, Node's and that of packages. */
export function hiddenCode(cwd: string): string[] {
  const literal = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  // The last is the script through which cells import.
  return [
    "^$",
    "^node:",
    "/node_modules/",
    `^${literal(OWN_CODE)}`,
    `^file://${literal(cwd)}/notebook\\.ts$`,
  ];
}

export class Scripts {
  readonly #hidden: RegExp[];
  readonly #cellOf: (script: string) => TracedCell | undefined;
  readonly #scripts = new Map<string, Script>();
  /** Files of packages that were loaded, by path. */
  readonly #packages = new Map<string, string>();

  constructor(options: { cwd: string; cellOf: (script: string) => TracedCell | undefined }) {
    this.#hidden = hiddenCode(options.cwd).map((pattern) => new RegExp(pattern));
    this.#cellOf = options.cellOf;
  }

  /** Take note of a script; gives it where it is the user's own. */
  add({ scriptId, url, sourceMapURL }: Inspected.ScriptParsedEventDataType): Script | undefined {
    const cell = this.#cellOf(url);
    let script: Script | undefined;
    if (cell) {
      const path = cellPath(cell.source);
      script = { id: scriptId, name: cell.name, path, isCell: true, lines: new SourceLines(cell.map) };
    } else if (url.startsWith("file:")) {
      const path = fileURLToPath(url.replace(/[?#].*$/, ""));
      if (this.#hidden.some((pattern) => pattern.test(url))) {
        if (url.includes("/node_modules/") && !url.startsWith(OWN_CODE))
          this.#packages.set(path, basename(path));
        return undefined;
      }
      const map = sourceMapURL?.startsWith(INLINE_MAP)
        ? Buffer.from(sourceMapURL.slice(INLINE_MAP.length), "base64").toString()
        : undefined;
      const isTypeScript = /\.[cm]?ts$/.test(path) && map !== undefined;
      const lines = isTypeScript ? new SourceLines(map) : undefined;
      script = { id: scriptId, name: basename(path), path, isCell: false, lines };
    }
    if (script) this.#scripts.set(scriptId, script);
    return script;
  }

  get(id: string): Script | undefined {
    return this.#scripts.get(id);
  }

  delete(id: string): void {
    this.#scripts.delete(id);
  }

  clear(): void {
    this.#scripts.clear();
    this.#packages.clear();
  }

  /** The scripts that a path became: all runs of a cell, but of a file the newest alone. */
  withPath(path: string): Script[] {
    const scripts = [...this.#scripts.values()].filter((script) => script.path === path);
    return scripts.at(-1)?.isCell ? scripts : scripts.slice(-1);
  }

  /** The files that were loaded, the user's own first. */
  files(): { name: string; path: string }[] {
    const own = [...this.#scripts.values()].filter(({ isCell }) => !isCell);
    const files = new Map(own.map(({ path, name }) => [path, name]));
    for (const [path, name] of this.#packages) files.set(path, name);
    return Array.from(files, ([path, name]) => ({ name, path }));
  }
}

export function sourceOf({ name, path }: Script): Source {
  return { name, path, sourceReference: 0 };
}

/** The user's place of one of V8's; undefined where the code is not theirs. */
export function placeIn(script: Script, position: Position): Place | undefined {
  if (script.lines) return script.lines.placeOf(position);
  return { line: position.lineNumber + 1, column: (position.columnNumber ?? 0) + 1 };
}
