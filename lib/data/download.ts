// Fetches one published file: several mirrors, a stalled connection is given up, a broken one is resumed
// where it stopped, and only bytes with the right checksum ever reach the disk.

import { createHash, randomUUID } from "node:crypto";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { type DataFile, formatBytes } from "./card.ts";
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
  for (const mirror of options.mirrors) {
    const address = new URL(file.file, mirror.endsWith("/") ? mirror : `${mirror}/`).href;
    try {
      const bytes = await fetchWhole(address, options);
      const inflated = inflate(bytes, address);
      verify(inflated, file, address);
      await writeAtomically(path, bytes);
      return inflated;
    } catch (error) {
      options.signal?.throwIfAborted();
      failures.push(`${address}: ${reason(error)}`);
    }
  }
  throw new Error(failures.join("\n"));
}

/**
 * Compare inflated bytes with what the card says.
 *
 * @throws Error with the checksum found and the one expected.
 */
export function verify(bytes: Uint8Array, file: DataFile, where: string): void {
  const found = createHash("sha256").update(bytes).digest("hex");
  if (found === file.sha256) return;
  throw new Error(
    `${where} is not the published file: its inflated bytes (${formatBytes(bytes.length)}) have the sha256 ` +
      `${found}, expected ${file.sha256} (${formatBytes(file.bytes)}). Delete it and load the data again.`,
  );
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
