// The score above which an example counts as an outlier, from the part of examples that are to be outliers.

import { requireAbove } from "../estimator.ts";

/** @throws RangeError if the part is not above 0 and at most one half. */
export function readContamination(contamination: number): number {
  requireAbove("contamination", contamination, 0, 0.5);
  return contamination;
}

/** Quantile of values, in between two of them by a straight line, as NumPy has it. */
export function quantile(values: Float64Array, part: number): number {
  const sorted = values.slice().sort();
  const place = part * (sorted.length - 1);
  const below = sorted[Math.floor(place)] as number;
  const above = sorted[Math.ceil(place)] as number;
  return below + (above - below) * (place % 1);
}
