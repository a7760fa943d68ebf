// Frames as one animated PNG (PNG specification, third edition, 2025): the chunks of the frames, numbered, with a
// control chunk before each. Programs that don't know them show the first frame.

import { crc32 } from "node:zlib";

interface Chunk {
  type: string;
  data: Buffer;
}

const signature = Buffer.from("89504e470d0a1a0a", "hex");

/**
 * Join PNGs of the same size and kind of pixels.
 *
 * @param delay Time that each is shown, in milliseconds.
 * @throws RangeError if a frame has another size or kind of pixels than the first.
 */
export function animatedPng(frames: readonly Uint8Array[], delay: number): Uint8Array {
  const chunks = frames.map(readChunks);
  const headers = chunks.map((frame) => frame.find(({ type }) => type === "IHDR")?.data as Buffer);
  const [header] = headers as [Buffer, ...Buffer[]];
  const other = headers.findIndex((each) => !each.equals(header));
  if (other >= 0) {
    const size = (data: Buffer) => `${data.readUInt32BE(0)} × ${data.readUInt32BE(4)} pixels`;
    throw new RangeError(
      `Frame ${other} has ${size(headers[other] as Buffer)} and frame 0 has ${size(header)}; all must be alike.`,
    );
  }
  let sequence = 0;
  const written = chunks.flatMap((frame, index) => {
    const control: Chunk = { type: "fcTL", data: frameControl(sequence++, header, delay) };
    const pixels = frame.filter(({ type }) => type === "IDAT");
    if (index === 0) return [control, ...pixels];
    return [
      control,
      ...pixels.map(({ data }) => ({ type: "fdAT", data: Buffer.concat([number(sequence++), data]) })),
    ];
  });
  // As many repetitions as there may be: 0 is for ever.
  const animation = { type: "acTL", data: Buffer.concat([number(frames.length), number(0)]) };
  const all = [
    { type: "IHDR", data: header },
    animation,
    ...written,
    { type: "IEND", data: Buffer.alloc(0) },
  ];
  return Buffer.concat([signature, ...all.map(writeChunk)]);
}

function frameControl(sequence: number, header: Buffer, delay: number): Buffer {
  const rest = Buffer.alloc(6);
  rest.writeUInt16BE(Math.round(delay), 0);
  rest.writeUInt16BE(1000, 2);
  // The offset is 0 and 0; the last two bytes say that a frame stays, and replaces the one before.
  return Buffer.concat([number(sequence), header.subarray(0, 8), number(0), number(0), rest]);
}

function readChunks(png: Uint8Array): Chunk[] {
  const bytes = Buffer.from(png.buffer, png.byteOffset, png.byteLength);
  const chunks: Chunk[] = [];
  for (let at = signature.length; at < bytes.length; ) {
    const length = bytes.readUInt32BE(at);
    const type = bytes.toString("latin1", at + 4, at + 8);
    chunks.push({ type, data: bytes.subarray(at + 8, at + 8 + length) });
    at += 12 + length;
  }
  return chunks;
}

function writeChunk({ type, data }: Chunk): Buffer {
  const named = Buffer.concat([Buffer.from(type, "latin1"), data]);
  return Buffer.concat([number(data.length), named, number(crc32(named))]);
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
