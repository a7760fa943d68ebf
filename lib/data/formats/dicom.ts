// DICOM, the format of medical scanners: elements with numbered tags, the pixels among them
// (https://dicom.nema.org/medical/dicom/current/output/chtml/part05/PS3.5.html).

import dicom from "dicom-parser";

/** One grey image with what is needed to put it in its place. */
export interface DicomImage {
  height: number;
  width: number;
  /** Row by row, in the unit of the scanner: stored value × slope + intercept, such as Hounsfield units in a CT. */
  values: Float32Array;
  /** Number of the image in its series; `undefined` if the file has none. */
  instance: number | undefined;
  /** Distance of rows and of columns in millimetres; `undefined` if the file does not tell. */
  spacing: readonly [row: number, column: number] | undefined;
}

// PS3.6: implicit little endian, explicit little endian, explicit big endian.
const plainSyntaxes = ["1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2"];

/**
 * Read a DICOM file with one grey image of 8 or 16 bits that is not compressed.
 *
 * @param name The file's name, for messages.
 * @throws Error naming the file if it is of another kind, damaged, cut off or compressed.
 */
export function readDicom(bytes: Uint8Array, name: string): DicomImage {
  let content: dicom.DataSet;
  try {
    content = dicom.parseDicom(bytes);
  } catch (error) {
    // The parser throws plain text, or an object with the elements that it has read so far.
    const problem = typeof error === "string" ? error : (error as { exception?: unknown }).exception;
    throw new Error(`${name} is no DICOM file, or damaged or cut off (${problem ?? error}).`);
  }
  const syntax = content.string("x00020010") ?? "";
  if (!plainSyntaxes.includes(syntax)) {
    throw new Error(
      `${name} is compressed (transfer syntax ${syntax}); only plain pixels are read. Convert it, such as with dcmconv.`,
    );
  }
  const [height, width, bits] = [
    content.uint16("x00280010"),
    content.uint16("x00280011"),
    content.uint16("x00280100"),
  ];
  const samples = content.uint16("x00280002") ?? 1;
  const pixels = content.elements.x7fe00010;
  if (!height || !width || !pixels || samples !== 1 || (bits !== 8 && bits !== 16)) {
    throw new Error(
      `${name} holds ${height} × ${width} pixels of ${samples} × ${bits} bits; one grey image of 8 or 16 bits is read.`,
    );
  }
  const expected = (height * width * bits) / 8;
  const found = Math.min(pixels.length, bytes.length - pixels.dataOffset);
  // PS3.5 8.1.1: an odd number of bytes is filled up by one.
  if (found < expected || found > expected + 1) {
    throw new Error(`${name} has ${found} bytes of pixels, expected ${expected} for ${height} × ${width}.`);
  }
  const little = syntax !== plainSyntaxes[2];
  const signed = content.uint16("x00280103") === 1;
  const slope = content.floatString("x00281053") ?? 1;
  const intercept = content.floatString("x00281052") ?? 0;
  const view = new DataView(bytes.buffer, bytes.byteOffset + pixels.dataOffset, found);
  const stored = (index: number) => {
    if (bits === 8) return signed ? view.getInt8(index) : view.getUint8(index);
    return signed ? view.getInt16(2 * index, little) : view.getUint16(2 * index, little);
  };
  const [row, column] = [content.floatString("x00280030", 0), content.floatString("x00280030", 1)];
  return {
    height,
    width,
    values: Float32Array.from({ length: height * width }, (_, index) => stored(index) * slope + intercept),
    instance: content.intString("x00200013"),
    spacing: row === undefined || column === undefined ? undefined : [row, column],
  };
}
