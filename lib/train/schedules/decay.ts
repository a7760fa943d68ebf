// Schedules that only fall: in steps, at milestones, exponentially, as a polynomial.

import { requireAbove, requireAtLeast, type Schedule } from "./schedule.ts";

/** The same rate at all times. */
export function constant(rate: number): Schedule {
  requireAtLeast("rate", rate, 0);
  return () => rate;
}

export interface StepOptions {
  /** Rate at the start. */
  rate: number;
  /** After how long the rate is multiplied, again and again. */
  every: number;
  /** What it is multiplied with. Defaults to `0.1`. */
  factor?: number;
}

/** Multiply the rate with `factor` each time `every` has passed (PyTorch's `StepLR`). */
export function step({ rate, every, factor = 0.1 }: StepOptions): Schedule {
  requireAtLeast("rate", rate, 0);
  requireAbove("every", every);
  requireAbove("factor", factor);
  return (time) => rate * factor ** Math.floor(time / every);
}

export interface MilestonesOptions {
  /** Rate at the start. */
  rate: number;
  /** The times at which the rate is multiplied, in rising order. */
  at: readonly number[];
  /** What it is multiplied with. Defaults to `0.1`. */
  factor?: number;
}

/** Multiply the rate with `factor` at each of the given times (PyTorch's `MultiStepLR`). */
export function milestones({ rate, at, factor = 0.1 }: MilestonesOptions): Schedule {
  requireAtLeast("rate", rate, 0);
  requireAbove("factor", factor);
  for (const [index, time] of at.entries()) requireAbove(`at[${index}]`, time, at[index - 1] ?? 0);
  return (time) => rate * factor ** at.filter((milestone) => time >= milestone).length;
}

export interface ExponentialOptions {
  /** Rate at the start. */
  rate: number;
  /** What the rate is multiplied with for each unit of time. */
  factor: number;
}

/** Multiply the rate with `factor` at every step of time (PyTorch's `ExponentialLR`). */
export function exponential({ rate, factor }: ExponentialOptions): Schedule {
  requireAtLeast("rate", rate, 0);
  requireAbove("factor", factor);
  return (time) => rate * factor ** time;
}

export interface PolynomialOptions {
  /** Rate at the start. */
  rate: number;
  /** When `final` is reached; the rate stays there. */
  length: number;
  /** 1 is a line, 2 a parabola. Defaults to `1`. */
  power?: number;
  /** Rate at the end. Defaults to `0`. */
  final?: number;
}

/** From `rate` down to `final` as `(1 − time / length) ^ power` (PyTorch's `PolynomialLR`). */
export function polynomial({ rate, length, power = 1, final = 0 }: PolynomialOptions): Schedule {
  requireAtLeast("rate", rate, 0);
  requireAbove("length", length);
  requireAbove("power", power);
  return (time) => final + (rate - final) * (1 - Math.min(time / length, 1)) ** power;
}
