// Which settings a search tries: all of a grid, or so many drawn at random.

import { type RandomSource, random } from "../data/random.ts";
import { requireWhole } from "../metrics/values.ts";

/** Settings of one model by name. */
export type Parameters = Record<string, unknown>;

/** Values to try by the setting's name. */
export type Grid<Settings> = { readonly [Name in keyof Settings]: readonly Settings[Name][] };

/** A random value, drawn anew for each candidate. */
export type Draw<Value> = (source: RandomSource) => Value;

/** Values to choose from, or a draw such as `logUniform(1e-4, 1)`, by the setting's name. */
export type Distributions<Settings> = {
  readonly [Name in keyof Settings]: readonly Settings[Name][] | Draw<Settings[Name]>;
};

/** Numbers from `low` to `high`, all as likely. */
export function uniform(low: number, high: number): Draw<number> {
  requireRange(low, high);
  return (source) => low + (high - low) * source.uniform();
}

/** Numbers from `low` to `high`, both above 0, all orders of magnitude as likely: for learning rates, penalties. */
export function logUniform(low: number, high: number): Draw<number> {
  requireRange(low, high);
  if (low <= 0)
    throw new RangeError(`The lowest value is ${low}; it must be above 0 to have an order of magnitude.`);
  const draw = uniform(Math.log(low), Math.log(high));
  return (source) => Math.exp(draw(source));
}

/** Whole numbers from `low` to `high`, both included. */
export function integers(low: number, high: number): Draw<number> {
  requireRange(low, high);
  requireWhole("low", low, Number.MIN_SAFE_INTEGER);
  requireWhole("high", high, Number.MIN_SAFE_INTEGER);
  return (source) => low + source.integer(high - low + 1);
}

/** Every combination of a grid's values; the last setting changes fastest. */
export function combinations<Settings>(grid: Grid<Settings>): Settings[] {
  let all: Parameters[] = [{}];
  for (const [name, values] of Object.entries<readonly unknown[]>(grid)) {
    requireValues(name, values);
    all = all.flatMap((each) => values.map((value) => ({ ...each, [name]: value })));
  }
  return all as Settings[];
}

/** So many candidates drawn at random. */
export function draw<Settings>(
  distributions: Distributions<Settings>,
  count: number,
  seed?: number,
): Settings[] {
  requireWhole("candidates", count, 1);
  const source = random(seed);
  const entries = Object.entries<readonly unknown[] | Draw<unknown>>(distributions);
  const one = ([name, values]: (typeof entries)[number]) => {
    if (typeof values === "function") return [name, values(source)];
    requireValues(name, values);
    return [name, values[source.integer(values.length)]];
  };
  return Array.from({ length: count }, () => Object.fromEntries(entries.map(one)) as Settings);
}

function requireValues(name: string, values: unknown): void {
  if (Array.isArray(values) && values.length > 0) return;
  throw new RangeError(
    `${name} has ${JSON.stringify(values)} to try; it must be a list of at least one value.`,
  );
}

function requireRange(low: number, high: number): void {
  if (Number.isFinite(low) && Number.isFinite(high) && low < high) return;
  throw new RangeError(`The range goes from ${low} to ${high}; it must go from a number to a larger one.`);
}
