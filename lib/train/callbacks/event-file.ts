// TensorBoard's event files: protocol buffers (tensorflow/core/util/event.proto) in TFRecord frames. Of both only what
// scalars and histograms need is written here.

import { appendFile, mkdir, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname } from "node:path";

/** Counts of values between limits. */
export interface HistogramCounts {
  /** Upper limit of each bucket, rising. */
  limits: ArrayLike<number>;
  counts: ArrayLike<number>;
  minimum: number;
  maximum: number;
  sum: number;
  sumOfSquares: number;
  /** How many values there are. */
  size: number;
}

/** One measured thing at one step. */
export interface Summary {
  tag: string;
  value: number | HistogramCounts;
}

/** A name that TensorBoard takes for an event file, sorted by time. */
export function eventFileName(seconds: number): string {
  return `events.out.tfevents.${Math.floor(seconds).toString().padStart(10, "0")}.${hostname()}.${process.pid}`;
}

/** Begin an event file; its folder is made if need be. */
export async function beginEventFile(path: string, seconds: number): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, frame(event(seconds, 0, [text(3, "brain.Event:2")])));
}

/** Add what was measured at a step. */
export async function appendEvents(
  path: string,
  seconds: number,
  step: number,
  summaries: readonly Summary[],
): Promise<void> {
  const values = summaries.map(({ tag, value }) => {
    const content = typeof value === "number" ? float(2, value) : message(5, ...histogram(value));
    return message(1, text(1, tag), content);
  });
  await appendFile(path, frame(event(seconds, step, [message(5, ...values)])));
}

function event(seconds: number, step: number, content: Uint8Array[]): Uint8Array {
  return Buffer.concat([double(1, seconds), integer(2, step), ...content]);
}

function histogram(counts: HistogramCounts): Uint8Array[] {
  return [
    double(1, counts.minimum),
    double(2, counts.maximum),
    double(3, counts.size),
    double(4, counts.sum),
    double(5, counts.sumOfSquares),
    doubles(6, counts.limits),
    doubles(7, counts.counts),
  ];
}

// The wire format of protocol buffers: a field's number and kind, then its content. Zeros are left out.

function varint(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest % 128) | 128);
  }
}

function field(number: number, kind: 0 | 1 | 2 | 5, content: Uint8Array): Uint8Array {
  const length = kind === 2 ? varint(content.length) : [];
  return Buffer.concat([Uint8Array.from([(number << 3) | kind, ...length]), content]);
}

function integer(number: number, value: number): Uint8Array {
  return value === 0 ? new Uint8Array() : field(number, 0, Uint8Array.from(varint(value)));
}

function double(number: number, value: number): Uint8Array {
  if (Object.is(value, 0)) return new Uint8Array();
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return field(number, 1, bytes);
}

function doubles(number: number, values: ArrayLike<number>): Uint8Array {
  const bytes = Buffer.alloc(8 * values.length);
  for (let index = 0; index < values.length; index++) bytes.writeDoubleLE(values[index] as number, 8 * index);
  return field(number, 2, bytes);
}

// One of several kinds of value: also 0 is written.
function float(number: number, value: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return field(number, 5, bytes);
}

function text(number: number, value: string): Uint8Array {
  return field(number, 2, Buffer.from(value, "utf8"));
}

function message(number: number, ...fields: Uint8Array[]): Uint8Array {
  return field(number, 2, Buffer.concat(fields));
}

/** A TFRecord: length, its checksum, content, its checksum. */
function frame(content: Uint8Array): Uint8Array {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(content.length));
  return Buffer.concat([length, checksum(length), content, checksum(content)]);
}

/** CRC-32C, rotated and shifted as TFRecord wants it, so that the checksum of a checksum is not constant. */
function checksum(bytes: Uint8Array): Uint8Array {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ (castagnoli[(crc ^ byte) & 0xff] as number);
  crc = ~crc >>> 0;
  const masked = Buffer.alloc(4);
  masked.writeUInt32LE((((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0);
  return masked;
}

/** Castagnoli's polynomial 0x1EDC6F41, bits reversed, for each byte. */
const castagnoli = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  return crc;
});
