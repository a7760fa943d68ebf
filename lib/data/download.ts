// Fetches one published file: several mirrors, a stalled connection is given up, a broken one is resumed
// where it stopped, and only bytes with the right checksum ever reach the disk.

import { createHash, randomUUID } from "node:crypto";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { type DataFile, formatBytes } from "./card.ts";
import { readMembers } from "./formats/archive.ts";
import { inflate } from "./idx.ts";

interface DownloadOptions {
  /** Addresses of folders that hold the file, tried in this order. */
  mirrors: string[];
  signal?: AbortSignal | undefined;
  /** Told about every piece that arrives; `total` is 0 while it is not known. */
  onProgress?: (received: number, total: number) => void;
  /** A connection that sends nothing for so long is given up. Defaults to `15000` ms. */
  stallTimeout?: number;
}

const attemptsPerMirror = 3;

/**
 * Download a file to `path`; the inflated bytes are checked before the file appears there.
 *
 * @returns The inflated bytes.
 * @throws Error naming what went wrong at each mirror. Nothing is left behind then.
 */
export async function download(file: DataFile, path: string, options: DownloadOptions): Promise<Uint8Array> {
  const failures: string[] = [];
  for (const address of addresses(file, options.mirrors)) {
    try {
      const bytes = await fetchWhole(address, options);
      const inflated = unpack(bytes, file, address);
      await writeAtomically(path, bytes);
      return inflated;
    } catch (error) {
      options.signal?.throwIfAborted();
      failures.push(`${address}: ${reason(error)}`);
    }
  }
  throw new Error(failures.join("\n"));
}

/** Where a file is looked for on the network, in this order. */
export function addresses(file: DataFile, mirrors: readonly string[]): string[] {
  const folders = mirrors.map((mirror) => (mirror.endsWith("/") ? mirror : `${mirror}/`));
  return [...folders.map((folder) => new URL(file.file, folder).href), ...(file.addresses ?? [])];
}

/**
 * Inflate a published file and compare it with what the card says: its checksum, or its size where none is known.
 *
 * @throws Error with the checksum or size found and the one expected.
 */
export function unpack(bytes: Uint8Array, file: DataFile, where: string): Uint8Array {
  const inflated = inflate(bytes, where);
  const [kind, found, expected] = checksum(bytes, inflated, file, where);
  const again = "Delete it and load the data again.";
  if (expected === undefined) {
    if (file.bytes === undefined || inflated.length === file.bytes) return inflated;
    throw new Error(
      `${where} is not the published file: it has ${inflated.length} bytes, expected ${file.bytes}. ${again}`,
    );
  }
  if (found === expected) return inflated;
  const size = file.bytes === undefined ? "" : ` (${formatBytes(file.bytes)})`;
  throw new Error(
    `${where} is not the published file: ${kind} (${formatBytes(inflated.length)}) has the ${file.md5 ? "md5" : "sha256"} ` +
      `${found}, expected ${expected}${size}. ${again}`,
  );
}

function checksum(
  bytes: Uint8Array,
  inflated: Uint8Array,
  file: DataFile,
  where: string,
): [kind: string, found: string, expected: string | undefined] {
  const digest = (kind: string, content: Uint8Array) => createHash(kind).update(content).digest("hex");
  if (file.md5) return ["the file", digest("md5", bytes), file.md5];
  if (file.packedSha256) return ["the file", digest("sha256", bytes), file.packedSha256];
  if (!file.members) return ["its inflated content", digest("sha256", inflated), file.sha256];
  // Hosts pack the same files anew for every request, so only the files themselves are compared.
  const hash = createHash("sha256");
  for (const [path, content] of [...readMembers(bytes, where, file.members)].sort(([a], [b]) =>
    a < b ? -1 : 1,
  )) {
    hash.update(`${path}\0`).update(content);
  }
  return [`its content at ${file.members}`, hash.digest("hex"), file.sha256];
}

async function fetchWhole(address: string, options: DownloadOptions): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let received = 0;
  for (let attempt = 1; ; attempt++) {
    try {
      const stall = new AbortController();
      const patience = setTimeout(() => stall.abort(), options.stallTimeout ?? 15_000);
      try {
        const signal = AbortSignal.any([stall.signal, ...(options.signal ? [options.signal] : [])]);
        const headers: Record<string, string> = { "accept-encoding": "identity" };
        if (received > 0) headers.range = `bytes=${received}-`;
        const response = await fetch(address, { headers, signal });
        if (!response.ok || !response.body)
          throw new HttpError(`HTTP ${response.status} ${response.statusText}`);
        if (response.status !== 206) {
          // The server ignored the range and starts from the first byte again.
          pieces.length = 0;
          received = 0;
        }
        const total = received + Number(response.headers.get("content-length") ?? 0);
        for await (const piece of response.body) {
          patience.refresh();
          pieces.push(piece);
          received += piece.length;
          options.onProgress?.(received, total);
        }
        return Buffer.concat(pieces);
      } catch (error) {
        if (stall.signal.aborted && !options.signal?.aborted) {
          throw new Error(`no data for ${(options.stallTimeout ?? 15_000) / 1000} s`);
        }
        throw error;
      } finally {
        clearTimeout(patience);
      }
    } catch (error) {
      options.signal?.throwIfAborted();
      // Only a connection that broke after it had delivered something is worth resuming at the same mirror.
      if (error instanceof HttpError || received === 0 || attempt === attemptsPerMirror) throw error;
    }
  }
}

class HttpError extends Error {}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message;
}

async function writeAtomically(path: string, bytes: Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${randomUUID()}.part`;
  try {
    await writeFile(temporary, bytes);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
