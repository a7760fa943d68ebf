// Pictures as they come from user code, checked and made ready for Jupyter, which wants base64.

type ImageFormat = "png" | "jpeg" | "gif";

/** The bytes of a picture, or the same in base64. */
export type ImageSource = Uint8Array | ArrayBuffer | string;

const SIGNATURES: Record<ImageFormat, string> = { png: "89504e47", jpeg: "ffd8ff", gif: "47494638" };

/** @throws TypeError where the source is no picture of that format. */
export function base64Of(format: ImageFormat, source: ImageSource): string {
  const bytes = bytesOf(format, source);
  const start = bytes.subarray(0, 12).toString("hex");
  if (start.startsWith(SIGNATURES[format])) return bytes.toString("base64");
  const actual = Object.entries(SIGNATURES).find(([, signature]) => start.startsWith(signature))?.[0];
  const found = actual
    ? `a ${actual.toUpperCase()}`
    : `${bytes.length} bytes that begin with ${start || "nothing"}`;
  const remedy = actual
    ? `display.${actual} shows it`
    : `pass the bytes of a ${format.toUpperCase()} file, or them in base64`;
  throw new TypeError(
    `display.${format} expects a ${format.toUpperCase()}, but this is ${found}: ${remedy}.`,
  );
}

function bytesOf(format: ImageFormat, source: ImageSource): Buffer {
  if (typeof source === "string") {
    return Buffer.from(source.replace(/^data:[^,]*,/, ""), "base64");
  }
  if (source instanceof ArrayBuffer) return Buffer.from(source);
  if (ArrayBuffer.isView(source)) return Buffer.from(source.buffer, source.byteOffset, source.byteLength);
  throw new TypeError(
    `display.${format} expects a Uint8Array, an ArrayBuffer or a base64 string, but got ${typeof source}.`,
  );
}
