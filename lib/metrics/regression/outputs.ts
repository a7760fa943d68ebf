// Regression scores are computed for each output alone and averaged at the end. What is summed differs from score to
// score; reading, weighting and averaging are here, once.

import { requireOneOf } from "../../data/nearest.ts";
import { type Accumulator, Metric } from "../metric.ts";
import { type Matrix, type Rows, readRows, readWeights, requireSameLength, type Vector } from "../values.ts";

/**
 * One batch: true values and predictions, both `[n]` or `[n, outputs]`, and, where examples count differently, their
 * weights (at least 0).
 */
export type RegressionBatch = [yTrue: Vector | Matrix, yPred: Vector | Matrix, sampleWeight?: Vector];

/** How scores of several outputs become one: their mean, one score each, or a mean with these weights. */
export type MultiOutput = "uniformAverage" | "rawValues" | readonly number[];

/** One score an output for `rawValues`, otherwise one number. */
export type OutputScore<Kind> = Kind extends "rawValues" ? number[] : number;

export interface RegressionOptions<Kind = MultiOutput> {
  /** Defaults to `"uniformAverage"`. */
  multioutput?: Kind;
}

/** What is summed up of one output. */
export interface OutputSums {
  add(truth: number, prediction: number, weight: number): void;
  merge(other: this): void;
}

export class Outputs<Sums extends OutputSums> implements Accumulator<RegressionBatch> {
  readonly #create: () => Sums;
  readonly #check: ((name: string, rows: Rows) => void) | undefined;
  #outputs: Sums[] = [];
  #size = 0;

  /** `check` may refuse values that the score is not defined for. */
  constructor(create: () => Sums, check?: (name: string, rows: Rows) => void) {
    this.#create = create;
    this.#check = check;
  }

  get size(): number {
    return this.#size;
  }

  /** The sums of each output. */
  get outputs(): readonly Sums[] {
    return this.#outputs;
  }

  add(...[yTrue, yPred, sampleWeight]: RegressionBatch): void {
    const [truth, prediction] = [readRows("yTrue", yTrue), readRows("yPred", yPred)];
    requireSameLength({ yTrue: truth.rows, yPred: prediction.rows });
    if (truth.columns !== prediction.columns) {
      throw new RangeError(
        `yTrue has ${truth.columns} outputs and yPred ${prediction.columns}; they must be as many.`,
      );
    }
    const weights = readWeights(sampleWeight, truth.rows);
    this.#check?.("yTrue", truth);
    this.#check?.("yPred", prediction);
    if (truth.rows === 0) return;
    this.#requireOutputs(truth.columns);
    for (const [index, value] of truth.values.entries()) {
      const row = Math.floor(index / truth.columns);
      const sums = this.#outputs[index % truth.columns] as Sums;
      sums.add(value, prediction.values[index] as number, weights[row] as number);
    }
    this.#size += truth.rows;
  }

  merge(other: Outputs<Sums>): void {
    if (other.#size === 0) return;
    this.#requireOutputs(other.#outputs.length);
    for (const [index, sums] of this.#outputs.entries()) sums.merge(other.#outputs[index] as Sums);
    this.#size += other.#size;
  }

  #requireOutputs(count: number): void {
    if (this.#outputs.length === 0) this.#outputs = Array.from({ length: count }, this.#create);
    if (this.#outputs.length !== count) {
      throw new RangeError(
        `There are ${count} outputs and were ${this.#outputs.length} before; they must stay as many.`,
      );
    }
  }
}

/** A score that is read off the sums of each output. */
export abstract class RegressionScore<Sums extends OutputSums, Kind extends MultiOutput> extends Metric<
  RegressionBatch,
  Outputs<Sums>,
  OutputScore<Kind>
> {
  constructor(options: RegressionOptions<Kind>, state: () => Outputs<Sums>, score: (sums: Sums) => number) {
    const multioutput = options.multioutput ?? "uniformAverage";
    if (typeof multioutput === "string") {
      requireOneOf<string>("multioutput", multioutput, ["uniformAverage", "rawValues"]);
    }
    super({
      options,
      state,
      result: ({ outputs }) => averageOutputs(outputs.map(score), multioutput) as OutputScore<Kind>,
    });
  }
}

/**
 * The scores of the outputs as they are, or their mean.
 *
 * @throws RangeError if there are not as many weights as outputs.
 */
export function averageOutputs(scores: number[], multioutput: MultiOutput): number | number[] {
  if (multioutput === "rawValues") return scores;
  const weights = multioutput === "uniformAverage" ? scores.map(() => 1) : multioutput;
  if (weights.length !== scores.length) {
    throw new RangeError(
      `multioutput has ${weights.length} weights for ${scores.length} outputs; they must be as many.`,
    );
  }
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return scores.reduce((sum, score, index) => sum + score * (weights[index] as number), 0) / total;
}
