// Errors as the user reads them: places in the TypeScript that they wrote, none of our frames, and the line of code.

import { readFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { types } from "node:util";
import { originalPositionFor, TraceMap } from "@jridgewell/trace-mapping";
import { messageOf, textOf } from "./format.ts";
import type { ErrorContent } from "./messages.ts";
import { SCRIPT_PREFIX } from "./script-name.ts";

/** What ends a cell that was interrupted. */
export const INTERRUPTED: ErrorContent = {
  ename: "Interrupted",
  evalue: "The cell was interrupted; variables keep their values.",
  traceback: ["\u001b[31mInterrupted\u001b[39m: The cell was interrupted; variables keep their values."],
};

/** A script or module whose places are shown in the source that it was made from. */
export interface TracedSource {
  /** As places in it are shown: `cell 3`, or a path. */
  name: string;
  /** The source, or the path of the file that holds it. */
  source: string | { path: string };
  /** Source map (version 3, JSON). */
  map: string;
  trace?: TraceMap;
}

interface Place {
  source: TracedSource["source"];
  name: string;
  line: number;
  column: number;
}

const FRAMES = 50;
const PACKAGE_FRAMES = 4;
const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

const OURS = ["kernel", "lib"].map((folder) => join(ROOT, folder) + sep);
const ENGINES = ["@tensorflow", "@oxc-project"].map((scope) => join("node_modules", scope) + sep);

const sources = new Map<string, TracedSource>();
/** Where an error came from, topmost frame first; known once its stack has been asked for. */
const places = new WeakMap<object, Place[]>();
let cwd = process.cwd();
let moduleSource: (url: string) => TracedSource | undefined = () => undefined;

export function registerSource(script: string, source: TracedSource): void {
  sources.set(script, source);
}

/** From now on every stack is told in the user's places. `modules` knows the sources of local TypeScript files. */
export function installTraceback(options: {
  cwd: string;
  modules: (url: string) => TracedSource | undefined;
}): void {
  cwd = options.cwd;
  moduleSource = options.modules;
  Error.stackTraceLimit = FRAMES;
  Error.prepareStackTrace = (error, callSites) => {
    const frames: string[] = [];
    const found: Place[] = [];
    let fromPackages = 0;
    for (const callSite of callSites) {
      const frame = describe(callSite, found);
      if (frame === undefined) continue;
      if (frame.includes("node_modules/") && ++fromPackages > PACKAGE_FRAMES) continue;
      frames.push(`\n    at ${frame}`);
    }
    if (found.length > 0) places.set(error, found);
    return headerOf(error) + frames.join("");
  };
}

function headerOf(error: Error): string {
  try {
    return visible(Error.prototype.toString.call(error));
  } catch {
    return "Error";
  }
}

/** Without the character that tells a session's variable from one of Node's globals (see rewrite.ts). */
function visible(text: string): string {
  return text.replaceAll("\u200c", "");
}

/**
 * A frame's text, or undefined where it is not the user's business. Places in their code are added to `found`.
 * Without regular expressions: V8 ends the process when it must compile one where the stack is nearly full.
 */
function describe(callSite: NodeJS.CallSite, found: Place[]): string | undefined {
  const file = callSite.getFileName();
  const line = callSite.getLineNumber();
  const column = callSite.getColumnNumber();
  if (callSite.isEval() && !file) return `${callSite.getFunctionName() ?? "eval"} (eval:${line}:${column})`;
  if (!file || line === null || column === null) return visible(callSite.toString());
  if (file.startsWith("node:") || isOurs(file)) return undefined;
  const place = placeOf(file, line, column);
  if (!place) return undefined;
  if (!place.name.includes("node_modules/")) found.push(place);
  const shown = `${place.name}:${place.line}:${place.column}`;
  return visible(callSite.toString().replace(`${file}:${line}:${column}`, () => shown));
}

/** The kernel's, the library's and the engine's frames tell the user nothing: their own call is the next one. */
function isOurs(file: string): boolean {
  const path = pathOf(file);
  return OURS.some((folder) => path.startsWith(folder)) || ENGINES.some((folder) => path.includes(folder));
}

function pathOf(file: string): string {
  if (!file.startsWith("file:")) return file;
  try {
    return fileURLToPath(file.split("?")[0] ?? file);
  } catch {
    return file;
  }
}

function placeOf(script: string, line: number, column: number): Place | undefined {
  const traced = sources.get(script) ?? (script.startsWith("file:") ? moduleSource(script) : undefined);
  if (!traced) {
    if (script.startsWith(SCRIPT_PREFIX)) return undefined;
    const path = pathOf(script);
    return { name: shortPath(path), source: { path }, line, column };
  }
  traced.trace ??= new TraceMap(traced.map);
  const position = originalPositionFor(traced.trace, { line, column: column - 1 });
  if (position.line === null) return undefined;
  return { name: traced.name, source: traced.source, line: position.line, column: position.column + 1 };
}

/** A path as it is shown: from the package on, relative to the notebook's folder, or whole. */
export function shortPath(path: string): string {
  const inPackage = path.lastIndexOf("node_modules/");
  if (inPackage >= 0) return path.slice(inPackage);
  const short = relative(cwd, path);
  return short.startsWith("..") ? path : short;
}

/** Everything Jupyter shows of what was thrown, be it ever so strange. */
export function errorContent(thrown: unknown): ErrorContent {
  try {
    return contentOf(thrown);
  } catch (error) {
    const evalue = `What was thrown can't be shown: ${messageOf(error)}`;
    return { ename: "Error", evalue, traceback: [`${red("Error")}: ${evalue}`] };
  }
}

function contentOf(thrown: unknown): ErrorContent {
  if (!types.isNativeError(thrown) && !(thrown instanceof Error)) {
    const text = typeof thrown === "string" ? thrown : textOf(thrown);
    return {
      ename: "Thrown",
      evalue: text,
      traceback: [
        `${red("Thrown")}: ${textOf(thrown)}`,
        "What was thrown is no Error, so its place is not known.",
      ],
    };
  }
  // An error without a single frame is put in brackets.
  const text = visible(textOf(thrown)).replace(/^\[(.*)\]$/s, "$1");
  const split = text.search(/\n {4}at /);
  const header = split < 0 ? text : text.slice(0, split);
  const rest = split < 0 ? [] : text.slice(split + 1).split("\n");
  const [place] = places.get(thrown) ?? [];
  const frame = place ? codeFrame(place) : [];
  return {
    ename: nameOf(thrown),
    evalue: visible(messageOf(thrown)),
    traceback: [
      header.replace(/^[\w$]+(?=:)/, red),
      ...(frame.length > 0 ? ["", ...frame, ""] : []),
      ...rest,
    ],
  };
}

function nameOf(error: Error): string {
  const { name } = error;
  return typeof name === "string" && name !== "" ? name : "Error";
}

/** The line of a place and the one before it, with a mark below. */
function codeFrame({ source, line, column }: Place): string[] {
  const lines = textOfSource(source)?.split(/\r\n|\n|\r/);
  const text = lines?.[line - 1];
  if (!lines || text === undefined || text.length > 500) return [];
  const width = String(line).length;
  const gutter = (label: string) => grey(`${label.padStart(width)} |`);
  const before = line > 1 ? [`${gutter(String(line - 1))} ${lines[line - 2]}`] : [];
  const indent = text.slice(0, column - 1).replace(/[^\t]/g, " ");
  return [...before, `${gutter(String(line))} ${text}`, `${gutter("")} ${indent}${red("^")}`];
}

function textOfSource(source: TracedSource["source"]): string | undefined {
  if (typeof source === "string") return source;
  try {
    return readFileSync(source.path, "utf8");
  } catch {
    return undefined;
  }
}

function red(text: string): string {
  return `\u001b[31m${text}\u001b[39m`;
}

function grey(text: string): string {
  return `\u001b[90m${text}\u001b[39m`;
}
