// The curves of a classifier as figures. The confusion matrix as a figure is `plot.confusionMatrix`.

import { lines } from "../plot/charts.ts";
import type { Figure } from "../plot/figure.ts";
import type { Weighted } from "./classification/average.ts";
import { type CalibrationCurveOptions, calibrationCurve } from "./ranking/calibration.ts";
import { averagePrecisionScore, precisionRecallCurve } from "./ranking/precision-recall.ts";
import { auc, rocCurve } from "./ranking/roc-curve.ts";
import type { PositiveLabel } from "./ranking/scored-labels.ts";
import type { Labels, Vector } from "./values.ts";

/** Scores of the positive class, `[n]`, or of several models by name. */
export type NamedScores = Vector | Record<string, Vector>;

export interface CurveFigureOptions extends PositiveLabel, Weighted {
  title?: string;
}

/**
 * Chart of the ROC curve of one model or several, with the area under each.
 *
 * @param yTrue True classes, `[n]`.
 * @param yScore Scores of the positive class, `[n]`, or of each model by its name.
 * @throws RangeError as `rocCurve`, or if one of the two classes does not occur.
 */
export function plotRocCurve(yTrue: Labels, yScore: NamedScores, options: CurveFigureOptions = {}): Figure {
  const curves = forEachModel(yScore, (scores) => {
    const { fpr, tpr } = rocCurve(yTrue, scores, options);
    if (Number.isNaN(fpr[0]) || Number.isNaN(tpr[0])) {
      throw new RangeError("All examples are of one class; a ROC curve needs positive and negative ones.");
    }
    return { x: fpr, y: tpr, note: `AUC ${auc(fpr, tpr).toFixed(3)}` };
  });
  return lines(
    { ...curves, chance: { x: [0, 1], y: [0, 1] } },
    { title: options.title ?? "ROC curve", x: "false positive rate", y: "true positive rate", height: 420 },
  );
}

/**
 * Chart of the precision-recall curve of one model or several as steps, with the average precision of each; the line
 * "chance" is the part of positive examples.
 *
 * @param yTrue True classes, `[n]`.
 * @param yScore Scores of the positive class, `[n]`, or of each model by its name.
 * @throws RangeError as `precisionRecallCurve`.
 */
export function plotPrecisionRecallCurve(
  yTrue: Labels,
  yScore: NamedScores,
  options: CurveFigureOptions = {},
): Figure {
  let chance = 0;
  const curves = forEachModel(yScore, (scores) => {
    const { precision, recall } = precisionRecallCurve(yTrue, scores, { ...options, dropIntermediate: true });
    chance = precision[0] as number;
    const area = averagePrecisionScore(yTrue, scores, options);
    return { ...steps(recall.toReversed(), precision.toReversed()), note: `AP ${area.toFixed(3)}` };
  });
  return lines(
    { ...curves, chance: { x: [0, 1], y: [chance, chance] } },
    { title: options.title ?? "Precision and recall", x: "recall", y: "precision", height: 420 },
  );
}

/**
 * Reliability diagram of one model or several: part of positive examples over predicted probability. A calibrated
 * model follows the diagonal; below it the model is too sure.
 *
 * @param yTrue True classes, `[n]`.
 * @param yProb Probabilities of the positive class, `[n]`, or of each model by its name.
 * @throws RangeError as `calibrationCurve`.
 */
export function plotCalibrationCurve(
  yTrue: Labels,
  yProb: NamedScores,
  options: CalibrationCurveOptions & CurveFigureOptions = {},
): Figure {
  const curves = forEachModel(yProb, (scores) => {
    const { probTrue, probPred } = calibrationCurve(yTrue, scores, options);
    return { x: probPred, y: probTrue };
  });
  return lines(
    { ...curves, calibrated: { x: [0, 1], y: [0, 1] } },
    {
      title: options.title ?? "Reliability",
      x: "mean predicted probability",
      y: "part that is positive",
      points: true,
      height: 420,
    },
  );
}

interface Curve {
  x: number[];
  y: number[];
  note?: string;
}

function forEachModel(scores: NamedScores, curve: (scores: Vector) => Curve): Record<string, Curve> {
  const isOne = "length" in scores || "dataSync" in scores;
  const models = isOne ? { model: scores as Vector } : (scores as Record<string, Vector>);
  return Object.fromEntries(
    Object.entries(models).map(([name, each]) => {
      const { note, ...points } = curve(each);
      return [note ? `${name} (${note})` : name, points];
    }),
  );
}

/** Precision holds back to the point before: a step, as the average precision sums it. */
function steps(x: number[], y: number[]): { x: number[]; y: number[] } {
  return {
    x: x.flatMap((value, index) => (index === 0 ? [value] : [x[index - 1] as number, value])),
    y: y.flatMap((value, index) => (index === 0 ? [y[1] ?? value] : [value, value])),
  };
}
