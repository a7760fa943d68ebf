// Which lines of a cell are magics. The rule, exact: a line that begins with `%name` or `!` is a magic when
//   1. what stands before it is a whole program (so it is not inside a string, a comment or brackets), and
//   2. it is not TypeScript: the line, with as many of the following lines as it needs, does not parse behind
//      what stands before it; or it does parse, but its first name (`who` in `%who`, `ls` in `!ls -la`) is declared
//      nowhere: not in the cell, not in the session, not by Node. For `%` that name must then be a magic's.
// So `a⏎%b`, `!flag && f()` and `!x;` stay what they are. A `%%name` line is a magic only as the cell's first.

import { completeness } from "../language/completeness.ts";
import { declarationsOf, dialectOf, parse } from "../language/declarations.ts";
import { LINE_MAGICS } from "./catalog.ts";

export interface Magic {
  kind: "line" | "cell" | "shell";
  /** The magic's name, or "shell". */
  name: string;
  /** Options that stand between the name and code, such as `-n 10`. */
  options: string;
  /** What follows; for the shell its whole command. */
  text: string;
  /** Offsets of the whole magic, and of `text` where it is code. */
  start: number;
  textStart: number;
  end: number;
  /** Where its name stands, counted from 1. */
  line: number;
  column: number;
  length: number;
}

const CANDIDATE = /^[ \t]*(?:(%%?)([A-Za-z_]\w*)(?![\w$])|!(?=.*\S))/;
const SHELL_HEAD = /^[ \t]*!\s*([\p{ID_Start}$_][\p{ID_Continue}$]*)/u;
const KEYWORDS = new Set(
  "async await class delete false function import new null super this true typeof void yield".split(" "),
);
/** Magics of which the text is code. */
const TIMING = new Set(["time", "timeit"]);
const OPTIONS = /^(?:[ \t]*-[nr][ \t]*\d+(?=\s|$))*[ \t]*/;

/** The magics of a cell, in order; `isKnown` tells the names of the session. */
export function findMagics(source: string, isKnown: (name: string) => boolean): Magic[] {
  if (!/^[ \t]*[%!]/m.test(source)) return [];
  const lines = linesOf(source);
  const isCandidate = (line: Line): boolean => CANDIDATE.test(line.text);
  const plain = lines.map((line) => (isCandidate(line) ? "" : line.text)).join("\n");
  const dialect = dialectOf(plain);
  let own: Set<string> | undefined;
  const isDeclared = (name: string): boolean => {
    own ??= namesOf(plain);
    return KEYWORDS.has(name) || own.has(name) || name in globalThis || name === "require" || isKnown(name);
  };
  const magics: Magic[] = [];
  let before = "";
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] as Line;
    const match = CANDIDATE.exec(line.text);
    let magic: Magic | undefined;
    if (match && isWhole(before, dialect) && !isTypeScript(before, lines.slice(index), dialect, isDeclared)) {
      const isFirst = before.trim() === "";
      magic = match[1] ? percent(source, lines, index, match) : shell(source, lines, index);
      if (magic.kind === "cell" && !isFirst) magic = undefined;
    }
    if (!magic) {
      before += `${line.text}\n`;
      continue;
    }
    magics.push(magic);
    while ((lines[index + 1]?.start ?? Number.POSITIVE_INFINITY) < magic.end) index += 1;
    before += TIMING.has(magic.name) && magic.kind === "line" ? `;${magic.text}\n` : ";\n";
  }
  return magics;
}

interface Line {
  text: string;
  start: number;
}

function linesOf(source: string): Line[] {
  let start = 0;
  return source.split("\n").map((text) => {
    const line = { text: text.replace(/\r$/, ""), start };
    start += text.length + 1;
    return line;
  });
}

function namesOf(source: string): Set<string> {
  const { names, augmentations } = declarationsOf(source);
  return new Set([...names.keys(), ...augmentations.flatMap((each) => each.names)]);
}

function isWhole(before: string, dialect: string): boolean {
  return before.trim() === "" || parse(before, dialect).errors.length === 0;
}

function isTypeScript(
  before: string,
  lines: Line[],
  dialect: string,
  isDeclared: (name: string) => boolean,
): boolean {
  if (!parses(before, lines, dialect)) return false;
  const text = lines[0]?.text ?? "";
  const [, percentSign, name = ""] = CANDIDATE.exec(text) ?? [];
  if (percentSign) return isDeclared(name) || !LINE_MAGICS.some((each) => each.name === name);
  const head = SHELL_HEAD.exec(text)?.[1];
  return head === undefined || isDeclared(head);
}

/** Whether the first line parses as it stands, with as many of the others as it needs. */
function parses(before: string, lines: Line[], dialect: string): boolean {
  let text = before;
  for (const line of lines) {
    text += `${line.text}\n`;
    if (parse(text, dialect).errors.length === 0) return true;
    if (dialect === "cell.ts" && completeness(text).status === "invalid") return false;
  }
  return false;
}

function percent(source: string, lines: Line[], index: number, match: RegExpExecArray): Magic {
  const line = lines[index] as Line;
  const [matched, sign, name = ""] = match;
  const kind = sign === "%%" ? "cell" : "line";
  const rest = line.text.slice(matched.length);
  const isTiming = TIMING.has(name);
  const [options = ""] = (isTiming && OPTIONS.exec(rest)) || [];
  const textStart = line.start + matched.length + options.length;
  let end = line.start + line.text.length;
  // Code may go on in the following lines.
  if (kind === "line" && isTiming) {
    for (const next of lines.slice(index)) {
      const last = next.start + next.text.length;
      if (completeness(source.slice(textStart, last)).status !== "incomplete") {
        end = last;
        break;
      }
    }
  }
  const text = source.slice(textStart, end);
  return {
    kind,
    name,
    options,
    text: isTiming ? text : text.trim(),
    start: line.start,
    textStart,
    end,
    line: index + 1,
    column: line.text.indexOf("%") + 1,
    length: (sign?.length ?? 0) + name.length,
  };
}

/** A command of the shell goes on behind a backslash at the line's end. */
function shell(source: string, lines: Line[], index: number): Magic {
  const { start, text } = lines[index] as Line;
  let last = index;
  while (lines[last]?.text.endsWith("\\") && lines[last + 1]) last += 1;
  const { start: lastStart, text: lastText } = lines[last] as Line;
  const end = lastStart + lastText.length;
  const textStart = start + text.indexOf("!") + 1;
  const command = source.slice(textStart, end).trim();
  return {
    kind: "shell",
    name: "shell",
    options: "",
    text: command,
    start,
    textStart,
    end,
    line: index + 1,
    column: textStart - start,
    length: text.length - (textStart - start) + 1,
  };
}
