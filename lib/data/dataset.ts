// What a data set is once it is loaded: by kind, since a table has no images and a text no classes.

import type { displaySymbol, MimeBundle } from "../plot/display.ts";
import type { ArrayExamples } from "./arrays.ts";
import type { DatasetCard } from "./card.ts";
import type { DetectionImages } from "./detection-images.ts";
import type { LabelledImages } from "./labelled-images.ts";
import type { LabelledMeshes } from "./labelled-meshes.ts";
import type { Mesh } from "./mesh.ts";
import type { PairedImages } from "./paired-images.ts";
import type { SegmentedImages } from "./segmented-images.ts";
import type { Table } from "./table.ts";
import type { Volume } from "./volume.ts";

/** Images with one class each. */
export interface LabelledImagesContent {
  kind: "labelled-images";
  /** Images to learn from; take validation images from here with `train.split(0.2)`. */
  train: LabelledImages;
  /** Images for one final evaluation. */
  test: LabelledImages;
  classNames: readonly string[];
  /** Shape of one image: height, width, channels. */
  shape: readonly [height: number, width: number, channels: number];
}

/** Images with one class each that nobody has split. */
export interface UnsplitImagesContent {
  kind: "unsplit-images";
  /** All images; take some for evaluation from here with `all.split(0.2)`. */
  all: LabelledImages;
  classNames: readonly string[];
  /** Shape of one image: height, width, channels. */
  shape: readonly [height: number, width: number, channels: number];
}

/** Curves with one class each. */
export interface SignalsContent {
  kind: "signals";
  /** Curves to learn from; take validation curves from here with `train.split(0.2)`. */
  train: ArrayExamples;
  /** Curves for one final evaluation. */
  test: ArrayExamples;
  classNames: readonly string[];
  /** Shape of one curve: its length. */
  shape: readonly [length: number];
}

export interface TableContent {
  kind: "table";
  table: Table;
  /** The column that is usually predicted. */
  target: string;
}

export interface TextContent {
  kind: "text";
  text: string;
  /** The text's lines that are not empty. */
  lines: readonly string[];
}

/** Images with boxes around their objects. */
export interface DetectionContent {
  kind: "detection";
  train: DetectionImages;
  validation: DetectionImages;
  test: DetectionImages;
  classNames: readonly string[];
  /** Shape of one image: height, width, channels. */
  shape: readonly [height: number, width: number, channels: number];
}

/** Images with a class for every pixel; only training images have published masks. */
export interface SegmentationContent {
  kind: "segmentation";
  train: SegmentedImages;
  classNames: readonly string[];
  /** Shape of one image: height, width, channels. */
  shape: readonly [height: number, width: number, channels: number];
}

/** Damaged images, such as hazy ones, and the clear ones that they are to become. */
export interface RestorationContent {
  kind: "restoration";
  all: PairedImages;
  /** Shape of one image: height, width, channels. */
  shape: readonly [height: number, width: number, channels: number];
}

/** One surface in space. */
export interface MeshContent {
  kind: "mesh";
  mesh: Mesh;
}

/** Surfaces in space with one class each. */
export interface LabelledMeshesContent {
  kind: "labelled-meshes";
  train: LabelledMeshes;
  test: LabelledMeshes;
  classNames: readonly string[];
}

export interface VolumesContent {
  kind: "volumes";
  /** The volumes by the name of their file, without its ending. */
  volumes: Readonly<Record<string, Volume>>;
}

export type DatasetContent =
  | LabelledImagesContent
  | UnsplitImagesContent
  | SignalsContent
  | RestorationContent
  | MeshContent
  | LabelledMeshesContent
  | TableContent
  | TextContent
  | DetectionContent
  | SegmentationContent
  | VolumesContent;

interface DatasetBase {
  name: string;
  card: DatasetCard;
  /** Whether these are all examples, the sample that ships, a known part found here, or computed ones of the same shape. */
  part: "whole" | "sample" | "subset" | "stand-in";
  /** `false` if these are not all examples of the set. */
  whole: boolean;
  /** `true` if these are computed examples in place of the real ones: good to try a program, of no worth as a result. */
  synthetic: boolean;
  [displaySymbol](): MimeBundle;
}

export type LabelledImagesDataset = DatasetBase & LabelledImagesContent;
export type UnsplitImagesDataset = DatasetBase & UnsplitImagesContent;
export type SignalsDataset = DatasetBase & SignalsContent;
export type RestorationDataset = DatasetBase & RestorationContent;
export type MeshDataset = DatasetBase & MeshContent;
export type LabelledMeshesDataset = DatasetBase & LabelledMeshesContent;
export type TableDataset = DatasetBase & TableContent;
export type TextDataset = DatasetBase & TextContent;
export type DetectionDataset = DatasetBase & DetectionContent;
export type SegmentationDataset = DatasetBase & SegmentationContent;
export type VolumesDataset = DatasetBase & VolumesContent;

/** A loaded data set of any kind; `kind` tells which. */
export type Dataset = DatasetBase & DatasetContent;

/** What each name loads as. */
export interface DatasetsByName {
  bccd: DetectionDataset;
  "breast-cancer": TableDataset;
  bunny: MeshDataset;
  "california-housing": TableDataset;
  chaos: SegmentationDataset;
  "cifar-10": LabelledImagesDataset;
  "dense-haze": RestorationDataset;
  digits: UnsplitImagesDataset;
  "fashion-mnist": LabelledImagesDataset;
  gtsrb: LabelledImagesDataset;
  iris: TableDataset;
  "isbi-em": SegmentationDataset;
  "lfw-faces": UnsplitImagesDataset;
  "mauna-loa-co2": TableDataset;
  mnist: LabelledImagesDataset;
  "mnist-1d": SignalsDataset;
  modelnet10: LabelledMeshesDataset;
  mri: VolumesDataset;
  names: TextDataset;
  "orl-faces": UnsplitImagesDataset;
  "reside-sots": RestorationDataset;
  "seattle-weather": TableDataset;
  "time-machine": TextDataset;
  tinyshakespeare: TextDataset;
  "voc-2007": DetectionDataset;
  wine: TableDataset;
}
