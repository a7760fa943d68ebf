// How a front end and the kernel name a cell without having met: by a path made of a hash of its code, which both can
// compute. There is no such file.

import { tmpdir } from "node:os";
import { join, sep } from "node:path";

/** What a front end needs to name cells, as debugInfo tells it. */
export const naming = {
  hashMethod: "Murmur2",
  hashSeed: 0xc70f6907,
  tmpFilePrefix: join(tmpdir(), `nablab_${process.pid}`) + sep,
  tmpFileSuffix: ".ts",
};

export function cellPath(code: string): string {
  return naming.tmpFilePrefix + murmur2(code, naming.hashSeed) + naming.tmpFileSuffix;
}

/** Austin Appleby's MurmurHash2 of the text's UTF-8 bytes, 32 bits (https://github.com/aappleby/smhasher). */
function murmur2(text: string, seed: number): number {
  const factor = 0x5bd1e995;
  const bytes = Buffer.from(text);
  const whole = bytes.length - (bytes.length % 4);
  let hash = seed ^ bytes.length;
  for (let offset = 0; offset < whole; offset += 4) {
    let word = Math.imul(bytes.readInt32LE(offset), factor);
    word = Math.imul(word ^ (word >>> 24), factor);
    hash = Math.imul(hash, factor) ^ word;
  }
  if (whole < bytes.length) {
    hash = Math.imul(hash ^ bytes.readUIntLE(whole, bytes.length - whole), factor);
  }
  hash = Math.imul(hash ^ (hash >>> 13), factor);
  return (hash ^ (hash >>> 15)) >>> 0;
}
