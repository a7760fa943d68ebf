// `dl.train`: training, measuring and using models.

import { recordOwnTraining } from "./own-training.ts";

export * from "../selection/index.ts";
export { type UpdateBatchNormalizationOptions, updateBatchNormalization } from "./batch-normalization.ts";
export type { CallbackMemory, FitCallback, FitState, Gradient } from "./callback.ts";
export * as callbacks from "./callbacks/index.ts";
export type { CompileOptions } from "./compile.ts";
export { classify, type EvaluateOptions, type Evaluation, evaluate, predict } from "./evaluate.ts";
export {
  type FoundLearningRate,
  type LearningRateFinderOptions,
  learningRateFinder,
} from "./finder/learning-rate-finder.ts";
export { type OverfitBatchOptions, type OverfitResult, overfitBatch } from "./finder/overfit-batch.ts";
export { type FitOptions, fit } from "./fit.ts";
export { History } from "./history.ts";
export { initialize } from "./initialize.ts";
export { discriminativeRates, freeze } from "./layer-rates.ts";
export * as losses from "./losses/index.ts";
export * as optimizers from "./optimizers/index.ts";
export * as schedules from "./schedules/index.ts";

recordOwnTraining();
