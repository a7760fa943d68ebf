// Choosing models: splits of the data, cross-validation, search of settings. `dl.train` has it all.

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
export { type TrainTestSplitOptions, trainTestSplit } from "./train-test-split.ts";
