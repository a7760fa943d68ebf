// Completion of magics: their names, the words that may follow them, and the paths of `%load` and `%cd`.

import { readdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Completions } from "../language/types.ts";
import { CELL_MAGICS, LINE_MAGICS } from "./catalog.ts";

const WORDS: Record<string, string[]> = {
  check: ["off", "warn", "strict"],
  npm: ["install"],
  env: Object.keys(process.env).sort(),
};

/** Completions where the cursor is in a magic's name or arguments; undefined in code. */
export function completeMagic(source: string, offset: number, folder: string): Completions | undefined {
  const lineStart = source.lastIndexOf("\n", offset - 1) + 1;
  const line = source.slice(lineStart, offset);
  const name = /^\s*(%%?)(\w*)$/.exec(line);
  if (name) {
    const [, sign = "", typed = ""] = name;
    const isFirst = source.slice(0, lineStart).trim() === "";
    const line = LINE_MAGICS.map((each) => ({ ...each, text: `%${each.name}` }));
    const cell = isFirst ? CELL_MAGICS.map((each) => ({ ...each, text: `%%${each.name}` })) : [];
    const matches = [...line, ...cell]
      .filter((each) => each.text.startsWith(sign) && each.name.startsWith(typed))
      .map(({ text, summary }) => ({ text, kind: "magic", detail: summary }));
    const start = offset - sign.length - typed.length;
    // `a⏎%b` is a remainder: where no magic is meant, code is completed.
    return matches.length > 0 ? { matches, start, end: offset } : undefined;
  }
  const argument = /^\s*%(load|cd|check|npm|env)\s+(\S*)$/.exec(line);
  if (!argument) return undefined;
  const [, magic = "", typed = ""] = argument;
  const isPath = magic === "load" || magic === "cd";
  const texts = isPath ? paths(typed, folder, magic === "cd") : (WORDS[magic] ?? []);
  const matches = texts
    .filter((text) => text.startsWith(typed))
    .map((text) => ({ text, kind: isPath ? "path" : "magic" }));
  return { matches, start: offset - typed.length, end: offset };
}

function paths(typed: string, folder: string, foldersOnly: boolean): string[] {
  const parent = typed.slice(0, typed.lastIndexOf("/") + 1);
  const place = parent.startsWith("/") ? parent : join(folder, parent);
  try {
    return readdirSync(parent.startsWith("~/") ? join(homedir(), parent.slice(2)) : place, {
      withFileTypes: true,
    })
      .filter((entry) => entry.isDirectory() || !foldersOnly)
      .filter((entry) => !entry.name.startsWith(".") || typed.slice(parent.length).startsWith("."))
      .map((entry) => parent + entry.name + (entry.isDirectory() ? "/" : ""))
      .sort();
  } catch {
    return []; // no such folder
  }
}
