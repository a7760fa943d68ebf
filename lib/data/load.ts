// Data sets by name. What `load` gives is decided by its arguments alone: the shipped sample unless the
// whole set is asked for. The machine only decides where the same bytes come from.

import { displaySymbol, displayTarget, type MimeBundle } from "../plot/display.ts";
import { card, type DatasetCard, formatCount, type SplitFiles } from "./card.ts";
import { type FindOptions, readSample, readWhole } from "./files.ts";
import { readIdx } from "./idx.ts";
import { LabelledImages } from "./labelled-images.ts";

export interface LoadOptions extends FindOptions {
  /**
   * `true` for the whole published set, looked for on this machine and downloaded if need be; `false` for the
   * sample that ships with the library. Defaults to `false` where there is a sample.
   */
  whole?: boolean;
  /** Keep only so many images of each split, drawn at random with the classes in proportion. */
  limit?: number;
  /** Chooses the images that `limit` keeps. Defaults to `0`. */
  seed?: number;
}

/** A loaded data set. */
export interface Dataset {
  name: string;
  card: DatasetCard;
  /** `false` if this is the shipped sample. */
  whole: boolean;
  /** Images to learn from; take validation images from here with `train.split(0.2)`. */
  train: LabelledImages;
  /** Images for one final evaluation. */
  test: LabelledImages;
  classNames: readonly string[];
  /** Shape of one image: height, width, channels. */
  shape: readonly [height: number, width: number, channels: number];
  [displaySymbol](): MimeBundle;
}

/**
 * Load a data set by name: `await dl.data.load("fashion-mnist")`.
 *
 * The same arguments give the same images on every machine: the sample that ships with the library, or, with
 * `{ whole: true }`, the whole set from `$NABLAB_DATA/NAME`, the project's `datasets/NAME`,
 * `/usr/share/datasets/NAME`, the user's cache or the official mirrors. Every file's sha256 is checked.
 * One line says which of the two was loaded.
 *
 * @throws RangeError for an unknown name; Error if files are damaged, or nowhere to be found (the message says
 *   what to put where); the signal's reason if it is aborted.
 */
export async function load(name: string, options: LoadOptions = {}): Promise<Dataset> {
  const about = card(name);
  const whole = options.whole ?? !about.sample;
  if (!whole && !about.sample) {
    throw new RangeError(`${about.title} ships without a sample: leave out { whole: false }.`);
  }
  const { splits } = whole || !about.sample ? about : about.sample;
  const signal = options.signal ?? displayTarget().interruptSignal();
  signal?.throwIfAborted();
  const files = [splits.train.images, splits.train.labels, splits.test.images, splits.test.labels];
  const bytes = whole
    ? await readWhole(about, files, { ...options, signal })
    : await readSample(about, files);
  const read = (split: SplitFiles) => {
    const images = readSplit(about, split, bytes);
    return options.limit === undefined ? images : images.limit(options.limit, options);
  };
  const [train, test] = [read(splits.train), read(splits.test)];
  const summary = summarise(about, whole, train.size, test.size);
  displayTarget().show({ "text/plain": summary });
  return {
    name,
    card: about,
    whole,
    train,
    test,
    classNames: about.classNames,
    shape: about.shape,
    [displaySymbol]: () => ({ "text/plain": summary }),
  };
}

function readSplit(about: DatasetCard, split: SplitFiles, bytes: Map<string, Uint8Array>): LabelledImages {
  const idx = ({ file }: { file: string }) => readIdx(bytes.get(file) as Uint8Array, file);
  return new LabelledImages({
    images: idx(split.images).values,
    labels: idx(split.labels).values,
    shape: about.shape,
    classNames: about.classNames,
  });
}

function summarise(about: DatasetCard, whole: boolean, train: number, test: number): string {
  const { splits } = about;
  const part = whole
    ? `${formatCount(train)} training and ${formatCount(test)} test images` +
      (train < splits.train.size
        ? ` drawn from ${formatCount(splits.train.size)} and ${formatCount(splits.test.size)}`
        : ", the whole set")
    : `shipped sample with ${formatCount(train)} of ${formatCount(splits.train.size)} training ` +
      `and ${formatCount(test)} of ${formatCount(splits.test.size)} test images ({ whole: true } loads all)`;
  return `${about.title}: ${part}; ${about.shape.join(" × ")} pixels, ${about.classNames.length} classes. Licence: ${about.licence}.`;
}
