// Safetensors (https://huggingface.co/docs/safetensors): eight bytes with the length of a JSON header, the header
// with type, shape and place of each tensor, and their bytes.

import { halfToNumber } from "../data/typed-array.ts";
import { DamagedFileError } from "./file.ts";
import type { Values } from "./weights.ts";

interface Entry {
  dtype: string;
  shape: number[];
  data_offsets: [begin: number, end: number];
}

const ownTypes = { float32: "F32", int32: "I32", bool: "BOOL" } as const;

export function encodeSafetensors(tensors: ReadonlyMap<string, Values>): Uint8Array {
  const header: Record<string, Entry | Record<string, string>> = { __metadata__: { format: "pt" } };
  const parts: Uint8Array[] = [];
  let end = 0;
  for (const [name, { dtype, shape, data }] of tensors) {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    header[name] = { dtype: ownTypes[dtype], shape, data_offsets: [end, end + bytes.length] };
    parts.push(bytes);
    end += bytes.length;
  }
  // Spaces behind the header put the numbers at a multiple of eight.
  const text = Buffer.from(JSON.stringify(header));
  const padded = Buffer.alloc(Math.ceil(text.length / 8) * 8, " ");
  padded.set(text);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  return Buffer.concat([length, padded, ...parts]);
}

/**
 * Tensors in the file's order. What has no type of its own in TensorFlow.js becomes float32 or int32.
 *
 * @throws DamagedFileError if the file is too short or its header is none.
 * @throws RangeError for a type that is not known and for whole numbers beyond int32.
 */
export function decodeSafetensors(bytes: Uint8Array, path: string): Map<string, Values> {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (file.length < 8) throw new DamagedFileError(path, `it has ${file.length} bytes and no header.`);
  const start = 8 + Number(file.readBigUInt64LE());
  if (start > file.length) {
    throw new DamagedFileError(path, `its header would end at byte ${start} of ${file.length}.`);
  }
  const result = new Map<string, Values>();
  for (const [name, { dtype, shape, data_offsets }] of entries(file.toString("utf8", 8, start), path)) {
    const [begin, end] = data_offsets;
    if (start + end > file.length) {
      throw new DamagedFileError(path, `"${name}" would end at byte ${start + end} of ${file.length}.`);
    }
    const type = types[dtype];
    if (!type) {
      throw new RangeError(
        `"${name}" in "${path}" is of type ${dtype}; known are ${Object.keys(types).join(", ")}.`,
      );
    }
    const size = shape.reduce((product, each) => product * each, 1);
    if (end - begin !== size * type.bytes) {
      const needed = `${size * type.bytes} for ${dtype} [${shape}].`;
      throw new DamagedFileError(path, `"${name}" has ${end - begin} bytes instead of ${needed}`);
    }
    // A copy begins at a multiple of every size.
    const data = type.read(Uint8Array.from(file.subarray(start + begin, start + end)).buffer, name);
    result.set(name, { shape, dtype: type.dtype, data });
  }
  return result;
}

function entries(text: string, path: string): [string, Entry][] {
  let header: Record<string, Entry>;
  try {
    header = JSON.parse(text);
  } catch (error) {
    throw new DamagedFileError(path, `its header is not JSON (${(error as Error).message}).`);
  }
  const { __metadata__: _, ...tensors } = header;
  return Object.entries(tensors).sort(([, a], [, b]) => a.data_offsets[0] - b.data_offsets[0]);
}

interface Type {
  bytes: number;
  dtype: Values["dtype"];
  read(buffer: ArrayBuffer, name: string): Values["data"];
}

const floats = (bytes: number, read: (buffer: ArrayBuffer) => Float32Array): Type => ({
  ...{ bytes, dtype: "float32", read },
});
const integers = (bytes: number, read: (buffer: ArrayBuffer) => ArrayLike<number | bigint>): Type => ({
  ...{ bytes, dtype: "int32" },
  read: (buffer, name) => {
    const numbers = read(buffer);
    return Int32Array.from({ length: numbers.length }, (_, index) => {
      const value = Number(numbers[index]);
      if (value === (value | 0)) return value;
      throw new RangeError(`"${name}" holds ${value}, which is too large for int32.`);
    });
  },
});

const types: Record<string, Type> = {
  F64: floats(8, (buffer) => Float32Array.from(new Float64Array(buffer))),
  F32: floats(4, (buffer) => new Float32Array(buffer)),
  F16: floats(2, (buffer) => Float32Array.from(new Uint16Array(buffer), halfToNumber)),
  // The upper half of a float32.
  BF16: floats(
    2,
    (buffer) => new Float32Array(Uint32Array.from(new Uint16Array(buffer), (half) => half << 16).buffer),
  ),
  I64: integers(8, (buffer) => new BigInt64Array(buffer)),
  U64: integers(8, (buffer) => new BigUint64Array(buffer)),
  I32: integers(4, (buffer) => new Int32Array(buffer)),
  U32: integers(4, (buffer) => new Uint32Array(buffer)),
  I16: integers(2, (buffer) => new Int16Array(buffer)),
  U16: integers(2, (buffer) => new Uint16Array(buffer)),
  I8: integers(1, (buffer) => new Int8Array(buffer)),
  U8: integers(1, (buffer) => new Uint8Array(buffer)),
  BOOL: { bytes: 1, dtype: "bool", read: (buffer) => new Uint8Array(buffer) },
};
