// R² and explained variance: how much of the values' spread a model accounts for.

import { requireOneOf } from "../../data/nearest.ts";
import type { Weighted } from "../classification/average.ts";
import { Metric } from "../metric.ts";
import { Mean, Moments } from "../sums.ts";
import type { Matrix, Vector } from "../values.ts";
import {
  averageOutputs,
  type MultiOutput,
  type OutputScore,
  type OutputSums,
  Outputs,
  type RegressionBatch,
} from "./outputs.ts";

/** As for the other scores, or a mean weighted by the spread of each output's true values. */
export type ExplainedOutput = MultiOutput | "varianceWeighted";

export interface ExplainedOptions<Kind = ExplainedOutput> {
  /** Defaults to `"uniformAverage"`. */
  multioutput?: Kind;
  /**
   * Where the true values are all the same, give 1 for perfect predictions and 0 otherwise, instead of NaN and −∞.
   * Defaults to `true`.
   */
  forceFinite?: boolean;
}

class Spread implements OutputSums {
  readonly truth = new Moments();
  readonly error = new Moments();
  readonly squaredError = new Mean();

  add(truth: number, prediction: number, weight: number): void {
    this.truth.add(truth, weight);
    this.error.add(truth - prediction, weight);
    this.squaredError.add((truth - prediction) ** 2, weight);
  }

  merge(other: Spread): void {
    this.truth.merge(other.truth);
    this.error.merge(other.error);
    this.squaredError.merge(other.squaredError);
  }
}

abstract class ExplainedScore<Kind extends ExplainedOutput> extends Metric<
  RegressionBatch,
  Outputs<Spread>,
  OutputScore<Kind>
> {
  constructor(
    options: ExplainedOptions<Kind>,
    unexplained: (spread: Spread) => number,
    leastExamples: number,
  ) {
    const multioutput: ExplainedOutput = options.multioutput ?? "uniformAverage";
    if (typeof multioutput === "string") {
      requireOneOf<string>("multioutput", multioutput, ["uniformAverage", "rawValues", "varianceWeighted"]);
    }
    super({
      options,
      state: () => new Outputs(() => new Spread()),
      result: ({ outputs, size }) => {
        if (size < leastExamples) return averageOfNothing(outputs.length, multioutput) as OutputScore<Kind>;
        const scores = outputs.map((spread) =>
          explained(unexplained(spread), spread.truth.squares, options.forceFinite ?? true),
        );
        const spreads = outputs.map(({ truth }) => truth.squares);
        const weights = spreads.some((spread) => spread > 0) ? spreads : "uniformAverage";
        const average = multioutput === "varianceWeighted" ? weights : multioutput;
        return averageOutputs(scores, average) as OutputScore<Kind>;
      },
    });
  }
}

function averageOfNothing(outputs: number, multioutput: ExplainedOutput): number | number[] {
  return multioutput === "rawValues" ? new Array<number>(outputs).fill(Number.NaN) : Number.NaN;
}

function explained(unexplained: number, spread: number, forceFinite: boolean): number {
  if (spread === 0 && forceFinite) return unexplained === 0 ? 1 : 0;
  return 1 - unexplained / spread;
}

/** Streaming {@link r2Score}. */
export class R2Score<Kind extends ExplainedOutput = "uniformAverage"> extends ExplainedScore<Kind> {
  constructor(options: ExplainedOptions<Kind> = {}) {
    super(options, ({ squaredError }) => squaredError.sum, 2);
  }
}

/**
 * Coefficient of determination R²: 1 is perfect, 0 as good as predicting the mean, negative is worse; NaN for fewer
 * than 2 examples.
 *
 * @param yTrue True values, `[n]` or `[n, outputs]`.
 * @param yPred Predictions, of the same shape.
 * @throws RangeError if the two are empty or differ in shape, or a value is not finite.
 */
export function r2Score<Kind extends ExplainedOutput = "uniformAverage">(
  yTrue: Vector | Matrix,
  yPred: Vector | Matrix,
  options: ExplainedOptions<Kind> & Weighted = {},
): OutputScore<Kind> {
  return new R2Score(options).update(yTrue, yPred, options.sampleWeight).result();
}

/** Streaming {@link explainedVarianceScore}. */
export class ExplainedVarianceScore<
  Kind extends ExplainedOutput = "uniformAverage",
> extends ExplainedScore<Kind> {
  constructor(options: ExplainedOptions<Kind> = {}) {
    super(options, ({ error }) => error.squares, 1);
  }
}

/**
 * As R², but a constant offset of the predictions costs nothing.
 *
 * Parameters and errors as for `r2Score`.
 */
export function explainedVarianceScore<Kind extends ExplainedOutput = "uniformAverage">(
  yTrue: Vector | Matrix,
  yPred: Vector | Matrix,
  options: ExplainedOptions<Kind> & Weighted = {},
): OutputScore<Kind> {
  return new ExplainedVarianceScore(options).update(yTrue, yPred, options.sampleWeight).result();
}
