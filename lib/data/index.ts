// `dl.data`: data sets by name, synthetic ones, examples as tensors, and the seeded random source.

export { ArrayExamples } from "./arrays.ts";
export { card, type DatasetCard, names } from "./card.ts";
export type {
  Dataset,
  DatasetsByName,
  DetectionDataset,
  LabelledImagesDataset,
  SegmentationDataset,
  TableDataset,
  TextDataset,
  VolumesDataset,
} from "./dataset.ts";
export { DetectionImages, type ObjectBoxes, type PixelBox } from "./detection-images.ts";
export type { Batch, Examples, TensorPair } from "./examples.ts";
export * as formats from "./formats/index.ts";
export { LabelledImages } from "./labelled-images.ts";
export { type LoadOptions, load } from "./load.ts";
export { type RandomSource, random } from "./random.ts";
export { SegmentedImages } from "./segmented-images.ts";
export * as synthetic from "./synthetic/index.ts";
export { type Column, Table } from "./table.ts";
export { Volume } from "./volume.ts";
