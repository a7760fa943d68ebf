// Where a data set's files are looked for, and what happens when they are nowhere.

import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import envPaths from "env-paths";
import { displayTarget } from "../plot/display.ts";
import {
  type DataFile,
  type DatasetCard,
  formatBytes,
  formatDownload,
  type Splits,
  shippedFolder,
} from "./card.ts";
import { addresses, download, unpack } from "./download.ts";

export interface FindOptions {
  signal?: AbortSignal | undefined;
  /** Tried before the official mirrors. */
  mirrors?: string[] | undefined;
}

/** Inflated and verified bytes by file name. */
export type FoundFiles = Map<string, Uint8Array>;

/** A set is neither on this machine nor to be had from the network. */
export class DatasetMissingError extends Error {
  override name = "DatasetMissingError";
}

/**
 * The files of the whole set, or of a part.
 *
 * Looked for in `$NABLAB_DATA/NAME`, `$NABLAB_DATA/text` for texts, the project's `datasets/NAME`,
 * `/usr/share/datasets/NAME`, the places that the card names and the user's cache, in this order; what is missing
 * is downloaded into the cache.
 *
 * @throws DatasetMissingError if a file is nowhere: with size, licence, addresses and the place to put it; Error if
 *   a file is damaged.
 */
export async function readWhole(
  card: DatasetCard,
  splits: Splits,
  options: FindOptions,
): Promise<FoundFiles> {
  const found: FoundFiles = new Map();
  for (const file of filesOf(splits)) {
    const path = findFile(card, file);
    found.set(file.file, path ? await readVerified(file, path) : await fetchToCache(card, file, options));
  }
  return found;
}

/** Whether this machine has all the files. */
export function isHere(card: DatasetCard, splits: Splits): boolean {
  return filesOf(splits).every((file) => findFile(card, file) !== undefined);
}

/**
 * The files of the shipped sample.
 *
 * @throws Error if the installation is damaged.
 */
export async function readSample(card: DatasetCard, splits: Splits): Promise<FoundFiles> {
  const folder = join(shippedFolder, card.name, "sample");
  const entries = filesOf(splits).map(async (file) => {
    return [file.file, await readVerified(file, join(folder, file.file))] as const;
  });
  return new Map(await Promise.all(entries));
}

// One archive may hold several splits.
function filesOf(splits: Splits): DataFile[] {
  return [
    ...new Map(Object.values(splits).flatMap(({ files }) => files.map((file) => [file.file, file]))).values(),
  ];
}

function findFile(card: DatasetCard, { file }: DataFile): string | undefined {
  const own = process.env.NABLAB_DATA;
  const folders = [
    ...(own ? [join(own, card.name)] : []),
    ...(own && card.format === "text" ? [join(own, "text")] : []),
    join(shippedFolder, card.name),
    join("/usr/share/datasets", card.name),
    ...(card.places ?? []),
    cacheFolder(card.name),
  ];
  // A file may lie there inflated or compressed, whatever its mirror does.
  const names = file.endsWith(".gz") ? [file, file.slice(0, -3)] : [file, `${file}.gz`];
  return folders
    .flatMap((folder) => names.map((name) => join(folder, name)))
    .find((path) => existsSync(path));
}

function cacheFolder(name: string): string {
  return join(envPaths("nablab", { suffix: "" }).cache, "datasets", name);
}

async function readVerified(file: DataFile, path: string): Promise<Uint8Array> {
  return unpack(await readFile(path), file, path);
}

async function fetchToCache(card: DatasetCard, file: DataFile, options: FindOptions): Promise<Uint8Array> {
  const path = join(cacheFolder(card.name), file.file);
  const mirrors = [...(options.mirrors ?? []), ...card.mirrors];
  if (addresses(file, mirrors).length === 0) {
    throw new DatasetMissingError(notFound(card, mirrors, "no address to download it from is known"));
  }
  const line = (text: string) => ({ "text/plain": `${card.title}: ${text}` });
  const shown = displayTarget().show(line(`downloading ${file.file} (${card.licence} licence) …`));
  let last = 0;
  try {
    const bytes = await download(file, path, {
      mirrors,
      signal: options.signal,
      onProgress(received, total) {
        if (Date.now() - last < 250) return;
        last = Date.now();
        const of = total ? ` of ${formatBytes(total)}` : "";
        shown.update(line(`downloading ${file.file}: ${formatBytes(received)}${of}`), { transient: true });
      },
    });
    shown.update(line(`${file.file} is now in ${path}`));
    return bytes;
  } catch (error) {
    options.signal?.throwIfAborted();
    throw new DatasetMissingError(notFound(card, mirrors, (error as Error).message));
  }
}

function notFound(card: DatasetCard, mirrors: string[], failures: string): string {
  const files = filesOf(card.splits);
  const sources = [...mirrors, ...files.flatMap(({ addresses = [] }) => addresses)];
  const indent = (text: string) => text.replaceAll(/^/gm, "  ");
  return [
    `${card.title} (${formatDownload(card)}, ${card.licence} licence) is not on this machine and could not be downloaded:`,
    indent(failures),
    "Without a network, copy these files",
    indent(files.map(({ file }) => file).join("\n")),
    "from one of",
    indent([...sources, card.homepage].join("\n")),
    `into ${cacheFolder(card.name)}`,
    `or into FOLDER/${card.name} with the environment variable NABLAB_DATA=FOLDER.`,
    card.sample
      ? "The sample that ships with nablab needs no network: leave out { whole: true }."
      : "A synthetic stand-in with the same shapes needs no network: { whole: false }.",
  ].join("\n");
}
