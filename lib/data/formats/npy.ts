// NumPy's files: .npy holds one array, .npz a zip archive of them
// (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html).

import { halfToNumber, type TypedArray } from "../typed-array.ts";
import { readZip } from "./archive.ts";

/** An array as NumPy wrote it, in row-major order: the last dimension varies fastest. */
export interface NumpyArray {
  shape: number[];
  /** NumPy's name of the type, such as `<f4`. */
  dtype: string;
  /** Booleans become 0 and 1; float16 becomes float32; 64-bit integers become float64, if they are exact there. */
  values: TypedArray;
}

type Reader = (view: DataView, offset: number, little: boolean) => number;

const types: Record<string, { make: (size: number) => TypedArray; read: Reader; width: number }> = {
  b1: { make: (size) => new Uint8Array(size), read: (view, at) => view.getUint8(at), width: 1 },
  u1: { make: (size) => new Uint8Array(size), read: (view, at) => view.getUint8(at), width: 1 },
  i1: { make: (size) => new Int8Array(size), read: (view, at) => view.getInt8(at), width: 1 },
  u2: {
    make: (size) => new Uint16Array(size),
    read: (view, at, little) => view.getUint16(at, little),
    width: 2,
  },
  i2: {
    make: (size) => new Int16Array(size),
    read: (view, at, little) => view.getInt16(at, little),
    width: 2,
  },
  f2: {
    make: (size) => new Float32Array(size),
    read: (view, at, little) => halfToNumber(view.getUint16(at, little)),
    width: 2,
  },
  u4: {
    make: (size) => new Uint32Array(size),
    read: (view, at, little) => view.getUint32(at, little),
    width: 4,
  },
  i4: {
    make: (size) => new Int32Array(size),
    read: (view, at, little) => view.getInt32(at, little),
    width: 4,
  },
  f4: {
    make: (size) => new Float32Array(size),
    read: (view, at, little) => view.getFloat32(at, little),
    width: 4,
  },
  u8: {
    make: (size) => new Float64Array(size),
    read: readBig((view, at, little) => view.getBigUint64(at, little)),
    width: 8,
  },
  i8: {
    make: (size) => new Float64Array(size),
    read: readBig((view, at, little) => view.getBigInt64(at, little)),
    width: 8,
  },
  f8: {
    make: (size) => new Float64Array(size),
    read: (view, at, little) => view.getFloat64(at, little),
    width: 8,
  },
};

/**
 * Read an .npy file of booleans, integers or floats.
 *
 * @param name The file's name, for messages.
 * @throws Error naming the file if it is of another kind, damaged, cut off, or of a type that is not read.
 */
export function readNpy(bytes: Uint8Array, name: string): NumpyArray {
  const magic = String.fromCharCode(...bytes.subarray(0, 6));
  if (magic !== "\x93NUMPY") {
    throw new Error(
      `${name} is no .npy file: it starts with ${JSON.stringify(magic)}, expected "\\x93NUMPY".`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const wide = (bytes[6] as number) > 1;
  const start = wide ? 12 : 10;
  const end =
    bytes.length < start ? Number.NaN : start + (wide ? view.getUint32(8, true) : view.getUint16(8, true));
  if (!(bytes.length >= end)) throw new Error(`${name} is cut off inside its header: ${bytes.length} bytes.`);
  const header = new TextDecoder().decode(bytes.subarray(start, end));
  const dtype = /'descr':\s*'([^']*)'/.exec(header)?.[1];
  const order = /'fortran_order':\s*(True|False)/.exec(header)?.[1];
  const lengths = /'shape':\s*\(([^)]*)\)/.exec(header)?.[1];
  if (dtype === undefined || order === undefined || lengths === undefined) {
    throw new Error(
      `${name} holds ${header.trim() || "no header"}; expected descr, fortran_order and shape.`,
    );
  }
  const shape = lengths.split(",").flatMap((length) => (length.trim() ? [Number(length)] : []));
  return readNumpyValues(bytes.subarray(end), { dtype, shape, fortranOrder: order === "True" }, name);
}

/**
 * The values of an array from the bytes that NumPy keeps it in.
 *
 * @throws Error naming the file if the type is not read, or the bytes are not as many as the shape demands.
 */
export function readNumpyValues(
  bytes: Uint8Array,
  { dtype, shape, fortranOrder }: { dtype: string; shape: number[]; fortranOrder: boolean },
  name: string,
): NumpyArray {
  const [, endian, code] = /^([<>|=])?([a-z]\d)$/.exec(dtype) ?? [];
  const type = types[code ?? ""];
  if (!type) {
    throw new Error(
      `${name} holds an array of the type ${dtype}; arrays of the types ${Object.keys(types).join(", ")} are read. ` +
        "Convert it in NumPy with array.astype, such as to 'f4'.",
    );
  }
  const size = shape.reduce((product, length) => product * length, 1);
  if (bytes.length !== size * type.width) {
    throw new Error(
      `${name} should hold [${shape}] values of ${dtype} in ${size * type.width} bytes but has ${bytes.length}: ` +
        `the file is ${bytes.length < size * type.width ? "cut off" : "too long"}.`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const values = type.make(size);
  for (let index = 0; index < size; index++) {
    values[index] = type.read(view, index * type.width, endian !== ">");
  }
  const inOrder = fortranOrder ? toRowMajor(values, type.make(size), shape) : values;
  return { shape, dtype, values: inOrder };
}

/**
 * Read an .npz file, the arrays by name.
 *
 * @param name The file's name, for messages.
 * @throws Error naming the file, and the array in it, if it is damaged or not read.
 */
export function readNpz(bytes: Uint8Array, name: string): Record<string, NumpyArray> {
  const arrays = [...readZip(bytes, name)].map(([member, content]) => {
    return [member.replace(/\.npy$/, ""), readNpy(content, `${name} › ${member}`)] as const;
  });
  return Object.fromEntries(arrays);
}

// In Fortran's order the first dimension varies fastest.
function toRowMajor(from: TypedArray, to: TypedArray, shape: number[]): TypedArray {
  const index = shape.map(() => 0);
  for (const value of from) {
    to[index.reduce((place, at, axis) => place * (shape[axis] as number) + at, 0)] = value;
    for (let axis = 0; axis < shape.length; axis++) {
      index[axis] = ((index[axis] as number) + 1) % (shape[axis] as number);
      if (index[axis] !== 0) break;
    }
  }
  return to;
}

function readBig(read: (view: DataView, offset: number, little: boolean) => bigint): Reader {
  return (view, offset, little) => {
    const value = read(view, offset, little);
    if (Number.isSafeInteger(Number(value))) return Number(value);
    throw new RangeError(
      `The 64-bit integer ${value} is too large to be exact; convert the array to float64 in NumPy.`,
    );
  };
}
