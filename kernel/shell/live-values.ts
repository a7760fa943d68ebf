// What the running session adds to TypeScript's answers: members of values whose type says nothing (`any`, a record),
// and keys in quotes. Which value is meant is read from the text: names joined by dots and by literal keys.

import type { Completions } from "../language/types.ts";
import type { Sight } from "../runner/messages.ts";
import { contextAt } from "./text-context.ts";

const NAME = "[\\p{ID_Start}$_][\\p{ID_Continue}$]*";
const LITERAL = `"[^"\\\\\\n]*"|'[^'\\\\\\n]*'|\\d+`;
const STEP = `\\s*\\??\\.\\s*${NAME}|(?:\\?\\.)?\\[(?:${LITERAL})\\]|\\.get\\((?:${LITERAL})\\)`;
/** Not the end of a longer expression, such as a call's result; `...` may be before it. */
const PATH = `(?<![\\p{ID_Continue}$)\\]"'\`]\\s*|(?<!\\.\\.)\\.\\s*)(${NAME}(?:${STEP})*?)`;

const MEMBER = new RegExp(`${PATH}\\s*\\??\\.\\s*((?:${NAME})?)$`, "u");
const KEY = new RegExp(`${PATH}(?:(?:\\?\\.)?\\[|\\.(?:get|has|delete)\\()\\s*$`, "u");
const WHOLE = new RegExp(`${PATH}$`, "u");
const STEPS = new RegExp(`\\.get\\((${LITERAL})\\)|\\[(${LITERAL})\\]|\\.\\s*(${NAME})|^(${NAME})`, "gu");

/** A place at which a key of a value is being typed. */
export interface LiveQuestion {
  path: string[];
  /** Set in quotes: there, keys are asked for, elsewhere members. */
  quote?: string;
  start: number;
  end: number;
}

/** What is asked about by the text before `cursor`; undefined in comments, and where no plain path stands there. */
export function liveQuestion(code: string, cursor: number): LiveQuestion | undefined {
  const { quote, start: opening, isCode } = contextAt(code, cursor);
  if (quote) {
    const path = KEY.exec(code.slice(0, opening))?.[1];
    if (path === undefined) return undefined;
    const after = /^[^"'`\n]*(?=["'`])/.exec(code.slice(cursor))?.[0] ?? "";
    return { path: stepsOf(path), quote, start: opening + 1, end: cursor + after.length };
  }
  const [, path, typed = ""] = (isCode && MEMBER.exec(code.slice(0, cursor))) || [];
  if (path === undefined) return undefined;
  const after = /^[\p{ID_Continue}$]*/u.exec(code.slice(cursor))?.[0] ?? "";
  return { path: stepsOf(path), start: cursor - typed.length, end: cursor + after.length };
}

/** The path that ends with the name around `cursor`. */
export function livePath(code: string, cursor: number): string[] | undefined {
  if (!contextAt(code, cursor).isCode) return undefined;
  const after = /^[\p{ID_Continue}$]*/u.exec(code.slice(cursor))?.[0] ?? "";
  const path = WHOLE.exec(code.slice(0, cursor + after.length))?.[1];
  return path === undefined ? undefined : stepsOf(path);
}

function stepsOf(path: string): string[] {
  return Array.from(path.matchAll(STEPS), ([, ...found]) => found.find((each) => each) ?? "").map((step) =>
    step.replace(/^(["'])(.*)\1$/, "$2"),
  );
}

/** TypeScript's matches first; they are all where it knows the members. */
export function withLiveValues(
  known: Completions,
  { quote, start, end }: LiveQuestion,
  sight: Sight,
  typed: string,
): Completions {
  const isMember = quote === undefined;
  if (isMember && known.matches.length > 0) return known;
  const isSameSpan = known.start === start && known.end === end;
  const matches = known.matches.length > 0 && isSameSpan ? known.matches : [];
  const names = new Set(matches.map(({ text }) => text));
  const found = isMember
    ? sight.members
        .filter(({ name }) => IDENTIFIER.test(name))
        .map(({ name, kind, type }) => ({ text: name, kind, ...(type && { detail: type }) }))
    : sight.keys.map((key) => ({ text: escaped(key, quote), kind: "property", detail: "key" }));
  const fitting = found.filter(
    ({ text }) => !names.has(text) && text.toLowerCase().startsWith(typed.toLowerCase()),
  );
  return fitting.length === 0 ? known : { matches: [...matches, ...fitting], start, end };
}

const IDENTIFIER = new RegExp(`^${NAME}$`, "u");

function escaped(key: string, quote: string): string {
  return JSON.stringify(key).slice(1, -1).replaceAll('\\"', '"').replaceAll(quote, `\\${quote}`);
}
