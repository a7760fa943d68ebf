// Curves and ranks need every score at once, so these metrics keep all batches: 8 bytes a score and as many a label and
// a weight.

import { didYouMean } from "../../data/nearest.ts";
import type { Accumulator } from "../metric.ts";
import {
  compareLabels,
  type Label,
  type Labels,
  type Matrix,
  type Rows,
  readLabels,
  readRows,
  readWeights,
  requireSameLength,
  type Vector,
} from "../values.ts";

/**
 * One batch: true classes `[n]`; scores, larger for the class more likely, `[n]` for the positive of two classes or
 * `[n, classes]`; and, where examples count differently, their weights (at least 0).
 */
export type ScoreBatch = [yTrue: Labels, yScore: Vector | Matrix, sampleWeight?: Vector];

/** All examples in the order they came. */
export interface Scored {
  labels: Label[];
  /** Scores row by row, `columns` each. */
  scores: Float64Array;
  columns: number;
  weights: Float64Array;
  /** Whether any batch came with weights. */
  weighted: boolean;
}

export class ScoredLabels implements Accumulator<ScoreBatch> {
  #batches: Scored[] = [];
  readonly #read: (yScore: Vector | Matrix) => Rows;

  constructor(read: (yScore: Vector | Matrix) => Rows = (yScore) => readRows("yScore", yScore)) {
    this.#read = read;
  }

  get size(): number {
    return this.#batches.reduce((sum, { labels }) => sum + labels.length, 0);
  }

  add(...[yTrue, yScore, sampleWeight]: ScoreBatch): void {
    const labels = readLabels("yTrue", yTrue);
    const { rows, columns, values } = this.#read(yScore);
    requireSameLength({ yTrue: labels.length, yScore: rows });
    const weights = readWeights(sampleWeight, labels.length);
    if (labels.length === 0) return;
    this.#push({ labels, scores: values, columns, weights, weighted: sampleWeight !== undefined });
  }

  merge(other: ScoredLabels): void {
    for (const batch of other.#batches) this.#push(batch);
  }

  all(): Scored {
    // One batch from now on, so that reading a growing stream again and again stays cheap.
    if (this.#batches.length > 1) this.#batches = [concatenate(this.#batches)];
    return this.#batches[0] as Scored;
  }

  #push(batch: Scored): void {
    const before = this.#batches[0]?.columns ?? batch.columns;
    if (batch.columns !== before) {
      throw new RangeError(
        `yScore has ${batch.columns} columns and had ${before} before; it must stay the same.`,
      );
    }
    this.#batches.push(batch);
  }
}

function concatenate(batches: readonly Scored[]): Scored {
  const join = (parts: Float64Array[]) => {
    const all = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0));
    let start = 0;
    for (const part of parts) {
      all.set(part, start);
      start += part.length;
    }
    return all;
  };
  return {
    labels: batches.flatMap(({ labels }) => labels),
    scores: join(batches.map(({ scores }) => scores)),
    columns: (batches[0] as Scored).columns,
    weights: join(batches.map(({ weights }) => weights)),
    weighted: batches.some(({ weighted }) => weighted),
  };
}

/** Examples of one class against all others. */
export interface BinaryScores {
  positive: Uint8Array;
  scores: Float64Array;
  weights: Float64Array;
}

/** One column of scores, and which examples are of the class in question. */
export function binaryScores(scored: Scored, positive: Label, column: number): BinaryScores {
  const { labels, scores, columns, weights } = scored;
  return {
    positive: Uint8Array.from(labels, (label) => (label === positive ? 1 : 0)),
    scores:
      columns === 1
        ? scores
        : Float64Array.from(labels, (_, row) => scores[row * columns + column] as number),
    weights,
  };
}

export interface PositiveLabel {
  /** The class that the scores speak for. Defaults to `1`. */
  posLabel?: Label;
}

/**
 * The scores of `posLabel` against all other classes; of two columns the second one.
 *
 * @throws RangeError if there are more than two columns, or `posLabel` is none of several classes.
 */
export function positiveScores(scored: Scored, { posLabel = 1 }: PositiveLabel): BinaryScores {
  if (scored.columns > 2) {
    throw new RangeError(
      `yScore has ${scored.columns} columns; it must hold the scores of one class, [examples]. ` +
        "Choose its column, and set posLabel to the class.",
    );
  }
  const present = presentLabels(scored);
  // Of numbers without posLabel it is clear what is meant (all negative); of names it may be a slip.
  if (!present.includes(posLabel) && !present.every((label) => label === 0 || label === -1)) {
    throw new RangeError(
      `posLabel is ${JSON.stringify(posLabel)}, and the classes are ${JSON.stringify(present)}; set it to one of them.` +
        didYouMean(String(posLabel), present.map(String)),
    );
  }
  return binaryScores(scored, posLabel, scored.columns - 1);
}

/** The classes that occur, sorted. */
export function presentLabels({ labels }: Scored): Label[] {
  return [...new Set(labels)].sort(compareLabels);
}
