// What history_request asks for: the inputs of this session and of earlier ones, and their results.

import { readBoolean, readNumber, readString } from "./content.ts";
import { type HistoryEntry, HistoryFile, type NumberedEntry } from "./history-file.ts";
import type { Content } from "./transport.ts";

export type { HistoryEntry } from "./history-file.ts";

export class History {
  readonly #entries: HistoryEntry[] = [];
  readonly #file: HistoryFile;

  /** `path`: the file that outlives the kernel; without it the history ends with the kernel. */
  constructor(path?: string) {
    this.#file = new HistoryFile(path);
  }

  /** A cell is about to run. */
  add(entry: HistoryEntry): void {
    this.#entries.push(entry);
    this.#file.input(entry);
  }

  /** A cell that was added has ended, and its output is known. */
  finish(entry: HistoryEntry): void {
    this.#file.output(entry);
  }

  /** The content of a history_reply. */
  reply(content: Content): Content {
    const withOutput = readBoolean(content, "output", false);
    const history = this.#select(content).map(({ session, line, input, output }) => [
      session,
      line,
      withOutput ? [input, output] : input,
    ]);
    return { history };
  }

  #select(content: Content): NumberedEntry[] {
    const { entries, session: current } = this.#file.earlier();
    const all = [...entries, ...this.#entries.map((entry) => ({ session: current, ...entry }))];
    const access = readString(content, "hist_access_type", "tail");
    switch (access) {
      case "tail":
        return last(all, readNumber(content, "n", 10));
      case "search": {
        const matches = matcher(readString(content, "pattern", "*"));
        let found = all.filter(({ input }) => matches(input));
        // Of equal inputs the latest stays, in its place.
        if (readBoolean(content, "unique", false)) {
          const latest = new Map(found.map((entry) => [entry.input, entry]));
          found = found.filter((entry) => latest.get(entry.input) === entry);
        }
        return last(found, readNumber(content, "n", found.length));
      }
      case "range": {
        // As in IPython: 0 is this session, negative numbers count back from it, others are sessions' own.
        const wanted = readNumber(content, "session", 0);
        const session = wanted > 0 ? wanted : current + wanted;
        const start = readNumber(content, "start", 1);
        const stop = readNumber(content, "stop", Number.POSITIVE_INFINITY);
        return all.filter((entry) => entry.session === session && entry.line >= start && entry.line < stop);
      }
      default:
        return [];
    }
  }
}

function last<T>(entries: T[], count: number): T[] {
  return count > 0 ? entries.slice(-count) : [];
}

/** Matches a glob in which `*` stands for any text and `?` for one character. */
function matcher(glob: string): (text: string) => boolean {
  const escaped = glob.replace(/[.+^${}()|[\]\\]/g, "\\$&");
  const pattern = new RegExp(`^${escaped.replaceAll("*", ".*").replaceAll("?", ".")}$`, "s");
  return (text) => pattern.test(text);
}
