// Of many boxes on one object keep the best: non-maximum suppression, hard and soft.

import { requireOneOf } from "../../data/nearest.ts";
import {
  type Label,
  type Labels,
  type Matrix,
  readLabels,
  readVector,
  requireFraction,
  requireSameLength,
  type Vector,
} from "../values.ts";
import { type BoxOptions, overlap, readBoxes } from "./boxes.ts";

interface SuppressionOptions extends BoxOptions {
  /** Boxes with a larger IoU with a better box are in its way. Defaults to `0.5`. */
  iouThreshold?: number;
  /** How many boxes to keep at most. Defaults to all. */
  maxDetections?: number;
  /** Classes of the boxes, `[n]`; boxes of different classes don't disturb each other. Defaults to one class. */
  labels?: Labels;
}

export interface NonMaxSuppressionOptions extends SuppressionOptions {
  /** Least score of a box. Defaults to `-Infinity`. */
  scoreThreshold?: number;
}

/**
 * Indices of the boxes to keep, best first: each box whose IoU with a better kept box is at most the threshold. Of
 * equal scores the earlier box is better.
 *
 * @param boxes `[n, 4]`.
 * @param scores `[n]`.
 * @throws RangeError if there are not as many scores (and labels) as boxes, or a box is faulty.
 */
export function nonMaxSuppression(
  boxes: Matrix,
  scores: Vector,
  options: NonMaxSuppressionOptions = {},
): number[] {
  const { scoreThreshold = -Infinity, maxDetections = Infinity } = options;
  const input = read(boxes, scores, options);
  const order = Array.from(input.scores.keys())
    .filter((index) => (input.scores[index] as number) >= scoreThreshold)
    .sort((a, b) => (input.scores[b] as number) - (input.scores[a] as number));
  const kept: number[] = [];
  for (const index of order) {
    if (kept.length >= maxDetections) break;
    if (kept.every((better) => input.overlap(index, better) <= input.iouThreshold)) kept.push(index);
  }
  return kept;
}

export interface SoftNonMaxSuppressionOptions extends SuppressionOptions {
  /**
   * How the score of an overlapping box falls: `gaussian` by exp(−IoU² / sigma), `linear` by 1 − IoU where IoU is
   * above the threshold. Defaults to `"gaussian"`.
   */
  method?: "gaussian" | "linear";
  /** Defaults to `0.5`. */
  sigma?: number;
  /** Boxes whose score falls below are dropped. Defaults to `0.001`. */
  scoreThreshold?: number;
}

/**
 * Indices of the boxes to keep and their lowered scores, best first: overlapping boxes lose score instead of being
 * dropped (Bodla et al., 2017, "Soft-NMS").
 *
 * Parameters and errors as for `nonMaxSuppression`.
 */
export function softNonMaxSuppression(
  boxes: Matrix,
  scores: Vector,
  options: SoftNonMaxSuppressionOptions = {},
): { indices: number[]; scores: number[] } {
  const { method = "gaussian", sigma = 0.5, scoreThreshold = 0.001, maxDetections = Infinity } = options;
  requireOneOf("method", method, ["gaussian", "linear"]);
  if (!(sigma > 0)) throw new RangeError(`sigma is ${sigma}; it must be above 0.`);
  const input = read(boxes, scores, options);
  const factor = (iou: number) => {
    if (method === "gaussian") return Math.exp((-iou * iou) / sigma);
    return iou > input.iouThreshold ? 1 - iou : 1;
  };
  const kept: { indices: number[]; scores: number[] } = { indices: [], scores: [] };
  let rest = Array.from(input.scores, (score, index) => ({ index, score }));
  while (kept.indices.length < maxDetections) {
    rest = rest.filter(({ score }) => score >= scoreThreshold);
    if (rest.length === 0) break;
    const best = rest.reduce((a, b) => (b.score > a.score ? b : a));
    kept.indices.push(best.index);
    kept.scores.push(best.score);
    rest = rest
      .filter((each) => each !== best)
      .map(({ index, score }) => ({ index, score: score * factor(input.overlap(index, best.index)) }));
  }
  return kept;
}

function read(boxes: Matrix, scores: Vector, options: SuppressionOptions) {
  const { iouThreshold = 0.5, labels } = options;
  requireFraction("iouThreshold", iouThreshold);
  const corners = readBoxes("boxes", boxes, options);
  const numbers = readVector("scores", scores);
  const classes: Label[] = labels === undefined ? corners.map(() => 0) : readLabels("labels", labels);
  requireSameLength({ boxes: corners.length, scores: numbers.length, labels: classes.length });
  return {
    scores: numbers,
    iouThreshold,
    overlap(a: number, b: number): number {
      if (classes[a] !== classes[b]) return 0;
      return overlap(corners[a] as (typeof corners)[number], corners[b] as (typeof corners)[number]);
    },
  };
}
