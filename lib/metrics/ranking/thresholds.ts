// The one pass behind ROC and precision-recall curves: lower the threshold from the highest score to the lowest and
// count what is above it. Examples with the same score cross together, so ties have no order.

import type { BinaryScores } from "./scored-labels.ts";

/** Counts (or weights) of the examples at or above each threshold, thresholds falling. */
export interface ThresholdCounts {
  thresholds: number[];
  truePositives: number[];
  falsePositives: number[];
}

export function countAboveThresholds({ positive, scores, weights }: BinaryScores): ThresholdCounts {
  const order = Uint32Array.from(scores.keys()).sort((a, b) => (scores[b] as number) - (scores[a] as number));
  const counts: ThresholdCounts = { thresholds: [], truePositives: [], falsePositives: [] };
  let [truePositives, falsePositives] = [0, 0];
  for (const [rank, index] of order.entries()) {
    if (positive[index]) truePositives += weights[index] as number;
    else falsePositives += weights[index] as number;
    const next = order[rank + 1];
    if (next !== undefined && scores[next] === scores[index]) continue;
    counts.thresholds.push(scores[index] as number);
    counts.truePositives.push(truePositives);
    counts.falsePositives.push(falsePositives);
  }
  return counts;
}

/** The points at `indices` alone. */
export function selectThresholds(counts: ThresholdCounts, keep: (index: number) => boolean): ThresholdCounts {
  const select = (values: number[]) => values.filter((_, index) => keep(index));
  return {
    thresholds: select(counts.thresholds),
    truePositives: select(counts.truePositives),
    falsePositives: select(counts.falsePositives),
  };
}
