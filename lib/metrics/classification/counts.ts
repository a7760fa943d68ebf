// How often each class was taken for each class: all that the scores over predicted classes need to remember.

import type { Accumulator } from "../metric.ts";
import {
  compareLabels,
  type Label,
  type Labels,
  readLabels,
  readWeights,
  requireSameLength,
  type Vector,
} from "../values.ts";

/** One batch: true classes, predicted classes and, where examples count differently, their weights (at least 0). */
export type LabelBatch = [yTrue: Labels, yPred: Labels, sampleWeight?: Vector];

/** Weights of the examples of one class against all others. */
export interface OneVsRest {
  /** True positives. */
  tp: number;
  /** False positives. */
  fp: number;
  /** False negatives. */
  fn: number;
  /** True negatives. */
  tn: number;
}

/** Summed weights by true and predicted label; the two may be labels of different kinds, as in clustering. */
export class ContingencyTable implements Accumulator<LabelBatch> {
  readonly #rows = new Map<Label, Map<Label, number>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(...[yTrue, yPred, sampleWeight]: LabelBatch): void {
    const truth = readLabels("yTrue", yTrue);
    const prediction = readLabels("yPred", yPred);
    requireSameLength({ yTrue: truth.length, yPred: prediction.length });
    this.addLabels(truth, prediction, readWeights(sampleWeight, truth.length));
  }

  merge(other: ContingencyTable): void {
    for (const { row, column, weight } of other.cells()) this.#addCell(row, column, weight);
    this.#size += other.#size;
  }

  /** All pairs of labels that occurred, in no particular order. */
  *cells(): Generator<{ row: Label; column: Label; weight: number }> {
    for (const [row, columns] of this.#rows) {
      for (const [column, weight] of columns) yield { row, column, weight };
    }
  }

  get(row: Label, column: Label): number {
    return this.#rows.get(row)?.get(column) ?? 0;
  }

  protected addLabels(truth: readonly Label[], prediction: readonly Label[], weights: Float64Array): void {
    for (let index = 0; index < truth.length; index++) {
      this.#addCell(truth[index] as Label, prediction[index] as Label, weights[index] as number);
    }
    this.#size += truth.length;
  }

  #addCell(row: Label, column: Label, weight: number): void {
    let columns = this.#rows.get(row);
    if (!columns) {
      columns = new Map();
      this.#rows.set(row, columns);
    }
    columns.set(column, (columns.get(column) ?? 0) + weight);
  }
}

/** The contingency table of a classifier: true and predicted labels are of the same kind. */
export class ConfusionCounts extends ContingencyTable {
  #kind: string | undefined;

  /** All classes that occurred as true or predicted ones, sorted. */
  labels(): Label[] {
    const found = new Set<Label>();
    for (const { row, column } of this.cells()) found.add(row).add(column);
    return [...found].sort(compareLabels);
  }

  /** Counts with true classes downwards and predicted classes across. */
  matrix(labels: readonly Label[]): number[][] {
    return labels.map((row) => labels.map((column) => this.get(row, column)));
  }

  /** Counts of each label against all other classes, also against those not in `labels`. */
  oneVsRest(labels: readonly Label[]): OneVsRest[] {
    let total = 0;
    const [rows, columns] = [new Map<Label, number>(), new Map<Label, number>()];
    for (const { row, column, weight } of this.cells()) {
      total += weight;
      rows.set(row, (rows.get(row) ?? 0) + weight);
      columns.set(column, (columns.get(column) ?? 0) + weight);
    }
    return labels.map((label) => {
      const tp = this.get(label, label);
      const [fn, fp] = [(rows.get(label) ?? 0) - tp, (columns.get(label) ?? 0) - tp];
      return { tp, fp, fn, tn: total - tp - fp - fn };
    });
  }

  override merge(other: ConfusionCounts): void {
    this.#requireKind(other.labels());
    super.merge(other);
  }

  protected override addLabels(truth: readonly Label[], prediction: readonly Label[], weights: Float64Array) {
    this.#requireKind(truth, prediction);
    super.addLabels(truth, prediction, weights);
  }

  #requireKind(...lists: (readonly Label[])[]): void {
    let kind = this.#kind;
    for (const labels of lists) {
      for (const label of labels) {
        kind ??= typeof label;
        if (typeof label === kind) continue;
        throw new RangeError(
          `The classes are both numbers and names (${JSON.stringify(label)} among ${kind}s); use one of the two.`,
        );
      }
    }
    this.#kind = kind;
  }
}
