// A data set's card: what it is, where it comes from and how its files are recognised.
// The cards are datasets/NAME/card.json, so that adding a set of the same format needs no code.

import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { displaySymbol, type MimeBundle } from "../plot/display.ts";
import { escapeXml } from "../plot/figure.ts";
import { didYouMean } from "./nearest.ts";

/** The folder with the cards and the samples that ship with the library. */
export const shippedFolder = fileURLToPath(new URL("../../../datasets/", import.meta.url));

/** One published file; the checksum is of its inflated bytes, since mirrors compress differently. */
export interface DataFile {
  file: string;
  /** Inflated size in bytes. */
  bytes: number;
  sha256: string;
}

/** The files of one split. */
export interface SplitFiles {
  size: number;
  images: DataFile;
  labels: DataFile;
}

interface CardContent {
  name: string;
  title: string;
  /** One or two sentences about what the examples are. */
  description: string;
  /** Shape of one example: height, width, channels. */
  shape: [height: number, width: number, channels: number];
  classNames: string[];
  licence: string;
  /** Copyright and terms in one line. */
  rights: string;
  citation: string;
  homepage: string;
  /** Addresses of folders that hold the published files, best first. */
  mirrors: string[];
  /** Compressed size of the whole set in bytes: what a download costs. */
  downloadBytes: number;
  splits: { train: SplitFiles; test: SplitFiles };
  /** A part of the set that ships with the library. */
  sample?: { description: string; splits: { train: SplitFiles; test: SplitFiles } };
}

/** What is known about a data set before it is loaded; a notebook shows it as a table. */
export interface DatasetCard extends CardContent {
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
  const content = JSON.parse(readFileSync(`${shippedFolder}${name}/card.json`, "utf8")) as CardContent;
  return {
    ...content,
    toString: () => describe(content),
    [displaySymbol]: () => ({ "text/html": table(content), "text/plain": describe(content) }),
  };
}

function rows(content: CardContent): [label: string, value: string][] {
  const count = ({ train, test }: CardContent["splits"]) =>
    `${formatCount(train.size)} training and ${formatCount(test.size)} test images`;
  const shipped: [string, string][] = content.sample
    ? [["shipped sample", `${count(content.sample.splits)}: ${content.sample.description}`]]
    : [];
  return [
    ["what", content.description],
    ["whole set", `${count(content.splits)}, a download of ${formatBytes(content.downloadBytes)}`],
    ...shipped,
    ["one image", `${content.shape.join(" × ")} (height × width × channels), bytes 0 to 255`],
    ["classes", content.classNames.map((label, index) => `${index} ${label}`).join(", ")],
    ["licence", `${content.licence} (${content.rights})`],
    ["cite", content.citation],
    ["from", content.homepage],
    ["sha256", `${content.splits.train.images.sha256} (training images, inflated)`],
  ];
}

function describe(content: CardContent): string {
  const lines = rows(content).map(([label, value]) => `  ${label.padEnd(15)} ${value}`);
  return [content.title, ...lines].join("\n");
}

function table(content: CardContent): string {
  const body = rows(content).map(
    ([label, value]) =>
      `<tr><th style="text-align:left;vertical-align:top">${escapeXml(label)}</th>` +
      `<td style="text-align:left">${escapeXml(value)}</td></tr>`,
  );
  return `<table><caption><b>${escapeXml(content.title)}</b></caption>${body.join("")}</table>`;
}

/** A count with thousands separators, the same in every locale. */
export function formatCount(count: number): string {
  return count.toLocaleString("en-US");
}

/** A size in decimal units, such as `30.9 MB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`;
  if (bytes < 1e6) return `${(bytes / 1e3).toFixed(1)} kB`;
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
