// A learning-rate schedule is a function of time and nothing else, so that it can be drawn, combined and resumed.

/**
 * The learning rate at a time, which counts from 0 in steps or in epochs, whichever the schedule is used with: see
 * `dl.train.callbacks.learningRate`.
 */
export type Schedule = (time: number) => number;

/** @throws RangeError if a number is not finite or not above `least`. */
export function requireAbove(name: string, value: number, least = 0): void {
  if (Number.isFinite(value) && value > least) return;
  throw new RangeError(`${name} is ${value}; it must be a number above ${least}.`);
}

/** @throws RangeError if a number is not finite or below `least`. */
export function requireAtLeast(name: string, value: number, least: number): void {
  if (Number.isFinite(value) && value >= least) return;
  throw new RangeError(`${name} is ${value}; it must be a number of at least ${least}.`);
}

/** From `start` to `end` along half a cosine while `part` goes from 0 to 1. */
export function alongCosine(start: number, end: number, part: number): number {
  return end + ((start - end) * (1 + Math.cos(Math.PI * part))) / 2;
}

/** From `start` to `end` along a line while `part` goes from 0 to 1. */
export function alongLine(start: number, end: number, part: number): number {
  return start + (end - start) * part;
}
