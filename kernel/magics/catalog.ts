// The magics there are: what `%help` lists, completion offers and a misspelt name is compared with.

export interface MagicEntry {
  name: string;
  /** What may follow the name. */
  usage: string;
  summary: string;
}

/** In front of one line, by `%`. */
export const LINE_MAGICS: readonly MagicEntry[] = [
  { name: "cd", usage: "[folder | -]", summary: "Change the folder that files are read from, or go back." },
  { name: "check", usage: "[off | warn | strict]", summary: "Choose what type errors do, or show it." },
  { name: "env", usage: "[name [value]]", summary: "List environment variables, show one or set it." },
  { name: "help", usage: "", summary: "List the magics." },
  { name: "load", usage: "file", summary: "Put a file's text in the place of this cell." },
  {
    name: "npm",
    usage: "install [--scripts] package…",
    summary: "Install packages in the notebook's folder.",
  },
  { name: "reset", usage: "", summary: "Begin anew: all names and tensors are forgotten." },
  { name: "tensors", usage: "", summary: "Show how many tensors live, and the biggest that have names." },
  { name: "time", usage: "code", summary: "Run code and tell the time it took." },
  {
    name: "timeit",
    usage: "[-n loops] [-r repeats] code",
    summary: "Run code many times and tell mean and best.",
  },
  { name: "who", usage: "", summary: "List the session's variables." },
];

/** In front of a whole cell, by `%%`. */
export const CELL_MAGICS: readonly MagicEntry[] = [
  { name: "time", usage: "", summary: "Run the cell and tell the time it took." },
  {
    name: "timeit",
    usage: "[-n loops] [-r repeats]",
    summary: "Run the cell many times; its names stay within.",
  },
];

/** The text of `%help`. */
export function helpText(): string {
  const rows = [
    ...LINE_MAGICS.map(({ name, usage, summary }) => [`%${name} ${usage}`.trim(), summary] as const),
    ...CELL_MAGICS.map(({ name, usage, summary }) => [`%%${name} ${usage}`.trim(), summary] as const),
    ["!command", "Run a command of the shell."] as const,
  ];
  const width = Math.max(...rows.map(([call]) => call.length));
  return `${rows.map(([call, summary]) => `${call.padEnd(width)}  ${summary}`).join("\n")}\n`;
}

/** What there is to say of `%name` or `%%name`, undefined where there is no such magic. */
export function magicHelp(call: string): string | undefined {
  const [, sign = "", name] = /^(%%?)(.*)$/.exec(call) ?? [];
  const entry = (sign === "%%" ? CELL_MAGICS : LINE_MAGICS).find((each) => each.name === name);
  return entry && `${sign}${entry.name} ${entry.usage}`.trimEnd().concat(`\n\n${entry.summary}\n`);
}

/** The name that a misspelt one most likely means, if any is near. */
export function nearestMagic(name: string, entries: readonly MagicEntry[]): string | undefined {
  const [best] = entries
    .map((entry) => ({ name: entry.name, distance: distance(name.toLowerCase(), entry.name) }))
    .sort((a, b) => a.distance - b.distance);
  return best && best.distance <= Math.max(1, Math.ceil(name.length / 3)) ? best.name : undefined;
}

/** Levenshtein's edit distance. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, character] of [...a].entries()) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j += 1) {
      const replaced = (row[j] ?? 0) + (character === b[j] ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
