// From the server's completion list to Jupyter's: one span, matches that fit what is typed, best first, names of kinds that
// Jupyter's front ends know.

import { PREFIX_LINES, type Session } from "./session.ts";
import type { Completions } from "./types.ts";
import { VIRTUAL } from "./workspace.ts";

export interface ServerCompletion {
  label: string;
  kind?: number;
  detail?: string;
  sortText?: string;
  insertText?: string;
  textEdit?: { newText: string; range: ServerRange };
  /** By which the server knows it again. */
  data?: object;
}

export type CellMatch = Completions["matches"][number] & { item: ServerCompletion };

interface CellCompletions extends Completions {
  matches: CellMatch[];
}

interface ServerRange {
  start: { line: number; character: number };
  end: { line: number; character: number };
}

/** More is not readable; a namespace such as `tf` has some 500 members. */
const MAXIMUM = 1000;
/** Globals, keywords and deprecated names: the server sorts them behind what is in scope. */
const GLOBAL_RANK = "15";
const MAXIMUM_GLOBALS = 100;

/** Folders and files that nobody imports by a path. */
const HIDDEN = /^(\.|node_modules$)/;
const isPath = (kind = 0): boolean => kind === 17 || kind === 19;

/** CompletionItemKind of the Language Server Protocol 3.17; the names follow IPython's, then TypeScript's. */
const KINDS: Record<number, string> = {
  2: "method",
  3: "function",
  4: "function",
  5: "property",
  6: "instance",
  7: "class",
  8: "interface",
  9: "module",
  10: "property",
  13: "enum",
  14: "keyword",
  17: "path",
  19: "path",
  20: "property",
  21: "value",
  25: "type",
};

/** Kinds of the session's names, which the server sees as plain imports. */
const SESSION_KINDS: Record<string, string> = {
  variable: "instance",
  constant: "instance",
  function: "function",
  class: "class",
  enum: "enum",
  namespace: "module",
  type: "type",
};

export function cellCompletions(
  items: ServerCompletion[],
  source: string,
  offset: number,
  session: Session,
): CellCompletions {
  const word = wordAt(source, offset);
  const quoted =
    specifierAt(source, offset) ??
    (items.some(({ kind }) => isPath(kind)) ? pathAt(source, offset) : undefined);
  const literal =
    items.length > 0 && items.every((item) => item.kind === 21) ? literalAt(source, offset) : undefined;
  const usual = quoted ?? literal ?? word;
  const candidates = items
    .filter(({ kind, label }) => !label.includes(VIRTUAL) && !(isPath(kind) && HIDDEN.test(label)))
    .map((item) => {
      const span = item.textEdit ? spanOf(item.textEdit.range, source) : usual;
      return { item, span, text: item.textEdit?.newText ?? item.insertText ?? item.label };
    })
    .filter(({ span, text }) => fits(text, source.slice(span.start, offset)))
    .sort((a, b) => compare(a.item.sortText ?? "", b.item.sortText ?? "") || compare(a.text, b.text));
  let globals = 0;
  const shown = candidates
    .filter(({ item, span }) => {
      const isGlobal = (item.sortText ?? "") >= GLOBAL_RANK;
      if (isGlobal) globals += 1;
      return !isGlobal || span.start < offset || globals <= MAXIMUM_GLOBALS;
    })
    .slice(0, MAXIMUM);
  // Jupyter replaces one span for all matches: the widest, with what the narrower ones leave alone put before them.
  const start = Math.min(usual.start, ...shown.map(({ span }) => span.start));
  const end = Math.max(usual.end, ...shown.map(({ span }) => span.end));
  const matches = shown.map(({ item, span, text }) => ({
    text: source.slice(start, span.start) + text + source.slice(span.end, end),
    kind: kindOf(item, session),
    ...(item.detail ? { detail: item.detail } : {}),
    item,
  }));
  return { matches: matches.filter(({ text }, index) => matches[index - 1]?.text !== text), start, end };
}

function kindOf({ kind = 1, label }: ServerCompletion, session: Session): string {
  const ofSession = kind === 6 ? SESSION_KINDS[session.kindOf(label) ?? ""] : undefined;
  return ofSession ?? KINDS[kind] ?? "text";
}

function fits(text: string, typed: string): boolean {
  return text.toLowerCase().startsWith(typed.toLowerCase());
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

interface Span {
  start: number;
  end: number;
}

/** The identifier around `offset`, perhaps empty. */
export function wordAt(source: string, offset: number): Span {
  const before = /[\p{ID_Continue}$#]*$/u.exec(source.slice(0, offset))?.[0] ?? "";
  const after = /^[\p{ID_Continue}$]*/u.exec(source.slice(offset))?.[0] ?? "";
  return { start: offset - before.length, end: offset + after.length };
}

/** The last step of a path in quotes. */
function pathAt(source: string, offset: number): Span {
  const before = /[^/"'`\n]*$/.exec(source.slice(0, offset))?.[0] ?? "";
  const after = /^[^/"'`\n;]*(?=["'`])/.exec(source.slice(offset))?.[0] ?? "";
  return { start: offset - before.length, end: offset + after.length };
}

const SPECIFIER = /(?<![.\p{ID_Continue}$])(?:(?:from|import)\s*|(?:import|require)\s*\(\s*)["'][^"'\n]*$/u;

/** The last step of a module's name at `offset`, where one is being typed. */
export function specifierAt(source: string, offset: number): Span | undefined {
  return SPECIFIER.test(source.slice(0, offset)) ? pathAt(source, offset) : undefined;
}

/** The content of a string in quotes, where `offset` lies in one. */
function literalAt(source: string, offset: number): Span | undefined {
  const before = /["'`]([^"'`\n]*)$/.exec(source.slice(0, offset))?.[1];
  if (before === undefined) return undefined;
  const after = /^([^"'`\n]*)["'`]/.exec(source.slice(offset))?.[1] ?? "";
  return { start: offset - before.length, end: offset + after.length };
}

function spanOf({ start, end }: ServerRange, source: string): Span {
  return { start: offsetAt(source, start), end: offsetAt(source, end) };
}

function offsetAt(source: string, { line, character }: ServerRange["start"]): number {
  let offset = 0;
  const pattern = /\r\n|\n|\r/g;
  for (let index = PREFIX_LINES; index < line && pattern.exec(source); index += 1) offset = pattern.lastIndex;
  return Math.min(source.length, offset + character);
}

/** The place of an offset of the cell in the cell's module. */
export function positionAt(source: string, offset: number): { line: number; character: number } {
  const lines = source.slice(0, offset).split(/\r\n|\n|\r/);
  return { line: lines.length - 1 + PREFIX_LINES, character: (lines.at(-1) ?? "").length };
}
