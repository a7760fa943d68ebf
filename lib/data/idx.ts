// IDX, the file format of MNIST: two zero bytes, a type, the number of dimensions, each dimension as a
// big-endian 32-bit number, then the values (http://yann.lecun.com/exdb/mnist/).

import { gunzipSync } from "node:zlib";

/** What an IDX file holds: unsigned bytes with the last dimension varying fastest. */
interface IdxArray {
  shape: number[];
  values: Uint8Array;
}

const unsignedByte = 0x08;

/**
 * The bytes of a file that may be gzip-compressed.
 *
 * @throws Error naming the file if it is compressed but damaged.
 */
export function inflate(bytes: Uint8Array, name: string): Uint8Array {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return gunzipSync(bytes);
  } catch (error) {
    throw new Error(
      `${name}: the gzip data is damaged or cut off after ${bytes.length} bytes ` +
        `(${(error as Error).message}). Delete the file and load the data again.`,
    );
  }
}

/**
 * Read an inflated IDX file of unsigned bytes.
 *
 * @param bytes The whole file, not compressed.
 * @param name The file's name, for messages.
 * @throws Error if the magic number, the type or the length is not what the format demands.
 */
export function readIdx(bytes: Uint8Array, name: string): IdxArray {
  const [zero, alsoZero, type, rank] = bytes;
  if (zero !== 0 || alsoZero !== 0 || type === undefined || rank === undefined || rank === 0) {
    const found = [...bytes.subarray(0, 4)].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
    throw new Error(
      `${name} is not an IDX file: it starts with the bytes "${found}", ` +
        `expected "00 00 08" and the number of dimensions. Is it the original file?`,
    );
  }
  if (type !== unsignedByte) {
    throw new Error(
      `${name} holds IDX values of type 0x${type.toString(16).padStart(2, "0")}; only unsigned bytes (0x08) are read.`,
    );
  }
  const header = 4 + 4 * rank;
  if (bytes.length < header) {
    throw new Error(
      `${name} ends inside its header: ${bytes.length} bytes, expected ${header} for ${rank} dimensions.`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
  const expected = shape.reduce((product, size) => product * size, 1);
  const found = bytes.length - header;
  if (found !== expected) {
    throw new Error(
      `${name} should hold ${shape.join(" × ")} = ${expected} values but has ${found}: ` +
        `the file is ${found < expected ? "cut off" : "too long"}. Delete it and load the data again.`,
    );
  }
  // A plain view even where the bytes came as Node's Buffer, whose slice and print behave differently.
  return { shape, values: new Uint8Array(bytes.buffer, bytes.byteOffset + header, found) };
}
