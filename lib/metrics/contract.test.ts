import * as tf from "@tensorflow/tfjs";
import { type AnyMetric, type MetricCase, metricContract } from "./battery/contract.ts";
import { references } from "./battery/references.ts";
import * as metrics from "./index.ts";

await tf.setBackend("cpu");

const { classes, scores, probabilities, regression, segmentation, clustering, detection } = references;

const labels = [classes.yTrue, classes.yPred, classes.sampleWeight];
const binary = [scores.yTrue, scores.yScore, scores.sampleWeight];
const several = [probabilities.yTrue, probabilities.yProb, probabilities.sampleWeight];
const unweighted = several.slice(0, 2);
const values = [regression.yTrue, regression.yPred, regression.sampleWeight];
const masks = [segmentation.yTrue.flat(), segmentation.yPred.flat()];
const groups = [clustering.known, clustering.found];
const points = [clustering.points.map((row: number[]) => row.map(Math.fround)), clustering.found];
const images = [
  detection.images.map((image: { true: object }) => image.true),
  detection.images.map((image: { found: object }) => image.found),
];
const texts = [
  ["der Hund", "die Katze schläft", "ein Vogel 🐦", ""],
  ["der Hut", "die Katze", "kein Vogel", ""],
];

type Options = Record<string, unknown>;
type MetricClass = new (options: never) => object;
type Score = (...args: never[]) => unknown;

/** A class, its function, its batch, its options, and other options if it takes any. */
function add(
  Class: MetricClass,
  score: Score,
  batch: unknown[][],
  options: Options = {},
  other?: Options,
  ordered = false,
): void {
  const make = (chosen: Options) => () => new Class(chosen as never) as AnyMetric;
  const item: MetricCase = {
    create: make(options),
    score: (...[first, second, sampleWeight]) =>
      score(...([first, second, { ...options, ...(sampleWeight && { sampleWeight }) }] as never[])),
    batch,
    ordered,
    ...(other && { other: make(other) }),
  };
  const shown = Object.keys(options).length ? ` ${JSON.stringify(options)}` : "";
  metricContract(`${Class.name}${shown}`, item);
}

add(metrics.AccuracyScore, metrics.accuracyScore, labels, {}, { normalize: false });
add(metrics.BalancedAccuracyScore, metrics.balancedAccuracyScore, labels, {}, { adjusted: true });
add(metrics.MatthewsCorrcoef, metrics.matthewsCorrcoef, labels);
add(metrics.CohenKappaScore, metrics.cohenKappaScore, labels, { weights: "linear" }, {});
add(metrics.ConfusionMatrix, metrics.confusionMatrix, labels, { normalize: "true" }, { normalize: "pred" });
add(metrics.ClassificationReport, metrics.classificationReport, labels, { digits: 3 }, {});
for (const average of ["micro", "macro", "weighted", "none"]) {
  const other = { average: "binary" };
  add(metrics.PrecisionScore, metrics.precisionScore, labels, { average }, other);
  add(metrics.RecallScore, metrics.recallScore, labels, { average }, other);
  add(metrics.F1Score, metrics.f1Score, labels, { average }, other);
  add(metrics.FbetaScore, metrics.fbetaScore, labels, { average, beta: 2 }, { average, beta: 1 });
  add(metrics.SpecificityScore, metrics.specificityScore, labels, { average }, other);
  add(metrics.JaccardScore, metrics.jaccardScore, labels, { average }, other);
}
add(metrics.LogLoss, metrics.logLoss, several, {}, { normalize: false });
add(metrics.LogLoss, metrics.logLoss, binary, { normalize: false });
add(metrics.BrierScoreLoss, metrics.brierScoreLoss, several, {}, { scaleByHalf: true });
add(metrics.TopKAccuracyScore, metrics.topKAccuracyScore, several, { k: 2 }, { k: 3 });
add(metrics.RocCurve, metrics.rocCurve, binary, { dropIntermediate: false }, {});
add(metrics.RocAucScore, metrics.rocAucScore, binary, { maxFpr: 0.2 }, { maxFpr: 0.3 });
add(metrics.RocAucScore, metrics.rocAucScore, several, { average: "none" }, { average: "micro" });
add(metrics.RocAucScore, metrics.rocAucScore, unweighted, { multiClass: "ovo" }, {});
add(metrics.PrecisionRecallCurve, metrics.precisionRecallCurve, binary, {}, { posLabel: 0 });
add(metrics.AveragePrecisionScore, metrics.averagePrecisionScore, several, {}, { average: "none" });
add(metrics.PrecisionAtRecall, metrics.precisionAtRecall, binary, { recall: 0.8 }, { recall: 0.5 });
add(metrics.RecallAtPrecision, metrics.recallAtPrecision, binary, { precision: 0.8 }, { precision: 0.5 });
add(metrics.CalibrationCurve, metrics.calibrationCurve, binary, { strategy: "quantile" }, {});
add(metrics.ExpectedCalibrationError, metrics.expectedCalibrationError, several, {}, { nBins: 5 });
const raw = { multioutput: "rawValues" };
add(metrics.MeanSquaredError, metrics.meanSquaredError, values, raw, {});
add(metrics.RootMeanSquaredError, metrics.rootMeanSquaredError, values, raw, {});
add(metrics.MeanAbsoluteError, metrics.meanAbsoluteError, values, raw, {});
add(metrics.MedianAbsoluteError, metrics.medianAbsoluteError, values, raw, {});
add(metrics.MeanSquaredLogError, metrics.meanSquaredLogError, values, raw, {});
add(metrics.MeanAbsolutePercentageError, metrics.meanAbsolutePercentageError, values, raw, {});
add(metrics.MaxError, metrics.maxError, values.slice(0, 2));
add(metrics.R2Score, metrics.r2Score, values, { multioutput: "varianceWeighted" }, {});
add(metrics.ExplainedVarianceScore, metrics.explainedVarianceScore, values, {}, { forceFinite: false });
add(metrics.PixelAccuracy, metrics.pixelAccuracy, masks, { ignoreClass: 255 }, {});
add(metrics.MeanIoU, metrics.meanIoU, masks, { ignoreClass: 255, average: "none" }, {});
add(metrics.DiceScore, metrics.diceScore, masks, { ignoreClass: 255, numClasses: 4 }, {});
add(metrics.MeanAveragePrecision, metrics.meanAveragePrecision, images, {}, { convention: "11-point" }, true);
add(
  metrics.MeanAveragePrecision,
  metrics.meanAveragePrecision,
  images,
  { convention: "every-point" },
  {},
  true,
);
add(metrics.CharacterErrorRate, metrics.characterErrorRate, texts);
add(metrics.WordErrorRate, metrics.wordErrorRate, texts);
add(metrics.Perplexity, metrics.perplexity, unweighted, {}, { fromLogits: true });
add(metrics.AdjustedRandScore, metrics.adjustedRandScore, groups);
add(
  metrics.NormalizedMutualInfoScore,
  metrics.normalizedMutualInfoScore,
  groups,
  {},
  { averageMethod: "max" },
);
add(metrics.SilhouetteScore, metrics.silhouetteScore, points, {}, { metric: "cosine" });
add(metrics.SilhouetteSamples, metrics.silhouetteSamples, points, { metric: "manhattan" }, {}, true);
