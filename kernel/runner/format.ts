// What a value looks like: the representations that it offers itself, and text as Node prints it.

import { inspect, types } from "node:util";
import { displaySymbol } from "../../lib/plot/display.ts";
import type { MimeBundle } from "./messages.ts";

/** Text of any value; one that can't be inspected says so. */
export function textOf(value: unknown): string {
  try {
    return inspect(value);
  } catch (error) {
    return `[${typeof value} that can't be shown: ${messageOf(error)}]`;
  }
}

/** All representations of a value. A promise only where the value offers its own asynchronously. */
export function representations(value: unknown): MimeBundle | Promise<MimeBundle> {
  const own = ownRepresentations(value);
  if (own === undefined) return isCanvas(value) ? canvasBundle(value) : { "text/plain": textOf(value) };
  return own instanceof Promise ? own.then((bundle) => complete(value, bundle)) : complete(value, own);
}

function ownRepresentations(value: unknown): MimeBundle | Promise<MimeBundle> | undefined {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return undefined;
  const represent = (value as { [displaySymbol]?: unknown })[displaySymbol];
  if (typeof represent !== "function") return undefined;
  const bundle = represent.call(value);
  return typeof bundle?.then === "function" ? Promise.resolve(bundle) : bundle;
}

interface Canvas {
  width: number;
  height: number;
  getContext(kind: string): unknown;
  toBuffer(type: string): Uint8Array;
}

/** A canvas of any package that draws in Node. */
function isCanvas(value: unknown): value is Canvas {
  if (typeof value !== "object" || value === null || types.isProxy(value)) return false;
  const name = /^Canvas(Element)?$|^SVGCanvas$/.test(value.constructor?.name ?? "");
  const { getContext, toBuffer } = name ? (value as Partial<Canvas>) : {};
  return typeof getContext === "function" && typeof toBuffer === "function";
}

function canvasBundle(canvas: Canvas): MimeBundle {
  const text = `Canvas of ${canvas.width} × ${canvas.height} pixels`;
  return { "image/png": Buffer.from(canvas.toBuffer("image/png")).toString("base64"), "text/plain": text };
}

function complete(value: unknown, bundle: unknown): MimeBundle {
  if (typeof bundle !== "object" || bundle === null || Array.isArray(bundle)) {
    throw new TypeError(
      `[Symbol.for("Jupyter.display")]() must return an object from MIME types to data, but returned ${textOf(bundle)}.`,
    );
  }
  return "text/plain" in bundle ? { ...bundle } : { ...bundle, "text/plain": textOf(value) };
}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/**
 * Up to Node 22, attribution of output costs every promise and timer some properties that are Node's business
 * alone: they are hidden when one is printed.
 */
export function hideHookProperties(): void {
  const show = function (this: object, _depth: number, options: object): string {
    const hidden = Object.getOwnPropertySymbols(this).filter((each) => HOOK_PROPERTY.test(String(each)));
    for (const symbol of hidden) Object.defineProperty(this, symbol, { enumerable: false });
    Object.defineProperty(this, inspect.custom, { value: undefined, configurable: true });
    try {
      return inspect(this, options);
    } finally {
      delete (this as { [inspect.custom]?: unknown })[inspect.custom];
    }
  };
  const timer = setTimeout(() => undefined, 0);
  const immediate = setImmediate(() => undefined);
  for (const prototype of [
    Promise.prototype,
    Object.getPrototypeOf(timer),
    Object.getPrototypeOf(immediate),
  ]) {
    Object.defineProperty(prototype, inspect.custom, { value: show, configurable: true, writable: true });
  }
  clearTimeout(timer);
  clearImmediate(immediate);
}

const HOOK_PROPERTY = /async_id_symbol|trigger_async_id|kResourceStore/;
