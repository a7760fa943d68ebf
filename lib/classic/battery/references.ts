// Numbers of other libraries to compare with: tests/refs/classic.json, made by make-classic.py beside it.

import { readFileSync } from "node:fs";

// biome-ignore lint/suspicious/noExplicitAny: the file's shape is that of the script that writes it.
export type Reference = any;

export const references: Reference = JSON.parse(
  readFileSync(new URL("../../../../tests/refs/classic.json", import.meta.url), "utf8"),
);

/** Labels renumbered in the order in which they first appear: clusterings that only name clusters differently agree. */
export function renumbered(labels: readonly number[]): number[] {
  const numbers = new Map<number, number>();
  return labels.map((label) => {
    if (label < 0) return label;
    const number = numbers.get(label) ?? numbers.size;
    numbers.set(label, number);
    return number;
  });
}
