// `dl.data`: data sets by name, examples as tensors, and the seeded random source.

export { card, type DatasetCard, names } from "./card.ts";
export type { Batch, Examples, TensorPair } from "./examples.ts";
export { LabelledImages } from "./labelled-images.ts";
export { type Dataset, type LoadOptions, load } from "./load.ts";
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
export * as text from "./text/index.ts";
