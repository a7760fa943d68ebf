// The area under the ROC curve: the chance that a positive example scores higher than a negative one, ties counting
// half. For several classes each against the rest, or each pair (Hand and Till, 2001).

import { requireOneOf } from "../../data/nearest.ts";
import { meanOfNumbers, type Weighted } from "../classification/average.ts";
import { columnLabels, requireRowSums } from "../classification/probabilities.ts";
import { Metric } from "../metric.ts";
import type { Label, Labels, Matrix, Vector } from "../values.ts";
import {
  averageOverClasses,
  type RankAverage,
  type RankAveraged,
  requireRankAverage,
} from "./class-average.ts";
import { auc, type RocPoints, rocPoints } from "./roc-curve.ts";
import {
  type BinaryScores,
  binaryScores,
  presentLabels,
  type ScoreBatch,
  type Scored,
  ScoredLabels,
} from "./scored-labels.ts";

export interface RocAucOptions<Kind extends RankAverage = RankAverage> {
  /** How the classes' areas become one, for more than two classes. Defaults to `"macro"`. */
  average?: Kind;
  /** Each class against the rest, or each pair of classes. Defaults to `"ovr"`. */
  multiClass?: "ovr" | "ovo";
  /**
   * Area up to this false positive rate, rescaled so that chance is 0.5 and perfect is 1 (McClish, 1989); for two
   * classes. Defaults to `1`: the whole area.
   */
  maxFpr?: number;
  /** The class of each column. Defaults as in `logLoss`; of two classes the later is the positive one. */
  labels?: readonly Label[];
}

/** Streaming {@link rocAucScore}; keeps all scores. */
export class RocAucScore<Kind extends RankAverage = "macro"> extends Metric<
  ScoreBatch,
  ScoredLabels,
  RankAveraged<Kind>
> {
  constructor(options: RocAucOptions<Kind> = {}) {
    const { average = "macro", multiClass = "ovr", maxFpr = 1 } = options;
    requireRankAverage(average);
    requireOneOf("multiClass", multiClass, ["ovr", "ovo"]);
    if (!(maxFpr > 0 && maxFpr <= 1)) {
      throw new RangeError(`maxFpr is ${maxFpr}; it must be above 0 and at most 1.`);
    }
    super({
      options,
      state: () => new ScoredLabels(),
      result: (state) => {
        const scored = state.all();
        const area =
          scored.columns <= 2
            ? binaryAuc(scored, options)
            : multiClassAuc(scored, { ...options, average, multiClass, maxFpr });
        return area as RankAveraged<Kind>;
      },
    });
  }
}

/**
 * Area under the ROC curve, 0.5 for chance and 1 for a perfect ranking; NaN where a class that is needed, or its
 * opposite, does not occur.
 *
 * @param yTrue True classes, `[n]`.
 * @param yScore For two classes scores of any scale for the later class, `[n]` (or `[n, 2]`); for more
 *   probabilities, `[n, classes]`.
 * @throws RangeError if the two are empty or differ in length, or don't fit the options.
 */
export function rocAucScore<Kind extends RankAverage = "macro">(
  yTrue: Labels,
  yScore: Vector | Matrix,
  options: RocAucOptions<Kind> & Weighted = {},
): RankAveraged<Kind> {
  return new RocAucScore(options).update(yTrue, yScore, options.sampleWeight).result();
}

/**
 * The scores of the later of two classes.
 *
 * @throws RangeError if there are more than two classes.
 */
export function twoClassScores(scored: Scored, labels?: readonly Label[]): BinaryScores {
  const present = presentLabels(scored);
  if (present.length > 2) {
    throw new RangeError(
      `There are ${present.length} classes and ${scored.columns} column(s) of scores; for more than two classes ` +
        "give the probabilities of all, [examples, classes].",
    );
  }
  // One class alone has no area, whichever of the two it is.
  const positive = present.length < 2 ? present[0] : columnLabels(present, 2, labels)[1];
  return binaryScores(scored, positive as Label, scored.columns - 1);
}

function binaryAuc(scored: Scored, { maxFpr = 1, labels }: RocAucOptions): number {
  return areaUpTo(rocPoints(twoClassScores(scored, labels)), maxFpr);
}

function areaUpTo({ fpr, tpr }: RocPoints, maxFpr: number): number {
  if (Number.isNaN(fpr[0]) || Number.isNaN(tpr[0])) return Number.NaN;
  if (maxFpr === 1) return auc(fpr, tpr);
  const stop = fpr.findIndex((rate) => rate > maxFpr);
  const [x0, x1] = [fpr[stop - 1], fpr[stop]] as [number, number];
  const [y0, y1] = [tpr[stop - 1], tpr[stop]] as [number, number];
  const height = y0 + ((y1 - y0) / (x1 - x0)) * (maxFpr - x0);
  const area = auc([...fpr.slice(0, stop), maxFpr], [...tpr.slice(0, stop), height]);
  const chance = maxFpr ** 2 / 2;
  return (1 + (area - chance) / (maxFpr - chance)) / 2;
}

function multiClassAuc(
  scored: Scored,
  { average, multiClass, maxFpr, labels }: Required<Omit<RocAucOptions, "labels">> & RocAucOptions,
): number | number[] {
  const { columns, scores } = scored;
  requireRowSums("yScore", { rows: scored.labels.length, columns, values: scores, epsilon: 0 });
  if (maxFpr !== 1)
    throw new RangeError(`maxFpr is ${maxFpr}, but there are ${columns} classes; it is for two.`);
  const classes = columnLabels(presentLabels(scored), columns, labels);
  return multiClass === "ovr"
    ? averageOverClasses(scored, classes, average, (scores) => areaUpTo(rocPoints(scores), 1))
    : oneVsOne(scored, classes, average);
}

function oneVsOne(scored: Scored, classes: readonly Label[], average: RankAverage): number {
  if (average !== "macro" && average !== "weighted") {
    throw new RangeError(`average is "${average}"; for pairs of classes it must be "macro" or "weighted".`);
  }
  if (scored.weighted)
    throw new RangeError('sampleWeight has no meaning with multiClass "ovo"; leave it out.');
  const [areas, weights]: [number[], number[]] = [[], []];
  for (const [first, a] of classes.entries()) {
    for (const [offset, b] of classes.slice(first + 1).entries()) {
      const second = first + 1 + offset;
      const pair = onlyLabels(scored, [a, b]);
      const area = (label: Label, column: number) =>
        areaUpTo(rocPoints(binaryScores(pair, label, column)), 1);
      areas.push(pair.labels.length === 0 ? Number.NaN : (area(a, first) + area(b, second)) / 2);
      weights.push(average === "weighted" ? pair.labels.length : 1);
    }
  }
  return areas.some(Number.isNaN) ? Number.NaN : meanOfNumbers(areas, weights);
}

function onlyLabels({ labels, scores, columns, ...rest }: Scored, wanted: readonly Label[]): Scored {
  const rows = labels.flatMap((label, row) => (wanted.includes(label) ? [row] : []));
  return {
    ...rest,
    labels: rows.map((row) => labels[row] as Label),
    scores: Float64Array.from(
      rows.flatMap((row) => Array.from(scores.subarray(row * columns, (row + 1) * columns))),
    ),
    columns,
    weights: new Float64Array(rows.length).fill(1),
  };
}
