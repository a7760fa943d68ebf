// What a benchmark hands over: every round of one measure, ours and the peer's, from one run.

import type { Clock } from "./clock.ts";

export interface Samples {
  measure: string;
  peer: string;
  unit: string;
  better: "higher" | "lower";
  ours: number[];
  /** By round, as ours; empty where the peer has no answer to the question. */
  theirs: number[];
}

export interface MeasureOptions {
  /** Rounds in which everybody is measured in turn. */
  repetitions: number;
  clock: Clock;
  /** Whether a measure of that name is wanted. */
  only(name: string): boolean;
}
