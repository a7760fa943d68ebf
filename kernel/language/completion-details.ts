// Signatures of the first matches, and what lies behind imported names: the server tells these one by one.

import type { CellMatch, ServerCompletion } from "./completion.ts";
import type { Completions } from "./types.ts";

/** A front end shows some ten matches at once. */
const MAXIMUM = 12;
/**
 * A completion that took this long already hardly waits for signatures too, in ms: the first of them costs as much as the
 * matches. They are there when a front end asks again, as it does with each key.
 */
const LIMIT = 5;

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

/** Ask `resolve` about the matches that are seen first; those it is late for stay as they are. `since` is the request's time. */
export async function withDetails(
  matches: CellMatch[],
  { since, resolve }: { since: number; resolve: (item: ServerCompletion) => Promise<ServerCompletion> },
): Promise<Match[]> {
  const described: Match[] = matches.map(({ item: _, ...match }) => match);
  const asked = matches.slice(0, MAXIMUM).map(async ({ item, kind, text }, index) => {
    if (!item.data || PLAIN.has(kind)) return;
    const { detail } = await resolve(item);
    const [signature = ""] = (detail ?? "").replace(/^\(alias\) /, "").split("\n");
    const actual = kind === "instance" && KINDS.find(([pattern]) => pattern.test(signature))?.[1];
    if (signature) described[index] = { text, kind: actual || kind, detail: signature };
  });
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((done) => {
    timer = setTimeout(done, since + LIMIT - performance.now());
  });
  await Promise.race([Promise.allSettled(asked), late]);
  clearTimeout(timer);
  return [...described];
}
