// The one-cycle policy (Smith and Topin, 2018): up to a high rate, then far down.

import { requireOneOf } from "../../data/nearest.ts";
import { alongCosine, alongLine, requireAbove, type Schedule } from "./schedule.ts";

export interface OneCycleOptions {
  /** The highest rate: see `learningRateFinder`. */
  max: number;
  /** Length of the whole cycle; the lowest rate is reached at `length − 1`, its last step. */
  length: number;
  /** Part of the cycle in which the rate rises. Defaults to `0.3`. */
  rising?: number;
  /** The rate starts at `max / divideStart`. Defaults to `25`. */
  divideStart?: number;
  /** The rate ends at `max / divideStart / divideEnd`. Defaults to `10000`. */
  divideEnd?: number;
  /** Along which curve it rises and falls. Defaults to `"cosine"`. */
  curve?: "cosine" | "line";
}

/** One rise and one fall of the rate (PyTorch's `OneCycleLR`); use it with steps, not epochs. */
export function oneCycle(options: OneCycleOptions): Schedule {
  const { max, length, rising = 0.3, divideStart = 25, divideEnd = 1e4, curve = "cosine" } = options;
  requireOneOf("curve", curve, ["cosine", "line"]);
  requireAbove("max", max);
  requireAbove("length", length, 1);
  requireAbove("divideStart", divideStart);
  requireAbove("divideEnd", divideEnd);
  if (!(rising > 0 && rising < 1)) {
    throw new RangeError(`rising is ${rising}; it must be above 0 and below 1.`);
  }
  const along = curve === "cosine" ? alongCosine : alongLine;
  const start = max / divideStart;
  // As in PyTorch the top is a step before the part's end, for which a very short cycle has no room.
  const top = Math.max(rising * length - 1, 0);
  const last = length - 1;
  return (time) => {
    if (time < top) return along(start, max, time / top);
    return along(max, start / divideEnd, Math.min((time - top) / (last - top), 1));
  };
}
