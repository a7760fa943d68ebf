// What charts over named groups of numbers share: reading them, and words for the text below.

import { readVector, type Vector } from "../metrics/values.ts";
import type { ChartText } from "./vega.ts";

/** Numbers by the name of their group; numbers alone are one group. */
export type Groups = Vector | Record<string, Vector>;

/**
 * Read groups of finite numbers.
 *
 * @param alone Name of a group that has none.
 * @throws RangeError if there is no group, one is empty, or a value is not finite.
 */
export function readGroups(what: string, groups: Groups, alone: string): Record<string, Float64Array> {
  const isOne = typeof groups !== "object" || groups === null || "length" in groups || "dataSync" in groups;
  const named = isOne ? { [alone]: groups as Vector } : (groups as Record<string, Vector>);
  const read = Object.entries(named).map(([name, values]): [string, Float64Array] => {
    const numbers = readVector(isOne ? what : `${what} "${name}"`, values);
    if (numbers.length === 0) {
      throw new RangeError(`${isOne ? what : `${what} "${name}"`} has no values; at least 1 is needed.`);
    }
    return [name, numbers];
  });
  if (read.length === 0) throw new RangeError(`There is no ${what} to draw; at least one is needed.`);
  return Object.fromEntries(read);
}

/** Smallest and largest of numbers, of which there is at least one. */
export function extent(values: ArrayLike<number>): [low: number, high: number] {
  let [low, high] = [Infinity, -Infinity];
  for (let index = 0; index < values.length; index++) {
    low = Math.min(low, values[index] as number);
    high = Math.max(high, values[index] as number);
  }
  return [low, high];
}

/** The kind of a figure with its title, as `text/plain` begins. */
export function heading(kind: string, { title }: ChartText): string {
  return title && title !== kind ? `${kind} "${title}"` : kind;
}

/** Five digits draw the same picture and keep saved notebooks small. */
export function round(value: number): number {
  return Number(value.toPrecision(5));
}

/** A number for people: four digits. */
export function short(value: number): string {
  return String(Number(value.toPrecision(4)));
}
