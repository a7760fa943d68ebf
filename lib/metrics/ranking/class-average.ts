// One area for several classes: the averages of ROC AUC and average precision over one-versus-rest scores.

import { requireOneOf } from "../../data/nearest.ts";
import { meanOfNumbers } from "../classification/average.ts";
import type { Label } from "../values.ts";
import { type BinaryScores, binaryScores, type Scored } from "./scored-labels.ts";

const averages = ["macro", "weighted", "micro", "none"] as const;

/**
 * How areas of several classes become one: `macro` is their mean, `weighted` the mean weighted by how often each
 * class is the true one, `micro` takes every score of every class as an example, `none` gives one area a class.
 */
export type RankAverage = (typeof averages)[number];

/** One area a class for the average `none`, otherwise one number. */
export type RankAveraged<Kind extends RankAverage> = Kind extends "none" ? number[] : number;

/** @throws RangeError if there is no such average. */
export function requireRankAverage(average: RankAverage | undefined): void {
  requireOneOf("average", average ?? "macro", averages);
}

/** Area of each class against the rest, averaged; NaN if the area of a class that counts is. */
export function averageOverClasses(
  scored: Scored,
  classes: readonly Label[],
  average: RankAverage,
  area: (scores: BinaryScores) => number,
): number | number[] {
  const each = classes.map((label, column) => binaryScores(scored, label, column));
  if (average === "micro") return area(together(each));
  const areas = each.map(area);
  if (average === "none") return areas;
  const weights = average === "macro" ? areas.map(() => 1) : each.map(support);
  if (areas.some((value, index) => Number.isNaN(value) && weights[index] !== 0)) return Number.NaN;
  return meanOfNumbers(areas, weights);
}

function support({ positive, weights }: BinaryScores): number {
  return weights.reduce((sum, weight, index) => sum + weight * (positive[index] as number), 0);
}

function together(parts: readonly BinaryScores[]): BinaryScores {
  return {
    positive: Uint8Array.from(parts.flatMap(({ positive }) => Array.from(positive))),
    scores: Float64Array.from(parts.flatMap(({ scores }) => Array.from(scores))),
    weights: Float64Array.from(parts.flatMap(({ weights }) => Array.from(weights))),
  };
}
