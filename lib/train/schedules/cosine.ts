// Cosine annealing with and without warm restarts (Loshchilov and Hutter, 2017).

import { alongCosine, requireAbove, requireAtLeast, type Schedule } from "./schedule.ts";

export interface CosineOptions {
  /** Rate at the start. */
  rate: number;
  /** When `final` is reached; the rate stays there. */
  length: number;
  /** Rate at the end. Defaults to `0`. */
  final?: number;
}

/** From `rate` down to `final` along half a cosine (PyTorch's `CosineAnnealingLR` up to `length`). */
export function cosine({ rate, length, final = 0 }: CosineOptions): Schedule {
  requireAtLeast("rate", rate, 0);
  requireAbove("length", length);
  return (time) => alongCosine(rate, final, Math.min(time / length, 1));
}

export interface CosineRestartsOptions {
  /** Rate at the start of each cycle. */
  rate: number;
  /** Length of the first cycle. */
  length: number;
  /** How much longer each cycle is than the one before. Defaults to `1`. */
  growth?: number;
  /** Rate that each cycle falls to. Defaults to `0`. */
  final?: number;
  /** What the rate at the start of a cycle is multiplied with from cycle to cycle. Defaults to `1`. */
  factor?: number;
}

/** Cosines one after the other, each from `rate` again (PyTorch's `CosineAnnealingWarmRestarts`). */
export function cosineRestarts(options: CosineRestartsOptions): Schedule {
  const { rate, length, growth = 1, final = 0, factor = 1 } = options;
  requireAtLeast("rate", rate, 0);
  requireAbove("length", length);
  requireAtLeast("growth", growth, 1);
  requireAbove("factor", factor);
  return (time) => {
    let [start, cycle, span] = [0, 0, length];
    while (time >= start + span) {
      start += span;
      span *= growth;
      cycle++;
    }
    return alongCosine(rate * factor ** cycle, final, (time - start) / span);
  };
}
