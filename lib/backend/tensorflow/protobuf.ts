// Reading TensorFlow's protocol buffers without a schema: fields by their numbers.
import type { Pointer } from "./c-api.ts";
import { readBytes } from "./foreign-memory.ts";

export interface Field {
  number: number;
  /** Of strings, bytes and messages; empty for numbers. */
  bytes: Uint8Array;
  /** Of whole numbers; `0` for others. */
  value: number;
}

/** The fields of a message in their order. */
export function fields(message: Uint8Array): Field[] {
  const result: Field[] = [];
  let position = 0;
  const varint = () => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = message[position++] ?? 0;
      value |= BigInt(byte & 127) << shift;
      // Negative numbers are written with all 64 bits.
      if (byte < 128) return Number(BigInt.asIntN(64, value));
    }
  };
  while (position < message.length) {
    const tag = varint();
    let length = 0;
    let value = 0;
    if (tag % 8 === 0) value = varint();
    else if (tag % 8 === 1) position += 8;
    else if (tag % 8 === 5) position += 4;
    else length = varint();
    result.push({
      number: Math.floor(tag / 8),
      bytes: message.subarray(position, position + length),
      value,
    });
    position += length;
  }
  return result;
}

/** What a TF_Buffer `{ const void *data; size_t length; … }` holds. */
export function bufferBytes(buffer: Pointer): Uint8Array {
  const [data, length] = new BigUint64Array(readBytes(buffer, 16).buffer);
  return readBytes(data as bigint, Number(length));
}
