// The inputs of this session and their results, as history_request asks for them.

import { readBoolean, readNumber, readString } from "./content.ts";
import type { Content } from "./transport.ts";

export interface HistoryEntry {
  line: number;
  input: string;
  /** The result's plain text. */
  output: string | null;
}

/** Jupyter numbers sessions from 1; 0 asks for the one that runs. */
const SESSION = 1;

export class History {
  readonly #entries: HistoryEntry[] = [];

  add(entry: HistoryEntry): void {
    this.#entries.push(entry);
  }

  /** The content of a history_reply. */
  reply(content: Content): Content {
    const withOutput = readBoolean(content, "output", false);
    const history = this.#select(content).map(({ line, input, output }) => [
      SESSION,
      line,
      withOutput ? [input, output] : input,
    ]);
    return { history };
  }

  #select(content: Content): HistoryEntry[] {
    const access = readString(content, "hist_access_type", "tail");
    switch (access) {
      case "tail":
        return last(this.#entries, readNumber(content, "n", 10));
      case "search": {
        const matches = matcher(readString(content, "pattern", "*"));
        let found = this.#entries.filter(({ input }) => matches(input));
        if (readBoolean(content, "unique", false)) {
          // Of equal inputs the latest stays.
          found = [...new Map(found.map((entry) => [entry.input, entry])).values()].sort(
            (a, b) => a.line - b.line,
          );
        }
        return last(found, readNumber(content, "n", found.length));
      }
      case "range": {
        const session = readNumber(content, "session", 0);
        const start = readNumber(content, "start", 1);
        const stop = readNumber(content, "stop", Number.POSITIVE_INFINITY);
        if (session !== 0 && session !== SESSION) return [];
        return this.#entries.filter(({ line }) => line >= start && line < stop);
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
