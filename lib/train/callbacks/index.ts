// `dl.train.callbacks`: what can take part in a training run.

export { accumulateGradients } from "./accumulate-gradients.ts";
export { type CheckpointOptions, checkpoint } from "./checkpoint.ts";
export { type ClipGradientsOptions, clipGradients } from "./clip-gradients.ts";
export { type CsvLoggerOptions, csvLogger } from "./csv-logger.ts";
export { type CutmixOptions, cutmix } from "./cutmix.ts";
export { type EarlyStopping, type EarlyStoppingOptions, earlyStopping } from "./early-stopping.ts";
export {
  type Flow,
  type HistogramRecord,
  type Histograms,
  type HistogramsOptions,
  histograms,
} from "./histograms.ts";
export { type LearningRateOptions, learningRate } from "./learning-rate.ts";
export { type MixupOptions, mixup } from "./mixup.ts";
export { type MovingAverage, type MovingAverageOptions, movingAverage } from "./moving-average.ts";
export { nanGuard } from "./nan-guard.ts";
export { type ReduceOnPlateauOptions, reduceOnPlateau } from "./reduce-on-plateau.ts";
export { type TensorBoardOptions, tensorBoard } from "./tensor-board.ts";
export { type StochasticWeightAveragingOptions, stochasticWeightAveraging } from "./weight-averaging.ts";
