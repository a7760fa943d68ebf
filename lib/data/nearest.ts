// The right name for a misspelt one.

/** ` Did you mean "…"?` if one of the known names is near, else nothing. */
export function didYouMean(name: string, known: readonly string[]): string {
  const nearest = nearestName(name, known);
  return nearest === undefined ? "" : ` Did you mean "${nearest}"?`;
}

/** @throws RangeError if the value of an option is not one of those allowed; the message names the nearest one. */
export function requireOneOf<Value>(name: string, value: Value, allowed: readonly Value[]): void {
  if (allowed.includes(value)) return;
  const hint = typeof value === "string" ? didYouMean(value, allowed.map(String)) : "";
  const known = allowed.map((each) => JSON.stringify(each)).join(", ");
  throw new RangeError(`${name} is ${JSON.stringify(value)}; it must be one of ${known}.${hint}`);
}

function nearestName(name: string, known: readonly string[]): string | undefined {
  const ranked = known
    .map((candidate) => ({
      candidate,
      distance: editDistance(name.toLowerCase(), candidate.toLowerCase()),
    }))
    .sort((a, b) => a.distance - b.distance);
  const best = ranked[0];
  if (!best) return undefined;
  const { candidate, distance } = best;
  // Two words of which no letter is in its place are not near, however short they are.
  const isNear =
    distance <= Math.max(3, candidate.length / 2) && distance < Math.max(candidate.length, name.length);
  return isNear ? candidate : undefined;
}

// Levenshtein, 1966: insertions, deletions and replacements that turn one word into the other.
function editDistance(from: string, to: string): number {
  let previous = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i++) {
    const current = [i];
    for (let j = 1; j <= to.length; j++) {
      const replace = (previous[j - 1] as number) + (from[i - 1] === to[j - 1] ? 0 : 1);
      current.push(Math.min(replace, (previous[j] as number) + 1, (current[j - 1] as number) + 1));
    }
    previous = current;
  }
  return previous[to.length] as number;
}
