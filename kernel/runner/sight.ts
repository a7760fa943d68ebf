// What a variable of the session holds at this moment, for completion and inspection. Nothing of the user's is called
// for it: no getter and no proxy.

import { types } from "node:util";
import type { Sight } from "./messages.ts";
import { text, typeOf, visible } from "./variables.ts";

const MAXIMUM_MEMBERS = 1000;
const MAXIMUM_SOURCE = 20_000;

const sourceOf = Function.prototype.toString;
const isData = (descriptor: PropertyDescriptor | undefined): boolean =>
  descriptor !== undefined && !descriptor.get;

/** What lies at `path`, which begins with a global; the steps are keys of objects, or of maps. */
export function see([name = "", ...steps]: string[]): Sight | undefined {
  const variable = Reflect.getOwnPropertyDescriptor(globalThis, name);
  if (!isData(variable)) return undefined;
  let value: unknown = variable?.value;
  for (const step of steps) {
    const found = property(value, step);
    if (!isData(found)) return undefined;
    value = found?.value;
  }
  if (value === undefined || types.isProxy(value)) return undefined;
  const sight: Sight = { type: typeOf(value), text: text(value), members: members(value), keys: keys(value) };
  if (typeof value === "function") sight.source = visible(sourceOf.call(value)).slice(0, MAXIMUM_SOURCE);
  return sight;
}

/** The prototypes too, up to those that every object has. */
function* chain(value: unknown): Generator<object> {
  if (value === null || value === undefined) return;
  for (
    let each: object | null = Object(value) as object;
    each && each !== Object.prototype;
    each = Object.getPrototypeOf(each)
  ) {
    if (types.isProxy(each)) return;
    yield each;
  }
}

function property(value: unknown, key: string): PropertyDescriptor | undefined {
  for (const object of chain(value)) {
    const found = Reflect.getOwnPropertyDescriptor(object, key);
    if (found) return found;
  }
  if (types.isMap(value) && !types.isProxy(value) && Map.prototype.has.call(value, key))
    return { value: Map.prototype.get.call(value, key) };
  return undefined;
}

function members(value: unknown): Sight["members"] {
  const found = new Map<string, Sight["members"][number]>();
  for (const object of chain(value)) {
    for (const name of Object.getOwnPropertyNames(object)) {
      if (found.size >= MAXIMUM_MEMBERS) break;
      const isIndex = /^\d+$/.test(name);
      if (isIndex || name === "constructor" || name.startsWith("__") || found.has(name)) continue;
      const descriptor = Reflect.getOwnPropertyDescriptor(object, name);
      const isMethod = typeof descriptor?.value === "function";
      const type = isData(descriptor) ? typeOf(descriptor?.value) : "";
      found.set(name, { name, kind: isMethod ? "method" : "property", type });
    }
  }
  return [...found.values()];
}

/** What stands between the brackets or in `get("…")`. */
function keys(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  const all = types.isMap(value)
    ? [...Map.prototype.keys.call(value)]
    : Array.isArray(value) || ArrayBuffer.isView(value)
      ? []
      : Object.keys(value);
  return all.filter((key) => typeof key === "string").slice(0, MAXIMUM_MEMBERS);
}
