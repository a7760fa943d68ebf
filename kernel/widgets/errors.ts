// What is wrong with a widget's options: the name, what was found, what is expected, and what may have been meant.

import { inspect } from "node:util";

export function noSuchName(widget: string, kind: string, name: string, known: readonly string[]): TypeError {
  const [nearest] = known
    .map((each) => ({ each, distance: editDistance(name.toLowerCase(), each.toLowerCase()) }))
    .filter(({ distance }) => distance <= Math.max(2, name.length / 3))
    .sort((a, b) => a.distance - b.distance);
  const hint = nearest ? ` Did you mean "${nearest.each}"?` : "";
  return new TypeError(`${widget} has no ${kind} "${name}".${hint} It has: ${known.join(", ")}.`);
}

export function wrongValue(widget: string, name: string, found: unknown, expected: string): TypeError {
  const shown = inspect(found, { breakLength: Number.POSITIVE_INFINITY, depth: 1 });
  return new TypeError(`${widget}'s "${name}" is ${shown}, expected ${expected}.`);
}

/** How many letters must be put in, taken out or replaced (Levenshtein). */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min(replaced, (previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
