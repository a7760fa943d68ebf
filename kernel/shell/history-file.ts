// Where a user's history outlives the kernel: a file of JSON lines to which all of the user's kernels append. What a cell
// asked is written before it runs, its result afterwards; a line that was cut off is passed over.

import { randomUUID } from "node:crypto";
import { appendFileSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import envPaths from "env-paths";

export interface HistoryEntry {
  line: number;
  input: string;
  /** The result's plain text. */
  output: string | null;
}

/** An entry with the number of its session, which counts from 1 in the order in which sessions began. */
export interface NumberedEntry extends HistoryEntry {
  session: number;
}

type Line = { session: string; line: number } & ({ input: string } | { output: string });

/** A file beyond this size is shortened to its newest entries. */
const LIMIT = 8 * 2 ** 20;
const KEPT = 5000;
const LONGEST_OUTPUT = 10_000;

/** NABLAB_HISTORY names the file, or is `off`; by default it lies in the user's folder for applications' data. */
export function historyPath(): string | undefined {
  const { NABLAB_HISTORY: path } = process.env;
  if (path === "off") return undefined;
  return path || join(envPaths("nablab", { suffix: "" }).data, "history.jsonl");
}

export class HistoryFile {
  readonly #session = randomUUID();
  /** Undefined where nothing is kept. */
  #path: string | undefined;

  constructor(path: string | undefined) {
    this.#path = path;
  }

  input({ line, input }: HistoryEntry): void {
    this.#append({ session: this.#session, line, input });
  }

  output({ line, output }: HistoryEntry): void {
    if (output === null) return;
    this.#append({ session: this.#session, line, output: output.slice(0, LONGEST_OUTPUT) });
  }

  /** What other sessions left, oldest first, and the number of this session. */
  earlier(): { entries: NumberedEntry[]; session: number } {
    const entries = new Map<string, NumberedEntry>();
    const sessions = new Map<string, number>();
    for (const each of this.#lines()) {
      const session = sessions.get(each.session) ?? sessions.size + 1;
      sessions.set(each.session, session);
      const key = `${each.session} ${each.line}`;
      const known = entries.get(key);
      if ("input" in each) entries.set(key, { session, line: each.line, input: each.input, output: null });
      else if (known) known.output = each.output;
    }
    const session = sessions.get(this.#session) ?? sessions.size + 1;
    const others = [...entries.values()].filter((entry) => entry.session !== session);
    return { entries: others.sort((a, b) => a.session - b.session || a.line - b.line), session };
  }

  #lines(): Line[] {
    if (!this.#path) return [];
    let text: string;
    try {
      text = readFileSync(this.#path, "utf8");
    } catch {
      return []; // there is none yet
    }
    return text.split("\n").flatMap(parseLine);
  }

  /** One write each, so that the lines of several kernels never mix. */
  #append(line: Line): void {
    if (!this.#path) return;
    try {
      mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 });
      appendFileSync(this.#path, `${JSON.stringify(line)}\n`, { mode: 0o600 });
      if (statSync(this.#path).size > LIMIT) this.#shorten(this.#path);
    } catch (error) {
      console.error(`nablab kernel: the history is not kept: ${(error as Error).message}`);
      this.#path = undefined;
    }
  }

  #shorten(path: string): void {
    const newest = this.#lines().slice(-KEPT);
    const kept: string[] = [];
    let size = 0;
    for (let index = newest.length - 1; index >= 0 && size < LIMIT / 2; index -= 1) {
      const text = `${JSON.stringify(newest[index])}\n`;
      size += text.length;
      kept.unshift(text);
    }
    const draft = `${path}.${process.pid}`;
    writeFileSync(draft, kept.join(""), { mode: 0o600 });
    renameSync(draft, path);
  }
}

function parseLine(text: string): Line[] {
  try {
    const line = JSON.parse(text) as Line;
    const isWhole =
      typeof line.session === "string" &&
      typeof line.line === "number" &&
      ("input" in line ? typeof line.input === "string" : typeof line.output === "string");
    return isWhole ? [line] : [];
  } catch {
    return [];
  }
}
