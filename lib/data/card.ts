// A data set's card: what it is, where it comes from and how its files are recognised.
// The cards are datasets/NAME/card.json, so that adding a set of the same format needs no code.

import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { displaySymbol, type MimeBundle } from "../plot/display.ts";
import { escapeXml } from "../plot/figure.ts";
import { didYouMean } from "./nearest.ts";

/** The folder with the cards and the samples that ship with the library. */
export const shippedFolder = fileURLToPath(new URL("../../../datasets/", import.meta.url));

/** One published file with the checksum that is known of it. */
export interface DataFile {
  file: string;
  /** Inflated size in bytes; of a zip archive, its own. Left out where it is not known. */
  bytes?: number;
  /**
   * Of the inflated bytes, since mirrors compress differently; of a zip archive with `members`, of the paths and
   * bytes of these members, in alphabetical order.
   */
  sha256?: string;
  /** Pattern of the paths that count in a zip archive; what comes before its match is left out of the path. */
  members?: string;
  /** Of the file as it is published, where its publisher gives no other. */
  packedSha256?: string;
  md5?: string;
  /** Whole addresses, for hosts that don't keep the file's name. */
  addresses?: string[];
}

/** How a set is published, and so what it becomes when it is loaded. */
export type DatasetFormat =
  | "idx"
  | "cifar-10"
  | "gtsrb"
  | "csv-images"
  | "npy-images"
  | "pgm-folders"
  | "mnist-1d"
  | "csv"
  | "text"
  | "voc"
  | "image-pairs"
  | "chaos"
  | "haze-pairs"
  | "nifti"
  | "mesh-module"
  | "modelnet";

/** The files of one split; in the format IDX the images come first and the labels second. */
export interface SplitFiles {
  /** Number of examples. */
  size: number;
  files: DataFile[];
}

/** The splits by name: train, validation, test; or all, of a set that nobody has split. */
export type Splits = Record<string, SplitFiles>;

/** What a column of a table holds; numbers, if nothing else is said. */
interface ColumnCard {
  /** With the unit. */
  meaning: string;
  /** All values of a column of text. */
  values?: string[];
  /** Whether it holds dates as text. */
  date?: boolean;
  /** How many values are missing. */
  missing?: number;
  /** Where numbers usually lie; those of a stand-in stay within. */
  range?: readonly [low: number, high: number];
}

/** A part of a set. */
interface PartOfSet {
  description: string;
  splits: Splits;
}

interface CardContent {
  name: string;
  title: string;
  /** One or two sentences about what the examples are. */
  description: string;
  format: DatasetFormat;
  /** What is counted, such as `"images"`. Defaults to `"images"`. */
  unit?: string;
  /** What one example is, if it is no image with a class. */
  example?: string;
  /** Shape of one example: of an image height, width, channels. */
  shape: number[];
  /** Names of the classes; empty if there are none. */
  classNames: string[];
  /** The columns of a table by name. */
  columns?: Record<string, ColumnCard>;
  /** The column of a table that is usually predicted. */
  target?: string;
  /** Whether images are brought from sizes of their own to `shape`. */
  resized?: boolean;
  /** Whether a table's file starts with a line that does not name its columns. */
  headless?: boolean;
  licence: string;
  /** Copyright and terms in one line. */
  rights: string;
  citation: string;
  homepage: string;
  /** Addresses of folders that hold the published files, best first. */
  mirrors: string[];
  /** Folders where a system's package puts the files. */
  places?: string[];
  /** Compressed size of the whole set in bytes: what a download costs. Left out where it is not known. */
  downloadBytes?: number;
  splits: Splits;
  /** A part of the set that ships with the library. */
  sample?: PartOfSet;
  /** A part of the set that is taken where a machine has it but not the whole. */
  subset?: PartOfSet;
}

/** What is known about a data set before it is loaded; a notebook shows it as a table. */
export interface DatasetCard extends CardContent {
  /** `true` on the card of a stand-in: its examples are computed and none of the set's. */
  synthetic: boolean;
  [displaySymbol](): MimeBundle;
  toString(): string;
}

