// Kinds of number arrays, and numbers that JavaScript has no array for.

/** Numbers of one size, whatever the size. */
export type TypedArray =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array;

/** The numbers of a tensor: uint8 for bytes and booleans, int32 for class numbers, float32 for everything else. */
export type TensorArray = Uint8Array | Int32Array | Float32Array;

/** The number that 16 bits of IEEE 754 half precision stand for: 1 bit sign, 5 bits exponent, 10 bits fraction. */
export function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
