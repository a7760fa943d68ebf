// Where the host's rates, such as the learning rate, get into a recording, so that it follows them without the step's
// JavaScript. It is found out from two recordings with different rates: every number in which they differ has to be one of
// the rates, or its negative, in both.
import { isDeepStrictEqual } from "node:util";
import { type Event, sameSource } from "./recording.ts";

/** A number in the recording that is a rate, times 1 or −1. */
export interface Follower {
  /** The place of the event that has it. */
  event: number;
  /** Of an operation; otherwise the event is the number. */
  attribute: string | undefined;
  rate: number;
  sign: 1 | -1;
}

/** What the step's JavaScript has called, and the rates at that time. */
export interface Run {
  events: readonly Event[];
  rates: readonly number[];
}

/**
 * The numbers by which two runs differ, as rates.
 *
 * @returns Nothing if they differ by more.
 */
export function findFollowers(before: Run, after: Run): Follower[] | undefined {
  if (before.events.length !== after.events.length || before.rates.length !== after.rates.length)
    return undefined;
  const found: Follower[] = [];
  for (const [event, earlier] of before.events.entries()) {
    const later = after.events[event] as Event;
    if (!sameButNumbers(earlier, later)) return undefined;
    const now = numbersOf(later);
    for (const [attribute, { value, isSingle }] of numbersOf(earlier)) {
      const next = now.get(attribute)?.value as number;
      const round = (number: number) => (isSingle ? Math.fround(number) : number);
      const candidates = after.rates.flatMap((rate, index) =>
        ([1, -1] as const)
          .filter((sign) => rate !== before.rates[index] && round(sign * rate) === next)
          .filter((sign) => round(sign * (before.rates[index] as number)) === value)
          .map((sign) => ({ event, attribute, rate: index, sign })),
      );
      // Two rates that are alike, or one that changed by less than float32 can tell, leave it open which number it is.
      const isOpen = candidates.length > 1 || (candidates.length === 1 && value === next);
      if (isOpen || (candidates.length === 0 && !Object.is(value, next))) return undefined;
      found.push(...candidates);
    }
  }
  return found;
}

/** Numbers that may be rates, by the attribute's name. */
function numbersOf(event: Event): Map<string | undefined, { value: number; isSingle: boolean }> {
  if (event.kind === "input") {
    const { number } = event;
    return new Map(number === undefined ? [] : [[undefined, { value: number, isSingle: true }]]);
  }
  if (event.kind === "constant") {
    const { values } = event;
    const isNumber = values instanceof Float32Array && values.length === 1;
    return new Map(isNumber ? [[undefined, { value: values[0] as number, isSingle: true }]] : []);
  }
  const attributes = Object.entries(event.attributes ?? {});
  const numbers = attributes.filter(([, value]) => typeof value === "number");
  return new Map(numbers.map(([name, value]) => [name, { value: value as number, isSingle: false }]));
}

function sameButNumbers(a: Event, b: Event): boolean {
  if (a.kind === "input" && b.kind === "input") {
    return a.value === b.value && sameSource(a.source, b.source);
  }
  return isDeepStrictEqual(withoutNumbers(a), withoutNumbers(b));
}

function withoutNumbers(event: Event): unknown {
  if (event.kind === "constant") {
    return { ...event, values: event.isSeed || numbersOf(event).size > 0 ? undefined : event.values };
  }
  if (event.kind === "input") return event;
  const attributes = Object.entries(event.attributes ?? {});
  return {
    ...event,
    attributes: attributes.map(([name, value]) => [name, typeof value === "number" ? 0 : value]),
  };
}
