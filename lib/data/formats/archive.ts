// Members of zip and tar archives.

import { unzipSync } from "fflate";

/**
 * The files in a zip archive, in the order of the archive.
 *
 * @param wanted Chooses members by path; the others are not inflated. Defaults to all.
 * @throws Error naming the archive if it is no zip file, damaged or cut off.
 */
export function readZip(
  bytes: Uint8Array,
  name: string,
  wanted: (path: string) => boolean = () => true,
): Map<string, Uint8Array> {
  const sizes = new Map<string, number>();
  try {
    const members = unzipSync(bytes, {
      filter: ({ name: path, originalSize }) => {
        if (path.endsWith("/") || !wanted(path)) return false;
        sizes.set(path, originalSize);
        return true;
      },
    });
    for (const [path, size] of sizes) {
      if (members[path]?.length === size) continue;
      throw new Error(`${path} has ${members[path]?.length} of ${size} bytes`);
    }
    return new Map(Object.entries(members));
  } catch (error) {
    throw new Error(
      `${name} is no zip archive, or damaged or cut off after ${bytes.length} bytes (${(error as Error).message}).`,
    );
  }
}

/**
 * The files in a zip or tar archive whose path matches a pattern; what comes before the match is left out of the path.
 *
 * @throws Error naming the archive if it is no zip or tar file, damaged or cut off.
 */
export function readMembers(bytes: Uint8Array, name: string, pattern: string): Map<string, Uint8Array> {
  const expression = new RegExp(pattern);
  const wanted = (path: string) => expression.test(path);
  // POSIX: a tar header has its magic word at byte 257.
  const isTar = new TextDecoder().decode(bytes.subarray(257, 262)) === "ustar";
  const members = isTar
    ? [...readTar(bytes, name)].filter(([path]) => wanted(path))
    : [...readZip(bytes, name, wanted)];
  return new Map(members.map(([path, content]) => [path.slice(path.search(expression)), content]));
}

/**
 * The files in an uncompressed tar archive (POSIX ustar).
 *
 * @throws Error naming the archive and the member if it is damaged or cut off.
 */
export function readTar(bytes: Uint8Array, name: string): Map<string, Uint8Array> {
  const members = new Map<string, Uint8Array>();
  for (let position = 0; position + 512 <= bytes.length && bytes[position] !== 0; ) {
    const header = bytes.subarray(position, position + 512);
    const text = (start: number, length: number) =>
      new TextDecoder()
        .decode(header.subarray(start, start + length))
        .replace(/\0.*$/s, "")
        .trim();
    const size = Number.parseInt(text(124, 12), 8);
    // The checksum counts itself as eight spaces.
    const sum = header.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 0x20 : byte), 0);
    if (sum !== Number.parseInt(text(148, 8), 8) || !Number.isInteger(size)) {
      throw new Error(
        `${name} is no tar archive, or damaged: the header at byte ${position} has a wrong checksum.`,
      );
    }
    const path = [text(345, 155), text(0, 100)].filter(Boolean).join("/");
    const start = position + 512;
    if (start + size > bytes.length) {
      throw new Error(
        `${name} is cut off: ${path} should have ${size} bytes, found ${bytes.length - start}.`,
      );
    }
    // Type 0 is a file; folders and links have no content of their own.
    if (header[156] === 0x30 || header[156] === 0) members.set(path, bytes.subarray(start, start + size));
    position = start + Math.ceil(size / 512) * 512;
  }
  if (members.size === 0) throw new Error(`${name} is no tar archive, or empty: ${bytes.length} bytes.`);
  return members;
}
