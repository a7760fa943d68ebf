// Choosing models: splits of the data, cross-validation, search of settings. `dl.train` has it all.

export type { Column, Columns } from "../data/take.ts";
export {
  type Distributions,
  type Draw,
  type Grid,
  integers,
  logUniform,
  uniform,
} from "./candidates.ts";
export {
  type CrossValidateOptions,
  CrossValidation,
  crossValidate,
  type FoldResult,
  type SplitOptions,
} from "./cross-validate.ts";
export { type HalvingOptions, halving } from "./halving.ts";
export type {
  Estimator,
  LabelledData,
  LearnOptions,
  ScoreFunction,
  Scores,
  Trainable,
} from "./learn.ts";
export {
  gridSearch,
  type ModelMaker,
  type RandomSearchOptions,
  randomSearch,
  type SearchOptions,
} from "./search.ts";
export { type Candidate, SearchResult } from "./search-result.ts";
export type { Split, SplitInput, Splitter } from "./splits.ts";
export {
  type FoldOptions,
  groupKFold,
  type KFoldOptions,
  kFold,
  leaveOneOut,
  type RepeatedOptions,
  repeated,
  stratifiedKFold,
  type TimeSeriesSplitOptions,
  timeSeriesSplit,
} from "./splitters.ts";
export type { Spread } from "./table.ts";
export type { ModelModule } from "./workers.ts";
