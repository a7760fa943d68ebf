// An error in a cell as lines of a traceback: where and what, the lines around it, the place underlined, and below it
// the other places that have to do with it.

import type { Diagnostic } from "./types.ts";

const MAXIMUM_FRAMES = 5;

interface CodeFrameOptions {
  /** How the cell is called, such as `cell 3`. */
  name: string;
  source: string;
  /** ANSI colours, default true. */
  colour?: boolean;
}

/** The lines that show one diagnostic: `cell 3:2:7 - error TS2322: message`, the source and an underline. */
export function codeFrame(diagnostic: Diagnostic, options: CodeFrameOptions): string[] {
  const { name, source, colour = true } = options;
  const paint = (code: number, text: string): string => (colour ? `\u001b[${code}m${text}\u001b[39m` : text);
  const { line, column, length, code, message } = diagnostic;
  const label = code === 0 ? "error" : `error TS${code}`;
  const [head = "", ...details] = message.split("\n");
  const frame = [`${paint(36, name)}:${line}:${column} - ${paint(31, label)}: ${head}`, ...details, ""];
  const lines = source.split(/\r\n|\n|\r/);
  const gutter = String(line).length;
  for (let number = Math.max(1, line - 2); number <= line; number += 1) {
    const text = lines[number - 1] ?? "";
    frame.push(`${paint(90, `${String(number).padStart(gutter)} |`)} ${text}`);
    if (number < line) continue;
    frame.push(
      `${paint(90, `${" ".repeat(gutter)} |`)} ${underline(text, column, length, (marks) => paint(31, marks))}`,
    );
  }
  for (const { cell = name, line, column, length, message, text } of diagnostic.related ?? []) {
    const margin = " ".repeat(String(line).length);
    frame.push("", `  ${paint(36, cell)}:${line}:${column} - ${message.split("\n", 1)[0]}`);
    frame.push(`  ${paint(90, `${line} |`)} ${text}`);
    frame.push(
      `  ${paint(90, `${margin} |`)} ${underline(text, column, length, (marks) => paint(36, marks))}`,
    );
  }
  return frame;
}

/** Tabs stay tabs, so that the underline stands where the reader's tab width puts the code. */
function underline(text: string, column: number, length: number, paint: (marks: string) => string): string {
  const before = text.slice(0, column - 1).replace(/[^\t]/g, " ");
  return before + paint("~".repeat(Math.max(1, Math.min(length, text.length - column + 1))));
}

/** Frames of several diagnostics, the first few in full. */
export function codeFrames(diagnostics: Diagnostic[], options: CodeFrameOptions): string[] {
  const shown = diagnostics.slice(0, MAXIMUM_FRAMES);
  const frames = shown.flatMap((diagnostic, index) => [
    ...(index > 0 ? [""] : []),
    ...codeFrame(diagnostic, options),
  ]);
  const rest = diagnostics.length - shown.length;
  return rest > 0 ? [...frames, "", `… and ${rest} more ${rest === 1 ? "error" : "errors"}`] : frames;
}
