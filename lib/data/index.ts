// `dl.data`: data sets by name, synthetic ones, their preparation, and pipelines that feed the training.

export { ArrayExamples } from "./arrays.ts";
export * as augment from "./augment/index.ts";
export { card, type DatasetCard, names } from "./card.ts";
export type {
  Dataset,
  DatasetsByName,
  DetectionDataset,
  LabelledImagesDataset,
  LabelledMeshesDataset,
  MeshDataset,
  RestorationDataset,
  SegmentationDataset,
  SignalsDataset,
  TableDataset,
  TextDataset,
  UnsplitImagesDataset,
  VolumesDataset,
} from "./dataset.ts";
export { DetectionImages, type ObjectBoxes, type PixelBox } from "./detection-images.ts";
export type { Batch, BatchesOptions, Examples, TensorPair } from "./examples.ts";
export * as formats from "./formats/index.ts";
export { LabelledImages } from "./labelled-images.ts";
export { LabelledMeshes } from "./labelled-meshes.ts";
export { type LoadOptions, load } from "./load.ts";
export { Mesh } from "./mesh.ts";
export { PairedImages } from "./paired-images.ts";
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
  type Rows,
  type Sampler,
  type SplitOptions,
  StandardScaler,
  samplers,
  split,
} from "./prepare/index.ts";
export { type RandomSource, random } from "./random.ts";
export type { Box, Keypoint, Sample, Values } from "./sample.ts";
export { SegmentedImages } from "./segmented-images.ts";
export * as synthetic from "./synthetic/index.ts";
export { type Column, Table } from "./table.ts";
export * as text from "./text/index.ts";
export type { TensorArray, TypedArray } from "./typed-array.ts";
export { Volume } from "./volume.ts";
