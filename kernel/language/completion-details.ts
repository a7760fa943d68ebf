// Signatures of the first matches, and what lies behind imported names. The server tells these one by one, the first of
// them slower than all matches together, and answers nothing else meanwhile. So they are asked for when the user pauses,
// and are there when a front end asks about the same place again.

import { setTimeout } from "node:timers/promises";
import type { CellMatch, ServerCompletion } from "./completion.ts";
import type { Completions } from "./types.ts";

/** A front end shows some ten matches at once. */
const MAXIMUM = 12;
/** Who types the next key later than this pauses, in ms. */
const PAUSE = 50;

type Match = Completions["matches"][number];

/** Kinds that have no signature. */
const PLAIN = new Set(["path", "module", "value", "keyword"]);

/** Kinds by how a declaration begins. */
const KINDS: [RegExp, string][] = [
  [/^(\(method\)|function) /, "function"],
  [/^(const|let|var|\(property\)) [\w$]+: (<.*>)?\(.*\) => /, "function"],
  [/^class /, "class"],
  [/^enum /, "enum"],
  [/^interface /, "interface"],
  [/^type /, "type"],
  [/^(namespace|module) /, "module"],
];

export class CompletionDetails {
  readonly #resolve: (item: ServerCompletion) => Promise<ServerCompletion>;
  #question = "";
  /** What is known about the question's matches, by their texts; undefined until there are some. */
  #known: Map<string, Match> | undefined;

  constructor(resolve: (item: ServerCompletion) => Promise<ServerCompletion>) {
    this.#resolve = resolve;
  }

  /** From now on matches are those of this question, by default of none; the server is let be where it is a new one. */
  begin(question = ""): void {
    if (question && question === this.#question) return;
    this.#question = question;
    this.#known = undefined;
  }

  /** The question's matches with what is known about them so far. */
  describe(matches: CellMatch[]): Match[] {
    const known = this.#known ?? new Map<string, Match>();
    if (!this.#known) void this.#learn(matches.slice(0, MAXIMUM), known).catch(() => undefined);
    this.#known = known;
    return matches.map(({ item: _, ...match }) => known.get(match.text) ?? match);
  }

  async #learn(matches: CellMatch[], known: Map<string, Match>): Promise<void> {
    await setTimeout(PAUSE, undefined, { ref: false });
    for (const { item, kind, text } of matches) {
      if (this.#known !== known) return;
      if (!item.data || PLAIN.has(kind)) continue;
      const { detail } = await this.#resolve(item);
      const [signature = ""] = (detail ?? "").replace(/^\(alias\) /, "").split("\n");
      const actual = kind === "instance" && KINDS.find(([pattern]) => pattern.test(signature))?.[1];
      if (signature) known.set(text, { text, kind: actual || kind, detail: signature });
    }
  }
}
