// Errors by their order: the median and the largest.

import type { Weighted } from "../classification/average.ts";
import { Metric } from "../metric.ts";
import type { Matrix, Vector } from "../values.ts";
import {
  type MultiOutput,
  type OutputScore,
  type OutputSums,
  Outputs,
  type RegressionBatch,
  type RegressionOptions,
  RegressionScore,
} from "./outputs.ts";

/** The median needs all errors. */
class AbsoluteErrors implements OutputSums {
  readonly #errors: { error: number; weight: number }[] = [];

  add(truth: number, prediction: number, weight: number): void {
    this.#errors.push({ error: Math.abs(truth - prediction), weight });
  }

  merge(other: AbsoluteErrors): void {
    for (const each of other.#errors) this.#errors.push(each);
  }

  /**
   * The error that half of the weight is at or below; where exactly half is, the mean of this error and the next
   * (Hyndman and Fan, 1996, definition 2). NaN if all weights are 0.
   */
  median(): number {
    const sorted = this.#errors.filter(({ weight }) => weight > 0).sort((a, b) => a.error - b.error);
    const sums: number[] = [];
    for (const { weight } of sorted) sums.push((sums[sums.length - 1] ?? 0) + weight);
    const half = (sums[sums.length - 1] ?? Number.NaN) / 2;
    const index = sums.findIndex((sum) => sum >= half);
    if (index < 0) return Number.NaN;
    const { error } = sorted[index] as { error: number };
    const next =
      (sums[index] as number) - half > Number.EPSILON ? error : (sorted[index + 1]?.error ?? error);
    return (error + next) / 2;
  }
}

/** Streaming {@link medianAbsoluteError}; keeps all errors. */
export class MedianAbsoluteError<Kind extends MultiOutput = "uniformAverage"> extends RegressionScore<
  AbsoluteErrors,
  Kind
> {
  constructor(options: RegressionOptions<Kind> = {}) {
    super(
      options,
      () => new Outputs(() => new AbsoluteErrors()),
      (errors) => errors.median(),
    );
  }
}

/**
 * Median absolute error, in units of the values; outliers don't move it.
 *
 * @param yTrue True values, `[n]` or `[n, outputs]`.
 * @param yPred Predictions, of the same shape.
 * @throws RangeError if the two are empty or differ in shape, or a value is not finite.
 */
export function medianAbsoluteError<Kind extends MultiOutput = "uniformAverage">(
  yTrue: Vector | Matrix,
  yPred: Vector | Matrix,
  options: RegressionOptions<Kind> & Weighted = {},
): OutputScore<Kind> {
  return new MedianAbsoluteError(options).update(yTrue, yPred, options.sampleWeight).result();
}

class LargestError implements OutputSums {
  value = 0;

  add(truth: number, prediction: number): void {
    this.value = Math.max(this.value, Math.abs(truth - prediction));
  }

  merge(other: LargestError): void {
    this.value = Math.max(this.value, other.value);
  }
}

/** Streaming {@link maxError}. */
export class MaxError extends Metric<RegressionBatch, Outputs<LargestError>, number> {
  constructor() {
    super({
      options: {},
      state: () => new Outputs(() => new LargestError()),
      result: ({ outputs }) => Math.max(...outputs.map(({ value }) => value)),
    });
  }
}

/**
 * Largest absolute error of any example (and output), in units of the values.
 *
 * Parameters and errors as for `medianAbsoluteError`.
 */
export function maxError(yTrue: Vector | Matrix, yPred: Vector | Matrix): number {
  return new MaxError().update(yTrue, yPred).result();
}
