// NIfTI-1, the format of magnetic-resonance volumes: a header of 348 bytes, then the voxels
// (https://nifti.nimh.nih.gov/nifti-1).

import { inflate } from "../idx.ts";
import type { TypedArray } from "../typed-array.ts";
import { Volume } from "../volume.ts";

const types: Record<number, { make: (size: number) => TypedArray; read: keyof DataView; width: number }> = {
  2: { make: (size) => new Uint8Array(size), read: "getUint8", width: 1 },
  4: { make: (size) => new Int16Array(size), read: "getInt16", width: 2 },
  8: { make: (size) => new Int32Array(size), read: "getInt32", width: 4 },
  16: { make: (size) => new Float32Array(size), read: "getFloat32", width: 4 },
  64: { make: (size) => new Float64Array(size), read: "getFloat64", width: 8 },
  256: { make: (size) => new Int8Array(size), read: "getInt8", width: 1 },
  512: { make: (size) => new Uint16Array(size), read: "getUint16", width: 2 },
  768: { make: (size) => new Uint32Array(size), read: "getUint32", width: 4 },
};

/**
 * Read a .nii or .nii.gz file of one volume; values are scaled if the header says so.
 *
 * @param name The file's name, for messages.
 * @throws Error naming the file if it is of another kind, damaged or cut off.
 */
export function readNifti(bytes: Uint8Array, name: string): Volume {
  const inflated = inflate(bytes, name);
  const view = new DataView(inflated.buffer, inflated.byteOffset, inflated.byteLength);
  if (view.byteLength < 348) {
    throw new Error(`${name} is cut off inside its header: ${view.byteLength} bytes, expected at least 348.`);
  }
  const little = view.getInt32(0, true) === 348;
  const magic = new TextDecoder().decode(inflated.subarray(344, 347));
  if (!(little || view.getInt32(0) === 348) || magic !== "n+1") {
    throw new Error(
      `${name} is no NIfTI-1 file with its voxels inside: header size ${view.getInt32(0, true)}, magic ` +
        `${JSON.stringify(magic)}; expected 348 and "n+1".`,
    );
  }
  const dimensions = Array.from({ length: view.getInt16(40, little) }, (_, axis) =>
    view.getInt16(42 + 2 * axis, little),
  );
  const [x, y, z] = [dimensions[0] ?? 0, dimensions[1] ?? 0, dimensions[2] ?? 0];
  if (Math.min(x, y, z) < 1 || dimensions.slice(3).some((length) => length > 1)) {
    throw new Error(
      `${name} has the dimensions ${dimensions.join(" × ")}; a single volume of x × y × z is read.`,
    );
  }
  const code = view.getInt16(70, little);
  const type = types[code];
  if (!type) {
    throw new Error(
      `${name} holds voxels of NIfTI's type ${code}; the types ${Object.keys(types).join(", ")} are read.`,
    );
  }
  const offset = view.getFloat32(108, little);
  const expected = x * y * z * type.width;
  if (view.byteLength - offset < expected) {
    throw new Error(
      `${name} is cut off: ${x} × ${y} × ${z} voxels take ${expected} bytes, found ${Math.max(0, view.byteLength - offset)}.`,
    );
  }
  const read = view[type.read] as (at: number, little: boolean) => number;
  const value = (index: number) => read.call(view, offset + index * type.width, little);
  // A slope of 0 means that the values are not scaled.
  const [slope, intercept] = [view.getFloat32(112, little) || 1, view.getFloat32(116, little)];
  const isScaled = slope !== 1 || intercept !== 0;
  const values = isScaled ? new Float32Array(x * y * z) : type.make(x * y * z);
  for (let index = 0; index < values.length; index++) {
    values[index] = isScaled ? value(index) * slope + intercept : value(index);
  }
  const step = (axis: number) => Math.abs(view.getFloat32(80 + 4 * axis, little));
  const spacing = [step(0), step(1), step(2)] as const;
  return new Volume({ values, shape: [x, y, z], spacing, affine: affine(view, little, spacing) });
}

// Method 3 (sform), 2 (qform, a quaternion) or 1 (the spacing alone) of the specification.
function affine(view: DataView, little: boolean, spacing: readonly number[]): number[][] {
  const float = (at: number) => view.getFloat32(at, little);
  if (view.getInt16(254, little) > 0) {
    return [0, 1, 2].map((row) => [0, 1, 2, 3].map((column) => float(280 + 16 * row + 4 * column)));
  }
  if (view.getInt16(252, little) > 0) {
    const [b, c, d] = [float(256), float(260), float(264)];
    const a = Math.sqrt(Math.max(0, 1 - b * b - c * c - d * d));
    const rotation = [
      [a * a + b * b - c * c - d * d, 2 * (b * c - a * d), 2 * (b * d + a * c)],
      [2 * (b * c + a * d), a * a + c * c - b * b - d * d, 2 * (c * d - a * b)],
      [2 * (b * d - a * c), 2 * (c * d + a * b), a * a + d * d - b * b - c * c],
    ];
    const handed = float(76) < 0 ? -1 : 1;
    return rotation.map((row, axis) => [
      ...row.map((part, column) => part * (spacing[column] as number) * (column === 2 ? handed : 1)),
      float(268 + 4 * axis),
    ]);
  }
  return spacing.map((step, row) => [0, 1, 2, 3].map((column) => (column === row ? step : 0)));
}
