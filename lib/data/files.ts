// Where a data set's files are looked for, and what happens when they are nowhere.

import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import envPaths from "env-paths";
import { displayTarget } from "../plot/display.ts";
import { type DataFile, type DatasetCard, formatBytes, shippedFolder } from "./card.ts";
import { download, verify } from "./download.ts";
import { inflate } from "./idx.ts";

export interface FindOptions {
  signal?: AbortSignal | undefined;
  /** Tried before the official mirrors. */
  mirrors?: string[] | undefined;
}

/**
 * Inflated and verified bytes of files of the whole set, by file name.
 *
 * Looked for in `$NABLAB_DATA/NAME`, the project's `datasets/NAME`, `/usr/share/datasets/NAME` and the user's
 * cache, in this order; what is missing is downloaded into the cache.
 *
 * @throws Error if a file is damaged, or found nowhere: with size, licence, addresses and the place to put it.
 */
export async function readWhole(
  card: DatasetCard,
  files: DataFile[],
  options: FindOptions,
): Promise<Map<string, Uint8Array>> {
  const found = new Map<string, Uint8Array>();
  for (const file of files) {
    const folder = folders(card.name).find((candidate) => existsSync(join(candidate, file.file)));
    const bytes = folder ? await readVerified(file, folder) : await fetchToCache(card, file, options);
    found.set(file.file, bytes);
  }
  return found;
}

/**
 * Inflated and verified bytes of files of the shipped sample, by file name.
 *
 * @throws Error if the installation is damaged.
 */
export async function readSample(card: DatasetCard, files: DataFile[]): Promise<Map<string, Uint8Array>> {
  const folder = join(shippedFolder, card.name, "sample");
  const entries = files.map(async (file) => [file.file, await readVerified(file, folder)] as const);
  return new Map(await Promise.all(entries));
}

function folders(name: string): string[] {
  const own = process.env.NABLAB_DATA ? [join(process.env.NABLAB_DATA, name)] : [];
  return [...own, join(shippedFolder, name), join("/usr/share/datasets", name), cacheFolder(name)];
}

function cacheFolder(name: string): string {
  return join(envPaths("nablab", { suffix: "" }).cache, "datasets", name);
}

async function readVerified(file: DataFile, folder: string): Promise<Uint8Array> {
  const path = join(folder, file.file);
  const bytes = inflate(await readFile(path), path);
  verify(bytes, file, path);
  return bytes;
}

async function fetchToCache(card: DatasetCard, file: DataFile, options: FindOptions): Promise<Uint8Array> {
  const path = join(cacheFolder(card.name), file.file);
  const mirrors = [...(options.mirrors ?? []), ...card.mirrors];
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
    throw new Error(notFound(card, mirrors, (error as Error).message));
  }
}

function notFound(card: DatasetCard, mirrors: string[], failures: string): string {
  const { train, test } = card.splits;
  const files = [train.images, train.labels, test.images, test.labels].map((file) => file.file);
  const indent = (text: string) => text.replaceAll(/^/gm, "  ");
  return [
    `${card.title} (${formatBytes(card.downloadBytes)}, ${card.licence} licence) is not on this machine and could not be downloaded:`,
    indent(failures),
    "Without a network, copy these files",
    indent(files.join("\n")),
    "from one of",
    indent(mirrors.join("\n")),
    `into ${cacheFolder(card.name)}`,
    `or into FOLDER/${card.name} with the environment variable NABLAB_DATA=FOLDER.`,
    ...(card.sample
      ? ["The sample that ships with nablab needs no network: leave out { whole: true }."]
      : []),
  ].join("\n");
}
