// Whether a cell can run or waits for more lines, from where the parser stopped: an error at the very end of the input
// means that something is missing, an error before it can't be mended by typing on.

import { parse } from "./declarations.ts";
import type { Completeness } from "./types.ts";

const INDENT = "  ";

export function completeness(source: string): Completeness {
  const { errors, program } = parse(source);
  const error = errors[0];
  if (!error) {
    // `function f()` is an overload for the parser, and a function without its body for a person.
    const last = program.body.at(-1);
    const bodyless = last?.type === "TSDeclareFunction" && !last.declare && !/;\s*$/.test(source);
    return bodyless ? { status: "incomplete", indent: indentAfter(source) } : { status: "complete" };
  }
  const { start, end } = error.labels[0] ?? { start: 0, end: 0 };
  if (error.message === "Unterminated multiline comment") return { status: "incomplete", indent: "" };
  if (error.message === "Unterminated string") {
    const isTemplate = source[start] === "`" || source[start] === "}";
    const isContinued = /\\\r?\n?$/.test(source);
    return isTemplate || isContinued ? { status: "incomplete", indent: "" } : { status: "invalid" };
  }
  const atEnd = start >= source.length;
  const lacksOperand = /^(Missing initializer|Identifier expected after)/.test(error.message);
  if (atEnd || (lacksOperand && end >= source.trimEnd().length))
    return { status: "incomplete", indent: indentAfter(source) };
  return { status: "invalid" };
}

function indentAfter(source: string): string {
  const line = source.trimEnd().split("\n").at(-1) ?? "";
  const own = /^\s*/.exec(line)?.[0] ?? "";
  return /[{[(:]$|=>$/.test(line.trimEnd()) ? own + INDENT : own;
}
