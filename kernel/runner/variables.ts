// What the debugger shows of values. The kernel calls these functions through the inspector, by way of the runtime
// global, so that a value is described where it lives: in one call, and without calling any getter of the user's.

import { inspect, types } from "node:util";
import { messageOf, representations, textOf } from "./format.ts";
import type { MimeBundle } from "./messages.ts";

/** Parts of a value, or variables of a scope. */
interface Parts {
  names: string[];
  values: unknown[];
}

interface Description {
  name: string;
  value: string;
  type: string;
  hasParts: boolean;
}

/** Longer lists are shown in ranges of about this many elements or ranges. */
const RANGE = 100;
/** Of the properties of an object no more are shown; scopes are shown whole. */
const PROPERTIES = 1000;
const TEXT = 500;

/** An accessor property, whose getter is not called. */
class Accessor {}

/** A variable whose declaration is still to be reached. */
class Undeclared {}

/** Some neighbouring elements of a long list. */
class ElementRange {
  readonly elements: ArrayLike<unknown>;
  readonly start: number;
  readonly end: number;

  constructor(elements: ArrayLike<unknown>, start: number, end: number) {
    this.elements = elements;
    this.start = start;
    this.end = end;
  }
}

/** An entry of a map. */
class Entry {
  readonly key: unknown;
  readonly value: unknown;

  constructor([key, value]: [unknown, unknown]) {
    this.key = key;
    this.value = value;
  }
}

const isInternal = (name: string): boolean => name.startsWith("_usingCtx");
/** Text without the marks of variables that are named like globals of Node (see rewrite.ts). */
export const visible = (text: string): string => text.replaceAll("\u200c", "");

/** Globals that are not the user's, with their values where a cell may declare a variable of the same name. */
const initial = new Map<PropertyKey, unknown>();
/** TensorFlow.js keeps its state in these. */
const LIBRARY_STATE = new Set<PropertyKey>(["_tfGlobals", "_tfengine"]);
/** What JSX is compiled to. */
const JSX_NAME = /^_(jsxs?|Fragment)\d*$/;
const REDECLARABLE = new Set<PropertyKey>(["tf", "dl", "display", "input", "prompt"]);

/** From now on, new globals are variables of the session. */
export function rememberGlobals(): void {
  for (const [name, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(globalThis))) {
    initial.set(name, REDECLARABLE.has(name) ? descriptor.value : undefined);
  }
}

/** Run something that is not the user's: globals that it makes are no variables of the session. */
export async function withoutNewGlobals(run: () => Promise<void>): Promise<void> {
  const before = new Set(Object.keys(globalThis));
  await run();
  for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(globalThis))) {
    if (before.has(name) || initial.has(name)) continue;
    initial.set(name, value);
    REDECLARABLE.add(name);
  }
}

/** The variables of the session. */
export function session(): Parts {
  const parts: Parts = { names: [], values: [] };
  for (const [name, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(globalThis))) {
    if (LIBRARY_STATE.has(name) || JSX_NAME.test(name)) continue;
    const isOurs = initial.has(name) && !(REDECLARABLE.has(name) && redeclared(descriptor, name));
    if (!isOurs) add(parts, visible(name), descriptor);
  }
  return parts;
}

function redeclared({ get, value }: PropertyDescriptor, name: string): boolean {
  return get === undefined && value !== initial.get(name);
}

/** Variables of scopes, the innermost first, as objects whose properties they are. */
export function scope(...scopes: object[]): Parts {
  const parts: Parts = { names: [], values: [] };
  for (const each of scopes) {
    for (const key of Object.keys(each)) {
      const name = visible(key);
      if (!parts.names.includes(name) && !isInternal(name)) add(parts, name, variable(each, key));
    }
  }
  return parts;
}

function variable(scope: object, name: string): PropertyDescriptor {
  try {
    return Object.getOwnPropertyDescriptor(scope, name) ?? {};
  } catch {
    // From Node 22 on, V8 throws where a `let` or `const` is still to be reached.
    return { value: new Undeclared() };
  }
}

/** What a value consists of. */
export function partsOf(value: unknown): Parts {
  if (!hasParts(value)) return { names: [], values: [] };
  if (value instanceof ElementRange) return elements(value.elements, value.start, value.end);
  if (Array.isArray(value) || (ArrayBuffer.isView(value) && "length" in value)) {
    return elements(value as ArrayLike<unknown>);
  }
  if (types.isMap(value))
    return elements(Array.from(value as Map<unknown, unknown>, (pair) => new Entry(pair)));
  if (types.isSet(value)) return elements(Array.from(value as Set<unknown>));
  return properties(value as object);
}

