// `dl.data`: data sets by name, examples as tensors, and the seeded random source.

export * as augment from "./augment/index.ts";
export { card, type DatasetCard, names } from "./card.ts";
export type { Batch, BatchesOptions, Examples, TensorPair } from "./examples.ts";
export { LabelledImages } from "./labelled-images.ts";
export { type Dataset, type LoadOptions, load } from "./load.ts";
export {
  type LooseSample,
  type MapContext,
  type MapFunction,
  type MapOptions,
  type Pipeline,
  pipeline,
  type SampleSource,
  type Source,
} from "./pipeline/index.ts";
export {
  type Categories,
  type Category,
  classWeights,
  Imputer,
  type Labels,
  type Like,
  MinMaxScaler,
  OneHotEncoder,
  RobustScaler,
  type Sampler,
  type SplitOptions,
  StandardScaler,
  samplers,
  split,
  type Table,
} from "./prepare/index.ts";
export { type RandomSource, random } from "./random.ts";
export type { Box, Keypoint, Sample, Values } from "./sample.ts";
export * as text from "./text/index.ts";
