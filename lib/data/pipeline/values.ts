// Samples as people write them, with plain numbers and typed arrays, made strict.

import { owned, type Sample, sizeOf, type Values } from "../sample.ts";

/** A sample as it may be written: numbers are scalars, whole ones class numbers. */
export type LooseSample = Omit<Sample, "x" | "y"> & { x: LooseValues; y: LooseValues };
type LooseValues = Values | Values["data"] | number;

/** @throws TypeError if it is no number or typed array; RangeError if the shape doesn't fit. */
export function values(input: LooseValues, name: string): Values {
  if (typeof input === "number") {
    return { data: Number.isInteger(input) ? Int32Array.of(input) : Float32Array.of(input), shape: [] };
  }
  if (isData(input)) return owned({ data: input, shape: [input.length] });
  if (!input || !isData(input.data) || !Array.isArray(input.shape)) {
    throw new TypeError(
      `${name} must be a number, a Uint8Array, Int32Array or Float32Array, or { data, shape } of those.`,
    );
  }
  if (input.data.length !== sizeOf(input.shape)) {
    throw new RangeError(
      `${name} has ${input.data.length} numbers, which don't fit its shape [${input.shape}].`,
    );
  }
  return owned(input);
}

function isData(input: unknown): input is Values["data"] {
  return input instanceof Uint8Array || input instanceof Int32Array || input instanceof Float32Array;
}
