// TensorFlow's data types (TF_DataType in tensorflow/c/tf_datatype.h) and how their values look in
// JavaScript.

export const dataType = {
  float32: 1,
  float64: 2,
  int32: 3,
  uint8: 4,
  int16: 5,
  string: 7,
  complex64: 8,
  int64: 9,
  bool: 10,
  resource: 20,
} as const;

/** Bytes an element takes; TF_TString takes 24 (tensorflow/core/platform/ctstring_internal.h). */
export const bytesPerElement: Record<number, number> = {
  [dataType.float32]: 4,
  [dataType.float64]: 8,
  [dataType.int32]: 4,
  [dataType.uint8]: 1,
  [dataType.string]: 24,
  [dataType.complex64]: 8,
  [dataType.int64]: 8,
  [dataType.bool]: 1,
};

/** The name of a data type, for messages. */
export function dataTypeName(code: number): string {
  const entry = Object.entries(dataType).find(([, value]) => value === code);
  return entry ? entry[0] : `TF_DataType ${code}`;
}

/** What TensorFlow.js hands over to be stored. Strings come encoded, one Uint8Array each. */
export type HostValues = ArrayBufferView | ArrayLike<number | boolean | Uint8Array>;

/** `count` elements of numeric `values` as the bytes of a tensor of type `code`. */
export function toBytes(code: number, count: number, values: HostValues): Uint8Array {
  const typed = toTypedArray(code, count, values);
  if (typed.byteLength !== count * bytesPerElement[code]) {
    const given = code === dataType.complex64 ? typed.length / 2 : typed.length;
    throw new Error(
      `A ${dataTypeName(code)} tensor of ${count} element(s) was given ${given} value(s): ` +
        "the product of the shape must equal the number of values.",
    );
  }
  return new Uint8Array(typed.buffer, typed.byteOffset, typed.byteLength);
}

/** The bytes of a numeric tensor of type `code` as the typed array TensorFlow.js expects. */
export function fromBytes(
  code: number,
  bytes: ArrayBuffer,
): Float32Array | Float64Array | Int32Array | Uint8Array | BigInt64Array {
  switch (code) {
    case dataType.float32:
    case dataType.complex64: // Pairs of real and imaginary part.
      return new Float32Array(bytes);
    case dataType.float64:
      return new Float64Array(bytes);
    case dataType.int32:
      return new Int32Array(bytes);
    case dataType.int64:
      return new BigInt64Array(bytes);
    case dataType.uint8:
    case dataType.bool:
      return new Uint8Array(bytes);
    default:
      throw new Error(`A tensor of type ${dataTypeName(code)} has no values that JavaScript can read.`);
  }
}

type NumericArray = Float32Array | Float64Array | Int32Array | Uint8Array | BigInt64Array;

function toTypedArray(code: number, count: number, values: HostValues): NumericArray {
  const numbers = values as ArrayLike<number>;
  switch (code) {
    case dataType.float32:
    case dataType.complex64:
      return values instanceof Float32Array ? values : Float32Array.from(numbers);
    case dataType.float64:
      return values instanceof Float64Array ? values : Float64Array.from(numbers);
    case dataType.int32:
      return values instanceof Int32Array ? values : Int32Array.from(numbers);
    case dataType.uint8:
    case dataType.bool:
      return values instanceof Uint8Array ? values : Uint8Array.from(numbers);
    case dataType.int64:
      if (values instanceof BigInt64Array) return values;
      // tfjs-node passes an int64 as two int32 halves, low first (its int64_tensors.ts).
      if (values instanceof Int32Array && values.length === 2 * count) return values;
      return BigInt64Array.from(Array.from(numbers), (value) => BigInt(value));
    default:
      throw new Error(`A tensor of type ${dataTypeName(code)} cannot be made from JavaScript values.`);
  }
}
