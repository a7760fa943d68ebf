// Files that are whole or not there: written beside their place and moved there at once.

import { randomUUID } from "node:crypto";
import { mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

/** Write so that the path holds the former file or the new one, whatever happens meanwhile. */
export async function writeAtomically(path: string, bytes: Uint8Array | string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${randomUUID()}.part`;
  try {
    const file = await open(temporary, "wx");
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** @throws Error if there is no such file, or a folder in its place. */
export async function readBytes(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") throw new Error(`There is no file "${path}".`);
    if (code === "EISDIR") throw new Error(`"${path}" is a folder; a file was expected.`);
    throw error;
  }
}

/** A file that can't be what its name says. */
export class DamagedFileError extends Error {
  override name = "DamagedFileError";

  constructor(path: string, found: string) {
    super(`"${path}" is damaged or incomplete: ${found} Copy or download it anew.`);
  }
}
