// The three conventions for the area under a detector's precision-recall curve. All take the best precision at or
// beyond a recall, which makes the curve fall throughout; they differ in the recalls that count.

import { requireOneOf } from "../../data/nearest.ts";
import { readVector, requireSameLength, type Vector } from "../values.ts";

export const conventions = ["coco", "every-point", "11-point"] as const;

/** 101 recalls (COCO), every recall that occurs (Pascal VOC since 2010), or 11 recalls (Pascal VOC until 2009). */
export type Convention = (typeof conventions)[number];

/**
 * Area under a precision-recall curve, 0 to 1.
 *
 * @param recall Rising, `[n]`.
 * @param precision As many.
 * @param convention Defaults to `"every-point"`.
 * @throws RangeError if the two differ in length, or recall falls.
 */
export function interpolatedAveragePrecision(
  recall: Vector,
  precision: Vector,
  { convention = "every-point" }: { convention?: Convention } = {},
): number {
  requireOneOf("convention", convention, conventions);
  const recalls = readVector("recall", recall);
  const best = readVector("precision", precision);
  requireSameLength({ recall: recalls.length, precision: best.length });
  const falls = recalls.findIndex((value, index) => value < (recalls[index - 1] ?? -Infinity));
  if (falls >= 0) throw new RangeError(`recall falls at ${falls}; it must rise, as the threshold falls.`);
  for (let index = best.length - 2; index >= 0; index--) {
    best[index] = Math.max(best[index] as number, best[index + 1] as number);
  }
  if (convention === "every-point") {
    return best.reduce(
      (sum, value, index) => sum + value * ((recalls[index] as number) - (recalls[index - 1] ?? 0)),
      0,
    );
  }
  const asked = convention === "11-point" ? elevenRecalls : cocoRecalls;
  let [sum, index] = [0, 0];
  for (const least of asked) {
    while (index < recalls.length && (recalls[index] as number) < least) index++;
    sum += best[index] ?? 0;
  }
  return sum / asked.length;
}

const elevenRecalls = Array.from({ length: 11 }, (_, index) => index / 10);

// Multiples of 0.01 in float64, as COCO's evaluation has them: 29 · 0.01 is a little more than 0.29.
const cocoRecalls = Array.from({ length: 101 }, (_, index) => index * 0.01);
