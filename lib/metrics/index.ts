// `dl.metrics`: scores of predictions. Each is a function, named as in scikit-learn, and a class of the same name with a
// capital letter for examples that arrive batch by batch (`update`, `result`, `reset`, `merge`).

export {
  type AccuracyOptions,
  AccuracyScore,
  accuracyScore,
  type BalancedAccuracyOptions,
  BalancedAccuracyScore,
  balancedAccuracyScore,
  type CohenKappaOptions,
  CohenKappaScore,
  cohenKappaScore,
  MatthewsCorrcoef,
  matthewsCorrcoef,
} from "./classification/agreement.ts";
export type { Average, Averaged, AverageOptions, Weighted } from "./classification/average.ts";
export {
  ConfusionMatrix,
  type ConfusionMatrixOptions,
  confusionMatrix,
} from "./classification/confusion-matrix.ts";
export type { LabelBatch } from "./classification/counts.ts";
export type { ProbabilityBatch } from "./classification/probabilities.ts";
export {
  BrierScoreLoss,
  type BrierScoreOptions,
  brierScoreLoss,
  LogLoss,
  type LogLossOptions,
  logLoss,
  type TopKAccuracyOptions,
  TopKAccuracyScore,
  topKAccuracyScore,
} from "./classification/probability-scores.ts";
export {
  F1Score,
  type FbetaOptions,
  FbetaScore,
  f1Score,
  fbetaScore,
  JaccardScore,
  jaccardScore,
  PrecisionScore,
  precisionScore,
  RecallScore,
  recallScore,
  SpecificityScore,
  specificityScore,
} from "./classification/ratios.ts";
export {
  ClassificationReport,
  type ClassificationReportOptions,
  classificationReport,
  type Report,
  type ReportRow,
} from "./classification/report.ts";
export {
  AdjustedRandScore,
  adjustedRandScore,
  type ClusterBatch,
  type NormalizedMutualInfoOptions,
  NormalizedMutualInfoScore,
  normalizedMutualInfoScore,
} from "./clustering/agreement.ts";
export {
  type PointBatch,
  type SilhouetteOptions,
  SilhouetteSamples,
  SilhouetteScore,
  silhouetteSamples,
  silhouetteScore,
} from "./clustering/silhouette.ts";
export { type Convention, interpolatedAveragePrecision } from "./detection/average-precision.ts";
export { type BoxFormat, type BoxOptions, boxIoU, generalizedBoxIoU } from "./detection/boxes.ts";
export {
  type DetectedBoxes,
  type DetectionBatch,
  type DetectionScores,
  MeanAveragePrecision,
  type MeanAveragePrecisionOptions,
  meanAveragePrecision,
  type TrueBoxes,
} from "./detection/mean-average-precision.ts";
export {
  type NonMaxSuppressionOptions,
  nonMaxSuppression,
  type SoftNonMaxSuppressionOptions,
  softNonMaxSuppression,
} from "./detection/suppression.ts";
export { Metric } from "./metric.ts";
export {
  type CurveFigureOptions,
  type NamedScores,
  plotCalibrationCurve,
  plotPrecisionRecallCurve,
  plotRocCurve,
} from "./plots.ts";
export {
  CalibrationCurve,
  type CalibrationCurveOptions,
  type CalibrationErrorOptions,
  type CalibrationPoints,
  calibrationCurve,
  ExpectedCalibrationError,
  expectedCalibrationError,
} from "./ranking/calibration.ts";
export type { RankAverage, RankAveraged } from "./ranking/class-average.ts";
export {
  type BootstrapOptions,
  bootstrapInterval,
  type RocAucIntervalOptions,
  rocAucInterval,
  type ScoreInterval,
} from "./ranking/intervals.ts";
export {
  type OperatingPoint,
  PrecisionAtRecall,
  type PrecisionAtRecallOptions,
  precisionAtRecall,
  RecallAtPrecision,
  type RecallAtPrecisionOptions,
  recallAtPrecision,
} from "./ranking/operating-points.ts";
export {
  type AveragePrecisionOptions,
  AveragePrecisionScore,
  averagePrecisionScore,
  PrecisionRecallCurve,
  type PrecisionRecallCurveOptions,
  type PrecisionRecallPoints,
  precisionRecallCurve,
} from "./ranking/precision-recall.ts";
export { type RocAucOptions, RocAucScore, rocAucScore } from "./ranking/roc-auc.ts";
export { auc, RocCurve, type RocCurveOptions, type RocPoints, rocCurve } from "./ranking/roc-curve.ts";
export type { PositiveLabel, ScoreBatch } from "./ranking/scored-labels.ts";
export {
  type ExplainedOptions,
  type ExplainedOutput,
  ExplainedVarianceScore,
  explainedVarianceScore,
  R2Score,
  r2Score,
} from "./regression/explained.ts";
export {
  MeanAbsoluteError,
  MeanAbsolutePercentageError,
  MeanSquaredError,
  MeanSquaredLogError,
  meanAbsoluteError,
  meanAbsolutePercentageError,
  meanSquaredError,
  meanSquaredLogError,
  RootMeanSquaredError,
  rootMeanSquaredError,
} from "./regression/mean-errors.ts";
export { MaxError, MedianAbsoluteError, maxError, medianAbsoluteError } from "./regression/order-errors.ts";
export type { MultiOutput, OutputScore, RegressionBatch, RegressionOptions } from "./regression/outputs.ts";
export {
  DiceScore,
  diceScore,
  type MaskBatch,
  type MaskOptions,
  type MaskScoreOptions,
  MeanIoU,
  meanIoU,
  PixelAccuracy,
  pixelAccuracy,
} from "./segmentation/scores.ts";
export {
  CharacterErrorRate,
  characterErrorRate,
  editDistance,
  type TextBatch,
  WordErrorRate,
  wordErrorRate,
} from "./text/edit-distance.ts";
export { Perplexity, type PerplexityOptions, perplexity, type TokenBatch } from "./text/perplexity.ts";
export type { Label, Labels, Matrix, Nested, Vector } from "./values.ts";
