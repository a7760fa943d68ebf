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
    if (bodyless || /^\s*let\s*$/.test(source)) return { status: "incomplete", indent: indentAfter(source) };
    const isNameless = program.body.some((node) => node.type === "ClassDeclaration" && !node.id);
    return { status: isNameless || hasWrongPattern(program) ? "invalid" : "complete" };
  }
  const { start, end } = error.labels[0] ?? { start: 0, end: 0 };
  if (error.message === "Unterminated multiline comment") return { status: "incomplete", indent: "" };
  if (error.message === "Unterminated string") {
    const isTemplate = source[start] === "`" || source[start] === "}";
    const isContinued = /\\\r?\n?$/.test(source);
    return isTemplate || isContinued ? { status: "incomplete", indent: "" } : { status: "invalid" };
  }
  const atEnd = start >= source.length;
  const lacksOperand = /^(Missing initializer|Identifier expected after|Dynamic imports can only)/.test(
    error.message,
  );
  if (atEnd || (lacksOperand && end >= source.trimEnd().length))
    return { status: "incomplete", indent: indentAfter(source) };
  return { status: "invalid" };
}

/** The parser takes any text between two slashes. */
function hasWrongPattern(program: object): boolean {
  let isWrong = false;
  JSON.stringify(program, (_key, value) => {
    if (value?.type !== "Literal" || !value.regex) return typeof value === "bigint" ? String(value) : value;
    try {
      new RegExp(value.regex.pattern, value.regex.flags);
    } catch {
      // Flags and syntax that are newer than this Node are its business when the cell runs.
      isWrong ||= !/[v]/.test(value.regex.flags) && !/\(\?[a-z-]*:/.test(value.regex.pattern);
    }
    return undefined;
  });
  return isWrong;
}

/** A line that opens something, or a statement of which the body is missing. */
const OPENS = /([{[(:=]|=>|\b(else|do|try|finally)|^\s*(\} )?(else )?(if|for|while) ?\(.*\))$/;

function indentAfter(source: string): string {
  const line = (source.trimEnd().split("\n").at(-1) ?? "").replace(/\s*\/\/[^'"`]*$/, "").trimEnd();
  const own = /^\s*/.exec(line)?.[0] ?? "";
  return OPENS.test(line) ? own + INDENT : own;
}
