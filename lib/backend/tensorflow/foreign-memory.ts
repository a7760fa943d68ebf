// Bytes between JavaScript's memory and TensorFlow's, by the C library's memcpy. An ArrayBuffer laid over foreign memory
// (`koffi.view`) takes longer to make than a small operation takes to run.
import koffi from "koffi";
import type { Pointer } from "./c-api.ts";

interface Copies {
  in(target: Pointer, source: Uint8Array, length: number): void;
  out(target: Uint8Array, source: Pointer, length: number): void;
}

let copies: Copies | undefined;

export function writeBytes(target: Pointer, bytes: Uint8Array): void {
  copies ??= lookUp();
  copies.in(target, bytes, bytes.length);
}

export function readBytes(source: Pointer, length: number): Uint8Array<ArrayBuffer> {
  copies ??= lookUp();
  const bytes = new Uint8Array(length);
  if (length > 0) copies.out(bytes, source, length);
  return bytes;
}

/** At the first use: a system whose program has no memcpy to look up has no TensorFlow of ours either. */
function lookUp(): Copies {
  const c = koffi.load(null);
  return {
    in: c.func("memcpy", "void *", ["void *", "const uint8_t *", "size_t"]),
    out: c.func("memcpy", "void *", ["uint8_t *", "const void *", "size_t"]),
  };
}
