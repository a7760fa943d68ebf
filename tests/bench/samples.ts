// What a benchmark hands over: every repetition of one measure, ours and the peer's, from one run.

export interface Samples {
  measure: string;
  peer: string;
  unit: string;
  better: "higher" | "lower";
  ours: number[];
  /** Empty where the peer has no answer to the question. */
  theirs: number[];
}
