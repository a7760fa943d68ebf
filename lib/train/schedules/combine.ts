// Schedules out of schedules: a warm-up before one, and several in a row.

import { alongLine, requireAbove, requireAtLeast, type Schedule } from "./schedule.ts";

export interface WarmUpOptions {
  /** How long the rate rises. */
  length: number;
  /** Part of the rate that it rises from. Defaults to `0`. */
  from?: number;
  /** The rate that it rises to, or the schedule that takes over, which starts at its own time 0 then. */
  to: number | Schedule;
}

/**
 * A line up to the rate, then on with another schedule: large first steps of adaptive optimizers and of large
 * batches do harm (Goyal et al., 2017).
 */
export function warmUp({ length, from = 0, to }: WarmUpOptions): Schedule {
  requireAbove("length", length);
  requireAtLeast("from", from, 0);
  const next = typeof to === "number" ? () => to : to;
  const target = next(0);
  return (time) => (time < length ? alongLine(from * target, target, time / length) : next(time - length));
}

/** A schedule and for how long it holds. */
export interface Phase {
  /** Left out in the last phase, it holds to the end. */
  length?: number;
  schedule: Schedule;
}

/** One schedule after the other, each from its own time 0 (PyTorch's `SequentialLR`); the last one goes on. */
export function combine(phases: readonly Phase[]): Schedule {
  const last = phases.at(-1);
  if (!last) throw new RangeError("combine got no phase; it needs at least one.");
  for (const [index, { length }] of phases.slice(0, -1).entries()) {
    requireAbove(`The length of phase ${index}`, length ?? Number.NaN);
  }
  return (time) => {
    let start = 0;
    for (const { length = Infinity, schedule } of phases.slice(0, -1)) {
      if (time < start + length) return schedule(time - start);
      start += length;
    }
    return last.schedule(time - start);
  };
}
