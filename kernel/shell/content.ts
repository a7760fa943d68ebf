// Reads fields of a request's content, which may hold anything.

import type { Content } from "./transport.ts";

/** A request whose content is not what the protocol says. */
export class MalformedRequest extends Error {
  override readonly name = "MalformedRequest";
}

function field<T>(content: Content, name: string, type: string, fallback: T | undefined): T {
  const value = content[name] ?? fallback;
  if (typeof value !== type) {
    throw new MalformedRequest(`"${name}" is ${JSON.stringify(value) ?? "missing"}, expected a ${type}.`);
  }
  return value as T;
}

export const readString = (content: Content, name: string, fallback?: string): string =>
  field(content, name, "string", fallback);

export const readNumber = (content: Content, name: string, fallback?: number): number =>
  field(content, name, "number", fallback);

export const readBoolean = (content: Content, name: string, fallback?: boolean): boolean =>
  field(content, name, "boolean", fallback);

export function readObject(content: Content, name: string, fallback?: Content): Content {
  const value = field<Content | null>(content, name, "object", fallback);
  if (value === null || Array.isArray(value)) throw new MalformedRequest(`"${name}" is not a JSON object.`);
  return value;
}
