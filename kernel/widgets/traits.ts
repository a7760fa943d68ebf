// What a widget's attributes can hold. A trait knows its default, reads what it is given, and says how the value is
// written on the wire, where names have underscores (jupyterwidgetmodels of ipywidgets 8, controls 2.0.0).

/** Any widget, as a part of another. */
export interface WidgetReference {
  /** The id of its model and of its comm. */
  readonly id: string;
  close(): void;
}

export interface Trait<Value, Given = Value> {
  /** The value where none is given; made anew for each widget. */
  initial(): Value;
  /** What values are allowed, for an error message: "an integer". */
  expected: string;
  /** The value; undefined where this is none. */
  read(given: unknown): Value | undefined;
  toWire?(value: Value): unknown;
  fromWire?(wire: unknown): unknown;
  /** The attribute's name on the wire, where it is not the trait's with underscores. */
  wire?: string;
  /** Only a type: what options accept. */
  given?: Given;
}

// biome-ignore lint/suspicious/noExplicitAny: a table of traits of any kind
export type Traits = Record<string, Trait<any, any>>;

export type Values<T extends Traits> = {
  [Name in keyof T]: T[Name] extends Trait<infer V, infer _> ? V : never;
};

export type Options<T extends Traits> = {
  [Name in keyof T]?: T[Name] extends Trait<infer _, infer G> ? G : never;
};

export function wireName(name: string, trait: { wire?: string }): string {
  return trait.wire ?? name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function trait<Value>(
  initial: Value,
  expected: string,
  accepts: (given: unknown) => boolean,
  more: Partial<Trait<Value>> = {},
): Trait<Value> {
  const read = (given: unknown) => (accepts(given) ? (given as Value) : undefined);
  return { initial: () => initial, expected, read, ...more };
}

export const int = (initial = 0) => trait<number>(initial, "an integer", Number.isInteger);
export const float = (initial = 0) =>
  trait<number>(initial, "a number", (given) => typeof given === "number" && Number.isFinite(given));
export const bool = (initial = false) =>
  trait<boolean>(initial, "a boolean", (given) => typeof given === "boolean");
export const text = (initial = "") =>
  trait<string>(initial, "a string", (given) => typeof given === "string");

export function oneOf<const Choice extends string>(
  choices: readonly Choice[],
  initial: NoInfer<Choice>,
): Trait<Choice> {
  const expected = `one of ${choices.map((choice) => JSON.stringify(choice)).join(", ")}`;
  return trait<Choice>(initial, expected, (given) => choices.includes(given as Choice));
}

/** A trait that may also be null, as it is at first where nothing else is said. */
export function nullable<Value, Given>(
  inner: Trait<Value, Given>,
  initial: Value | null = null,
): Trait<Value | null, Given | null> {
  const { toWire, fromWire } = inner;
  return {
    ...inner,
    initial: () => initial,
    expected: `${inner.expected} or null`,
    read: (given) => (given === null ? null : inner.read(given)),
    toWire: (value) => (value === null ? null : toWire ? toWire(value) : value),
    fromWire: (wire) => (wire === null ? null : fromWire ? fromWire(wire) : wire),
    given: undefined,
  };
}

export function list<Value>(item: Trait<Value>, initial: readonly Value[] = []): Trait<readonly Value[]> {
  const { toWire = (value: Value) => value, fromWire = (wire: unknown) => wire } = item;
  return {
    initial: () => initial,
    expected: `an array, each element ${item.expected}`,
    read(given) {
      if (!Array.isArray(given)) return undefined;
      const values = given.map((each) => item.read(each));
      return values.includes(undefined) ? undefined : (values as Value[]);
    },
    toWire: (values) => values.map(toWire),
    fromWire: (wire) => (Array.isArray(wire) ? wire.map(fromWire) : wire),
  };
}

type Range = readonly [lower: number, upper: number];

export function range(item: Trait<number>, initial: Range): Trait<Range> {
  const numbers = list(item);
  return trait<Range>(initial, `[lower, upper], each ${item.expected}`, (given) => {
    const [lower, upper, ...more] = numbers.read(given) ?? [];
    return lower !== undefined && upper !== undefined && more.length === 0 && lower <= upper;
  });
}

/** Bytes, sent beside the JSON. */
export function bytes(): Trait<Uint8Array> {
  return trait<Uint8Array>(new Uint8Array(), "a Uint8Array", (given) => given instanceof Uint8Array);
}

/** A day; its time, which is midnight, and its zone are the local ones. */
export function day(): Trait<Date> {
  return trait<Date>(new Date(0), "a Date", isDate, {
    toWire: (date) => ({ year: date.getFullYear(), month: date.getMonth(), date: date.getDate() }),
    fromWire: (wire) => {
      const { year, month, date } = wire as Record<string, number>;
      return new Date(year as number, month as number, date);
    },
  });
}

/** A moment; the wire has it in UTC. */
export function moment(): Trait<Date> {
  return trait<Date>(new Date(0), "a Date", isDate, {
    toWire: (date) => ({
      year: date.getUTCFullYear(),
      month: date.getUTCMonth(),
      date: date.getUTCDate(),
      hours: date.getUTCHours(),
      minutes: date.getUTCMinutes(),
      seconds: date.getUTCSeconds(),
      milliseconds: date.getUTCMilliseconds(),
    }),
    fromWire: (wire) => {
      const { year, month, date, hours, minutes, seconds, milliseconds } = wire as Record<string, number>;
      return new Date(Date.UTC(year as number, month as number, date, hours, minutes, seconds, milliseconds));
    },
  });
}

/** Anything that JSON and buffers can hold. */
export function anything<Value>(initial: Value, wire?: string): Trait<Value> {
  return trait<Value>(initial, "a value", (given) => given !== undefined, { ...(wire && { wire }) });
}

function isDate(given: unknown): boolean {
  return given instanceof Date && !Number.isNaN(given.getTime());
}