function elements(list: ArrayLike<unknown>, start = 0, end = list.length): Parts {
  let step = 1;
  while ((end - start) / step > RANGE) step *= RANGE;
  const parts: Parts = { names: [], values: [] };
  for (let index = start; index < end; index += step) {
    const last = Math.min(index + step, end) - 1;
    parts.names.push(step === 1 ? String(index) : `[${index} … ${last}]`);
    parts.values.push(step === 1 ? list[index] : new ElementRange(list, index, last + 1));
  }
  return parts;
}

function properties(value: object): Parts {
  const parts: Parts = { names: [], values: [] };
  for (const key of Reflect.ownKeys(value).slice(0, PROPERTIES)) {
    const descriptor = Reflect.getOwnPropertyDescriptor(value, key);
    const isPlumbing =
      typeof value === "function" && /^(length|name|prototype|arguments|caller)$/.test(String(key));
    if (descriptor && !isPlumbing) add(parts, String(key), descriptor);
  }
  return parts;
}

function add(parts: Parts, name: string, descriptor: PropertyDescriptor): void {
  parts.names.push(name);
  parts.values.push(descriptor.get ? new Accessor() : descriptor.value);
}

/** How each part is shown. */
export function describe({ names, values }: Parts): Description[] {
  return values.map((value, index) => ({
    name: names[index] ?? "",
    value: text(value),
    type: typeOf(value),
    hasParts: hasParts(value),
  }));
}

function hasParts(value: unknown): boolean {
  if (typeof value === "function") {
    return (
      !types.isProxy(value) && Reflect.ownKeys(value).length > (Object.hasOwn(value, "prototype") ? 3 : 2)
    );
  }
  // A proxy would call the user's code.
  if (typeof value !== "object" || value === null || types.isProxy(value) || value instanceof Accessor)
    return false;
  if (ArrayBuffer.isView(value) || types.isMap(value) || types.isSet(value)) return true;
  return Array.isArray(value) || Reflect.ownKeys(value).length > 0;
}

/** A value on one line. */
export function text(value: unknown): string {
  return types.isProxy(value) ? inspected(value) : (special(value) ?? inspected(value));
}

function special(value: unknown): string | undefined {
  if (value instanceof Accessor) return "(getter)";
  if (value instanceof Undeclared) return "(not declared yet)";
  if (value instanceof ElementRange) return "";
  if (value instanceof Entry) return cut(`${text(value.key)} => ${text(value.value)}`);
  if (isTensor(value))
    return `Tensor ${value.dtype} [${value.shape}]${value.isDisposed ? " (disposed)" : ""}`;
  return undefined;
}

function inspected(value: unknown): string {
  try {
    const options = {
      depth: 1,
      breakLength: Number.POSITIVE_INFINITY,
      maxArrayLength: 20,
      maxStringLength: TEXT,
    };
    return cut(inspect(value, options).replace(/\s*\n\s*/g, " "));
  } catch (error) {
    return `(${typeof value} that can't be shown: ${messageOf(error)})`;
  }
}

function cut(line: string): string {
  return line.length > TEXT ? `${line.slice(0, TEXT)}…` : line;
}

function isTensor(value: unknown): value is { dtype: string; shape: number[]; isDisposed: boolean } {
  return (
    typeof value === "object" && value !== null && "rankType" in value && "dtype" in value && "shape" in value
  );
}

export function typeOf(value: unknown): string {
  if (types.isProxy(value)) return "Proxy";
  if ([Accessor, Undeclared, ElementRange, Entry].some((each) => value instanceof each)) return "";
  if (value === null) return "null";
  if (typeof value !== "object") return typeof value;
  try {
    const { name } = Object.getPrototypeOf(value).constructor;
    return typeof name === "string" && name !== "" ? name : "object";
  } catch {
    return "object";
  }
}

/** All representations of a value; where they take their time, a promise. */
export function represent(value: unknown): MimeBundle | Promise<MimeBundle> {
  try {
    return representations(value);
  } catch {
    return { "text/plain": textOf(value) };
  }
}
