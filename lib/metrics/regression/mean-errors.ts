// Means of an error of each example: squared, absolute, logarithmic, relative.

import type { Weighted } from "../classification/average.ts";
import { Mean } from "../sums.ts";
import type { Matrix, Rows, Vector } from "../values.ts";
import {
  type MultiOutput,
  type OutputScore,
  type OutputSums,
  Outputs,
  type RegressionOptions,
  RegressionScore,
} from "./outputs.ts";

type Loss = (truth: number, prediction: number) => number;

class MeanLoss implements OutputSums {
  readonly #loss: Loss;
  readonly mean = new Mean();

  constructor(loss: Loss) {
    this.#loss = loss;
  }

  add(truth: number, prediction: number, weight: number): void {
    this.mean.add(this.#loss(truth, prediction), weight);
  }

  merge(other: MeanLoss): void {
    this.mean.merge(other.mean);
  }
}

interface MeanErrorParts {
  loss: Loss;
  /** From the mean to the score of an output. */
  finish?: (mean: number) => number;
  check?: (name: string, rows: Rows) => void;
}

abstract class MeanError<Kind extends MultiOutput> extends RegressionScore<MeanLoss, Kind> {
  constructor(options: RegressionOptions<Kind>, { loss, finish = (mean) => mean, check }: MeanErrorParts) {
    super(
      options,
      () => new Outputs(() => new MeanLoss(loss), check),
      ({ mean }) => finish(mean.value),
    );
  }
}

const squared: Loss = (truth, prediction) => (truth - prediction) ** 2;

/** Streaming {@link meanSquaredError}. */
export class MeanSquaredError<Kind extends MultiOutput = "uniformAverage"> extends MeanError<Kind> {
  constructor(options: RegressionOptions<Kind> = {}) {
    super(options, { loss: squared });
  }
}

/**
 * Mean squared error, in squared units of the values.
 *
 * @param yTrue True values, `[n]` or `[n, outputs]`.
 * @param yPred Predictions, of the same shape.
 * @throws RangeError if the two are empty or differ in shape, or a value is not finite.
 */
export function meanSquaredError<Kind extends MultiOutput = "uniformAverage">(
  yTrue: Vector | Matrix,
  yPred: Vector | Matrix,
  options: RegressionOptions<Kind> & Weighted = {},
): OutputScore<Kind> {
  return new MeanSquaredError(options).update(yTrue, yPred, options.sampleWeight).result();
}

/** Streaming {@link rootMeanSquaredError}. */
export class RootMeanSquaredError<Kind extends MultiOutput = "uniformAverage"> extends MeanError<Kind> {
  constructor(options: RegressionOptions<Kind> = {}) {
    super(options, { loss: squared, finish: Math.sqrt });
  }
}

/**
 * Root of the mean squared error of each output, in units of the values.
 *
 * Parameters and errors as for `meanSquaredError`.
 */
export function rootMeanSquaredError<Kind extends MultiOutput = "uniformAverage">(
  yTrue: Vector | Matrix,
  yPred: Vector | Matrix,
  options: RegressionOptions<Kind> & Weighted = {},
): OutputScore<Kind> {
  return new RootMeanSquaredError(options).update(yTrue, yPred, options.sampleWeight).result();
}

/** Streaming {@link meanAbsoluteError}. */
export class MeanAbsoluteError<Kind extends MultiOutput = "uniformAverage"> extends MeanError<Kind> {
  constructor(options: RegressionOptions<Kind> = {}) {
    super(options, { loss: (truth, prediction) => Math.abs(truth - prediction) });
  }
}

/**
 * Mean absolute error, in units of the values.
 *
 * Parameters and errors as for `meanSquaredError`.
 */
export function meanAbsoluteError<Kind extends MultiOutput = "uniformAverage">(
  yTrue: Vector | Matrix,
  yPred: Vector | Matrix,
  options: RegressionOptions<Kind> & Weighted = {},
): OutputScore<Kind> {
  return new MeanAbsoluteError(options).update(yTrue, yPred, options.sampleWeight).result();
}

/** Streaming {@link meanSquaredLogError}. */
export class MeanSquaredLogError<Kind extends MultiOutput = "uniformAverage"> extends MeanError<Kind> {
  constructor(options: RegressionOptions<Kind> = {}) {
    super(options, {
      loss: (truth, prediction) => squared(Math.log1p(truth), Math.log1p(prediction)),
      check: requireAboveMinusOne,
    });
  }
}

function requireAboveMinusOne(name: string, { values, columns }: Rows): void {
  const wrong = values.findIndex((value) => value <= -1);
  if (wrong >= 0) {
    throw new RangeError(
      `${name} holds ${values[wrong]} in row ${Math.floor(wrong / columns)}; log(1 + value) needs values above -1.`,
    );
  }
}

/**
 * Mean squared error of log(1 + value): errors count by their ratio, not by their size.
 *
 * Parameters and errors as for `meanSquaredError`.
 *
 * @throws RangeError also if a value is −1 or less.
 */
export function meanSquaredLogError<Kind extends MultiOutput = "uniformAverage">(
  yTrue: Vector | Matrix,
  yPred: Vector | Matrix,
  options: RegressionOptions<Kind> & Weighted = {},
): OutputScore<Kind> {
  return new MeanSquaredLogError(options).update(yTrue, yPred, options.sampleWeight).result();
}

/** Streaming {@link meanAbsolutePercentageError}. */
export class MeanAbsolutePercentageError<
  Kind extends MultiOutput = "uniformAverage",
> extends MeanError<Kind> {
  constructor(options: RegressionOptions<Kind> = {}) {
    super(options, {
      loss: (truth, prediction) => Math.abs(truth - prediction) / Math.max(Math.abs(truth), Number.EPSILON),
    });
  }
}

/**
 * Mean of |error| / |true value| as a fraction: 0.1 is ten percent. A true value of 0 counts as 2⁻⁵², so that an
 * error there gives a huge score instead of ∞.
 *
 * Parameters and errors as for `meanSquaredError`.
 */
export function meanAbsolutePercentageError<Kind extends MultiOutput = "uniformAverage">(
  yTrue: Vector | Matrix,
  yPred: Vector | Matrix,
  options: RegressionOptions<Kind> & Weighted = {},
): OutputScore<Kind> {
  return new MeanAbsolutePercentageError(options).update(yTrue, yPred, options.sampleWeight).result();
}
