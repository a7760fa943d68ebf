// JPEG, PNG, PGM and PPM images as bytes, told apart by how they start.

import { convertIndexedToRgb, type DecodedPng, decode as decodePng } from "fast-png";
import jpeg from "jpeg-js";
import { type PixelImage, readNetpbm } from "./netpbm.ts";

/**
 * Read an image; an alpha channel is left out, 16 bits become 8.
 *
 * @param name The file's name, for messages.
 * @throws Error naming the file if it is of another kind, damaged or cut off.
 */
export function readImage(bytes: Uint8Array, name: string): PixelImage {
  if (bytes[0] === 0xff && bytes[1] === 0xd8) return readJpeg(bytes, name);
  if (bytes[0] === 0x89 && bytes[1] === 0x50) return readPng(bytes, name);
  if (bytes[0] === 0x50) return readNetpbm(bytes, name);
  const found = [...bytes.subarray(0, 4)].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
  throw new Error(`${name} is no JPEG, PNG, PGM or PPM image: it starts with the bytes "${found}".`);
}

function readJpeg(bytes: Uint8Array, name: string): PixelImage {
  // The decoder fills what is missing with grey; an image without its end marker is cut off.
  const end = bytes.lastIndexOf(0xd9);
  if (end < 1 || bytes[end - 1] !== 0xff) {
    throw new Error(`${name} is cut off: no end marker in its ${bytes.length} bytes of JPEG.`);
  }
  try {
    const { width, height, data } = jpeg.decode(bytes, {
      useTArray: true,
      formatAsRGBA: false,
      tolerantDecoding: false,
    });
    return { width, height, channels: 3, data };
  } catch (error) {
    throw new Error(`${name} is a damaged JPEG (${(error as Error).message}).`);
  }
}

function readPng(bytes: Uint8Array, name: string): PixelImage {
  try {
    const image = decodePng(bytes, { checkCrc: true });
    const { width, height, depth } = image;
    const values = image.palette ? convertIndexedToRgb(image) : depth < 8 ? unpack(image) : image.data;
    const found = image.palette ? values.length / (width * height) : image.channels;
    const channels = found >= 3 ? 3 : 1;
    if (found === channels && values instanceof Uint8Array && (depth === 8 || image.palette)) {
      return { width, height, channels, data: values };
    }
    const data = new Uint8Array(width * height * channels);
    const largest = image.palette ? 255 : 2 ** depth - 1;
    for (let pixel = 0; pixel < width * height; pixel++) {
      for (let channel = 0; channel < channels; channel++) {
        data[pixel * channels + channel] = Math.round(
          ((values[pixel * found + channel] as number) * 255) / largest,
        );
      }
    }
    return { width, height, channels, data };
  } catch (error) {
    throw new Error(
      `${name} is a damaged or cut off PNG of ${bytes.length} bytes (${(error as Error).message}).`,
    );
  }
}

// Grey values of less than 8 bits come packed, each row from a new byte, the leftmost in the highest bits.
function unpack({ width, height, depth, data }: DecodedPng): Uint8Array {
  const rowBytes = Math.ceil((width * depth) / 8);
  return Uint8Array.from({ length: width * height }, (_, pixel) => {
    const [row, column] = [Math.floor(pixel / width), pixel % width];
    const bit = column * depth;
    const byte = data[row * rowBytes + Math.floor(bit / 8)] as number;
    return (byte >> (8 - depth - (bit % 8))) & (2 ** depth - 1);
  });
}
