// Keeps values within their bounds: what lies outside is moved to the nearest that is allowed.

type State = Record<string, unknown>;

function within(value: number, min: number, max: number): number {
  if (min > max) throw new RangeError(`"min" is ${min} and "max" is ${max}, expected "min" not to be more.`);
  return Math.min(Math.max(value, min), max);
}

export function bounded({ value, min, max }: State): State {
  return { value: within(value as number, min as number, max as number) };
}

export function boundedRange({ value, min, max }: State): State {
  return { value: (value as number[]).map((each) => within(each, min as number, max as number)) };
}

/** `min` and `max` are exponents of `base`. */
export function boundedLog({ value, base, min, max }: State): State {
  const power = (exponent: unknown): number => (base as number) ** (exponent as number);
  return { value: within(value as number, power(min), power(max)) };
}
