// Data sets by name. What `load` gives is decided by its arguments: the shipped sample unless the whole set
// is asked for. A set that ships without a sample is looked for, and replaced by a stand-in if it can't be had.

import { displaySymbol, displayTarget } from "../plot/display.ts";
import { card, countSplits, type DatasetCard, type DatasetFormat, type Splits, standInCard } from "./card.ts";
import type { Dataset, DatasetContent, DatasetsByName } from "./dataset.ts";
import {
  DatasetMissingError,
  type FindOptions,
  type FoundFiles,
  isHere,
  readSample,
  readWhole,
} from "./files.ts";
import { readChaosSet } from "./sets/chaos.ts";
import { readHazePairsSet } from "./sets/haze-pairs.ts";
import { readCifar10Set, readGtsrbSet, readIdxSet } from "./sets/labelled-images.ts";
import { limitContent } from "./sets/limit.ts";
import { readMeshModuleSet, readModelNetSet } from "./sets/meshes.ts";
import { readTableSet, readTextSet, readVolumesSet } from "./sets/plain.ts";
import { readPairsSet, readVocSet } from "./sets/regions.ts";
import { readMnist1dSet } from "./sets/signals.ts";
import { standIn } from "./sets/stand-ins.ts";
import { readCsvImagesSet, readNpyImagesSet, readPgmFoldersSet } from "./sets/unsplit-images.ts";

export interface LoadOptions extends FindOptions {
  /**
   * `true` for the whole published set and nothing else, looked for on this machine and downloaded if need be;
   * `false` for what ships with the library: a sample, or a synthetic stand-in where no sample may be shipped.
   * Defaults to the sample where there is one, else to the whole set, a known part of it that this machine has,
   * or the stand-in if there is no network.
   */
  whole?: boolean;
  /** Keep only so many examples of each split, drawn at random, with classes in proportion. */
  limit?: number;
  /** Chooses the examples that `limit` keeps. Defaults to `0`. */
  seed?: number;
}

type Reader = (card: DatasetCard, splits: Splits, files: FoundFiles) => DatasetContent;

const readers: Record<DatasetFormat, Reader> = {
  idx: readIdxSet,
  "cifar-10": readCifar10Set,
  gtsrb: readGtsrbSet,
  "csv-images": readCsvImagesSet,
  "npy-images": readNpyImagesSet,
  "pgm-folders": readPgmFoldersSet,
  "mnist-1d": readMnist1dSet,
  csv: readTableSet,
  text: readTextSet,
  voc: readVocSet,
  "image-pairs": readPairsSet,
  chaos: readChaosSet,
  "haze-pairs": readHazePairsSet,
  nifti: readVolumesSet,
  "mesh-module": readMeshModuleSet,
  modelnet: readModelNetSet,
};

/**
 * Load a data set by name: `await dl.data.load("fashion-mnist")`.
 *
 * What comes back depends on the set's kind: images with classes, boxes or masks, a table, a text or volumes. With
 * a sample, the same arguments give the same examples on every machine. With `{ whole: true }`, the whole set comes
 * from `$NABLAB_DATA/NAME`, the project's `datasets/NAME`, `/usr/share/datasets/NAME`, the user's cache or the
 * official mirrors. Every file's checksum is compared. One line says what was loaded; `synthetic` is true for a
 * stand-in.
 *
 * @throws RangeError for an unknown name or a limit that is not possible; Error if files are damaged, or, with
 *   `{ whole: true }`, nowhere to be found (the message says what to put where); the signal's reason if it is aborted.
 */
export function load<Name extends keyof DatasetsByName>(
  name: Name,
  options?: LoadOptions,
): Promise<DatasetsByName[Name]>;
export function load(name: string, options?: LoadOptions): Promise<Dataset>;
export async function load(name: string, options: LoadOptions = {}): Promise<Dataset> {
  const about = card(name);
  const signal = options.signal ?? displayTarget().interruptSignal();
  signal?.throwIfAborted();
  const found = await find(about, { ...options, signal });
  const all = found.content ?? readers[about.format](about, found.splits, found.files);
  const content = options.limit === undefined ? all : limitContent(all, options.limit, options.seed ?? 0);
  const summary = summarise(about, found.part, content);
  displayTarget().show({ "text/plain": found.note ? `${summary}\n${found.note}` : summary });
  return {
    name,
    card: found.part === "stand-in" ? standInCard(about) : about,
    part: found.part,
    whole: found.part === "whole",
    synthetic: found.part === "stand-in",
    ...content,
    [displaySymbol]: () => ({ "text/plain": summary }),
  };
}

type Found = { part: Dataset["part"]; note?: string } & (
  | { content: DatasetContent }
  | { content?: undefined; splits: Splits; files: FoundFiles }
);

async function find(about: DatasetCard, options: LoadOptions): Promise<Found> {
  const { splits, sample, subset } = about;
  if (sample && !options.whole) {
    return { part: "sample", splits: sample.splits, files: await readSample(about, sample.splits) };
  }
  if (options.whole === false) return { part: "stand-in", content: standIn(about) };
  if (subset && !options.whole && isHere(about, subset.splits) && !isHere(about, splits)) {
    return { part: "subset", splits: subset.splits, files: await readWhole(about, subset.splits, options) };
  }
  try {
    return { part: "whole", splits, files: await readWhole(about, splits, options) };
  } catch (error) {
    if (options.whole || !(error instanceof DatasetMissingError)) throw error;
    return { part: "stand-in", content: standIn(about), note: error.message };
  }
}

function summarise(about: DatasetCard, part: Dataset["part"], content: DatasetContent): string {
  const found = countSplits(about, sizes(about, content));
  const published = Object.fromEntries(
    Object.entries(about.splits).map(([split, { size }]) => [split, size]),
  );
  const drawn = countSplits(about, sizes(about, content), published);
  const what = {
    whole: found === drawn ? `${found}, the whole set` : `${drawn}, drawn at random`,
    sample: `shipped sample with ${drawn} ({ whole: true } loads all)`,
    subset: `${drawn}: ${about.subset?.description}`,
    "stand-in": `SYNTHETIC STAND-IN, not the data set: ${found} of the same kind, computed by nablab`,
  }[part];
  const shape =
    "shape" in content && content.kind !== "signals" ? `; ${content.shape.join(" × ")} pixels` : "";
  const classes = about.classNames.length ? `${shape ? "," : ";"} ${about.classNames.length} classes` : "";
  const licence = part === "stand-in" ? "" : ` Licence: ${about.licence}.`;
  return `${about.title}: ${what}${shape}${classes}.${licence}`;
}

function sizes(about: DatasetCard, content: DatasetContent): Record<string, number> {
  switch (content.kind) {
    case "labelled-images":
    case "signals":
    case "labelled-meshes":
      return { train: content.train.size, test: content.test.size };
    case "detection":
      return { train: content.train.size, validation: content.validation.size, test: content.test.size };
    case "unsplit-images":
    case "restoration":
      return { all: content.all.size };
    case "mesh":
      return { all: 1 };
    case "segmentation":
      return { train: content.train.size };
    case "table":
      return { all: content.table.size };
    case "text":
      return { all: about.unit === "characters" ? content.text.length : content.lines.length };
    case "volumes":
      return { all: Object.keys(content.volumes).length };
  }
}
