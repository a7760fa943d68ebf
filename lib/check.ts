// Exercises check themselves: the reader's value beside the expected one, and a hint where they differ.

import * as tf from "@tensorflow/tfjs";
import { displayTarget } from "./plot/display.ts";
import { escapeXml } from "./plot/figure.ts";

/** Something that can be compared: a number, text, a truth value, or (nested) numbers and tensors of any shape. */
export type Checkable = number | string | boolean | tf.Tensor | NumberList;

type NumberList = ArrayLike<number> | readonly NumberList[];

export interface CheckOptions {
  /** Largest accepted difference between two numbers. Defaults to `1e-6`. */
  tolerance?: number;
  /** Shown when the value is wrong. */
  hint?: string;
}

/**
 * Compare a result of an exercise with what is expected, and show both.
 *
 * A value is right if it has the same shape and is everywhere within the tolerance. Wrong values never throw, so
 * that the notebook goes on, and nothing is returned, so that a cell that ends with a check shows the check alone.
 * Tensors stay the caller's.
 */
export function check(
  name: string,
  value: Checkable | undefined | null,
  expected: Checkable,
  { tolerance = 1e-6, hint }: CheckOptions = {},
): void {
  const right = agrees(value, expected, tolerance);
  const wanted = `${show(expected)}${isNumeric(expected) && tolerance > 0 ? ` ± ${tolerance}` : ""}`;
  const verdict = right
    ? `${name}: ${show(value)} is right`
    : `${name}: your value is ${show(value)}, expected ${wanted}`;
  const advice = !right && hint ? `Hint: ${hint}` : "";
  const colour = right ? "#1b7f4b" : "#b3261e";
  displayTarget().show({
    "text/html":
      `<div style="border-left:4px solid ${colour};padding:2px 10px"><b style="color:${colour}">${right ? "✓" : "✗"}</b> ` +
      `${escapeXml(verdict)}${advice ? `<br><i>${escapeXml(advice)}</i>` : ""}</div>`,
    "text/plain": [`${right ? "✓" : "✗"} ${verdict}`, ...(advice ? [`  ${advice}`] : [])].join("\n"),
  });
}

function agrees(value: unknown, expected: Checkable, tolerance: number): boolean {
  if (!isNumeric(expected)) return value === expected;
  if (!isNumeric(value)) return false;
  const [found, wanted] = [flatten(value), flatten(expected)];
  if (!found || !wanted || found.shape.join() !== wanted.shape.join()) return false;
  return wanted.values.every((number, index) => {
    const other = found.values[index] as number;
    return Object.is(other, number) || Math.abs(other - number) <= tolerance;
  });
}

type Numeric = number | tf.Tensor | NumberList;

function isNumeric(value: unknown): value is Numeric {
  return (
    typeof value === "number" ||
    value instanceof tf.Tensor ||
    Array.isArray(value) ||
    ArrayBuffer.isView(value)
  );
}

// The numbers in row-major order and their shape; undefined where the nesting is ragged or holds other things.
function flatten(value: Numeric): { shape: number[]; values: number[] } | undefined {
  if (typeof value === "number") return { shape: [], values: [value] };
  if (value instanceof tf.Tensor) return { shape: value.shape, values: [...value.dataSync()] };
  const parts = Array.from(value as ArrayLike<unknown>, (part) =>
    isNumeric(part) ? flatten(part) : undefined,
  );
  const inner = parts[0]?.shape ?? [];
  if (parts.some((part) => part?.shape.join() !== inner.join())) return undefined;
  return { shape: [parts.length, ...inner], values: parts.flatMap((part) => part?.values ?? []) };
}

function show(value: unknown): string {
  if (typeof value === "number") return shortNumber(value);
  if (typeof value === "string") return `"${value}"`;
  if (!isNumeric(value)) return String(value);
  const flat = flatten(value);
  if (!flat) return "a ragged array";
  const shown = flat.values.slice(0, 8).map(shortNumber).join(", ");
  const more = flat.values.length > 8 ? ", …" : "";
  return `[${shown}${more}]${flat.shape.length > 1 ? ` of shape [${flat.shape}]` : ""}`;
}

function shortNumber(value: number): string {
  return String(Number(value.toPrecision(7)));
}
