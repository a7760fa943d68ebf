// Bytes between JavaScript's memory and TensorFlow's, by the C library's memcpy. An ArrayBuffer laid over foreign memory
// (`koffi.view`) takes longer to make than a small operation takes to run.
import koffi from "koffi";
import type { Pointer } from "./c-api.ts";

const c = koffi.load(null);
const copyIn = c.func("memcpy", "void *", ["void *", "const uint8_t *", "size_t"]);
const copyOut = c.func("memcpy", "void *", ["uint8_t *", "const void *", "size_t"]);

export function writeBytes(target: Pointer, bytes: Uint8Array): void {
  copyIn(target, bytes, bytes.length);
}

export function readBytes(source: Pointer, length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  if (length > 0) copyOut(bytes, source, length);
  return bytes;
}