/** Names of the data sets that `load` knows, in alphabetical order. */
export function names(): string[] {
  return readdirSync(shippedFolder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}

/**
 * The card of a data set: what it holds, shapes, classes, licence, citation, addresses, checksums and sizes.
 *
 * @param name One of `names()`, such as `"fashion-mnist"`.
 * @throws RangeError if there is no such data set; the message names the nearest one.
 */
export function card(name: string): DatasetCard {
  const known = names();
  if (!known.includes(name)) {
    throw new RangeError(
      `There is no data set "${name}".${didYouMean(name, known)} Known: ${known.join(", ")}.`,
    );
  }
  return present(JSON.parse(readFileSync(`${shippedFolder}${name}/card.json`, "utf8")) as CardContent, false);
}

/** The card of a set, for computed examples that stand in for it. */
export function standInCard(content: DatasetCard): DatasetCard {
  return present({ ...content, title: `${content.title} (synthetic stand-in)` }, true);
}

function present(content: CardContent, synthetic: boolean): DatasetCard {
  const about: [label: string, value: string][] = synthetic
    ? [["synthetic", "computed by nablab with the shapes below; none of the set's examples"]]
    : [];
  const lines = [...about, ...rows(content)];
  const plain = [content.title, ...lines.map(([label, value]) => `  ${label.padEnd(15)} ${value}`)].join(
    "\n",
  );
  return {
    ...content,
    synthetic,
    toString: () => plain,
    [displaySymbol]: () => ({ "text/html": table(content.title, lines), "text/plain": plain }),
  };
}

const splitWords: Record<string, string> = {
  train: "training ",
  validation: "validation ",
  test: "test ",
  all: "",
};

/**
 * How many examples of which split, such as `60,000 training and 10,000 test images`; of how many, if that is given
 * and not the same.
 */
export function countSplits(
  content: CardContent,
  sizes: Record<string, number>,
  published: Record<string, number> = sizes,
): string {
  const counts = Object.entries(sizes).map(([split, size]) => {
    const all = published[split] ?? size;
    return `${formatCount(size)}${all === size ? "" : ` of ${formatCount(all)}`} ${splitWords[split] ?? ""}`.trim();
  });
  const last = counts.pop();
  return `${counts.length ? `${counts.join(", ")} and ` : ""}${last} ${content.unit ?? "images"}`;
}

function rows(content: CardContent): [label: string, value: string][] {
  const count = (splits: Splits) =>
    countSplits(
      content,
      Object.fromEntries(Object.entries(splits).map(([split, { size }]) => [split, size])),
    );
  const row = (label: string, value: string | undefined): [string, string][] =>
    value ? [[label, value]] : [];
  const { sample, subset, columns = {} } = content;
  const files = [
    ...new Map(Object.values(content.splits).flatMap(({ files }) => files.map((file) => [file.file, file]))),
  ];
  const sums = files.map(([name, { sha256, packedSha256, md5 }]) => {
    if (sha256) return `${name} sha256 ${sha256} (inflated)`;
    if (packedSha256) return `${name} sha256 ${packedSha256}`;
    return md5 ? `${name} md5 ${md5}` : `${name}: none is known`;
  });
  return [
    ["what", content.description],
    ["whole set", `${count(content.splits)}, a download of ${formatDownload(content)}`],
    ...row("shipped sample", sample && `${count(sample.splits)}: ${sample.description}`),
    ...row("known part", subset && `${count(subset.splits)}: ${subset.description}`),
    content.example
      ? ["one example", content.example]
      : ["one image", `${content.shape.join(" × ")} (height × width × channels), bytes 0 to 255`],
    ...row(
      "columns",
      Object.entries(columns)
        .map(([name, column]) => describeColumn(name, column))
        .join("; "),
    ),
    ...row("classes", content.classNames.map((label, index) => `${index} ${label}`).join(", ")),
    ["licence", `${content.licence} (${content.rights})`],
    ["cite", content.citation],
    ["from", content.homepage],
    ["checksums", sums.join("; ")],
  ];
}

function describeColumn(name: string, { meaning, values, missing }: ColumnCard): string {
  return `${name}: ${meaning}${values ? ` (${values.join(", ")})` : ""}${missing ? `, ${missing} missing` : ""}`;
}

function table(title: string, lines: readonly [label: string, value: string][]): string {
  const body = lines.map(
    ([label, value]) =>
      `<tr><th style="text-align:left;vertical-align:top">${escapeXml(label)}</th>` +
      `<td style="text-align:left">${escapeXml(value)}</td></tr>`,
  );
  return `<table><caption><b>${escapeXml(title)}</b></caption>${body.join("")}</table>`;
}

/** A count with thousands separators, the same in every locale. */
export function formatCount(count: number): string {
  return count.toLocaleString("en-US");
}

/** What a download of the set costs. */
export function formatDownload({ downloadBytes }: Pick<CardContent, "downloadBytes">): string {
  return downloadBytes === undefined ? "unknown size" : formatBytes(downloadBytes);
}

/** A size in decimal units, such as `30.9 MB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`;
  if (bytes < 1e6) return `${(bytes / 1e3).toFixed(1)} kB`;
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
