// PGM and PPM, grey and colour images as plain bytes or as decimal numbers (https://netpbm.sourceforge.net/doc/).

/** One image as bytes. */
export interface PixelImage {
  width: number;
  height: number;
  /** 1 for grey, 3 for red, green and blue. */
  channels: 1 | 3;
  /** Values 0 to 255, row by row. */
  data: Uint8Array;
}

const kinds: Record<string, { channels: 1 | 3; plain: boolean }> = {
  P2: { channels: 1, plain: true },
  P3: { channels: 3, plain: true },
  P5: { channels: 1, plain: false },
  P6: { channels: 3, plain: false },
};

/**
 * Read a PGM (P2, P5) or PPM (P3, P6) file; values are scaled to 0 to 255 if the file's maximum is another one.
 *
 * @param name The file's name, for messages.
 * @throws Error naming the file if it is of another kind, damaged or cut off.
 */
export function readNetpbm(bytes: Uint8Array, name: string): PixelImage {
  const kind = kinds[String.fromCharCode(...bytes.subarray(0, 2))];
  if (!kind) {
    const found = JSON.stringify(String.fromCharCode(...bytes.subarray(0, 2)));
    throw new Error(`${name} is no PGM or PPM file: it starts with ${found}, expected P2, P3, P5 or P6.`);
  }
  let position = 2;
  const nextNumber = (what: string) => {
    for (;;) {
      if (isSpace(bytes[position])) position++;
      else if (bytes[position] === 0x23)
        while (position < bytes.length && bytes[position] !== 0x0a) position++;
      else break;
    }
    const start = position;
    while (isDigit(bytes[position])) position++;
    if (start === position) {
      const found = position < bytes.length ? `byte ${bytes[position]}` : "the end of the file";
      throw new Error(`${name}: expected ${what} at byte ${position}, found ${found}.`);
    }
    return Number(String.fromCharCode(...bytes.subarray(start, position)));
  };
  const [width, height, most] = [
    nextNumber("the width"),
    nextNumber("the height"),
    nextNumber("the maximum value"),
  ];
  if (width < 1 || height < 1 || most < 1 || most > 65535) {
    throw new Error(
      `${name}: ${width} × ${height} pixels with the maximum value ${most} is no possible image.`,
    );
  }
  const count = width * height * kind.channels;
  const scale = (value: number) => Math.round((Math.min(value, most) * 255) / most);
  if (kind.plain) {
    const data = Uint8Array.from({ length: count }, (_, index) =>
      scale(nextNumber(`value ${index} of ${count}`)),
    );
    return { width, height, channels: kind.channels, data };
  }
  position++;
  const wide = most > 255 ? 2 : 1;
  const found = bytes.length - position;
  if (found < count * wide) {
    throw new Error(
      `${name} is cut off: ${width} × ${height} × ${kind.channels} values take ${count * wide} bytes, found ${found}.`,
    );
  }
  const data = new Uint8Array(count);
  for (let index = 0; index < count; index++) {
    const at = position + index * wide;
    const value =
      wide === 1 ? (bytes[at] as number) : (bytes[at] as number) * 256 + (bytes[at + 1] as number);
    data[index] = most === 255 ? value : scale(value);
  }
  return { width, height, channels: kind.channels, data };
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || (byte !== undefined && byte >= 0x09 && byte <= 0x0d);
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}
